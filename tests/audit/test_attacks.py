"""Whoever has the database's superuser and switches every trigger off: each attack, and the check that names it.

Every test first finds the log sound, so that what is found later is the attack.
"""

from collections.abc import Sequence

import pytest
from tests.audit.conftest import OpenLog
from tests.audit.sealed_log import SEALER, Log

from audit.checking import Fault
from audit.errors import LogRolledBack
from audit.keys import LocalSigners
from audit.sealing import copy_checkpoints
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict

VICTIM = "(select id from app.audit_event where object_id = 'read_1')"
SECOND_SEAL = "seal 2"


async def grown(log: Log) -> None:
    await log.grow()
    assert await log.verify() == []


def only(faults: Sequence[Fault]) -> Fault:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def victim_of(log: Log) -> str:
    return str(log.rows("select id from app.audit_event where object_id = 'read_1'")[0][0])


@pytest.mark.parametrize(
    "change",
    [
        "action = 'claims.claim.written'",
        "user_id = '00000000-0000-7000-8000-000000000000'",
        "user_id = null",
        "patient_ids = '{}'",
        """changed = '{"state": "ready", "units": 3}'""",
        "outcome = 'refused'",
        "occurred_at = occurred_at - interval '1 microsecond'",
        "occurred_at = occurred_at - make_interval(years => 2 * extract(year from occurred_at)::int - 1)",
        "occurred_at = 'infinity'",
        "recorded_at = recorded_at + interval '1 microsecond'",
    ],
)
async def test_an_edited_event_is_named(log: Log, change: str) -> None:
    await grown(log)
    log.tamper(f"update app.audit_event set {change} where id = {VICTIM}")
    fault = only(await log.verify())
    assert fault.kind == "changed"
    assert fault.where == f"practice/{log.practices[0].practice_id} {SECOND_SEAL}"
    assert victim_of_message(fault) in {str(row[0]) for row in log.rows("select id from app.audit_event")}


def victim_of_message(fault: Fault) -> str:
    return fault.message.split()[1]


async def test_the_named_event_is_the_edited_one(log: Log) -> None:
    await grown(log)
    log.tamper(f"update app.audit_event set role = 'administrator' where id = {VICTIM}")
    assert only(await log.verify()).message == f"event {victim_of(log)} is not as it was sealed"


async def test_a_deleted_event_is_missed_with_its_neighbor(log: Log) -> None:
    await grown(log)
    before = log.rows("select id from app.audit_event where object_id = 'made_1' order by xid")[0][0]
    log.tamper(f"delete from app.audit_event where id = {VICTIM}")
    fault = only(await log.verify())
    assert fault.kind == "deleted"
    assert fault.message == f"event 2 of 3 is missing; it came after event {before}"


async def test_two_events_that_changed_places_are_noticed(log: Log) -> None:
    await grown(log)
    log.tamper("""
        update app.audit_event e set xid = other.xid from app.audit_event other
        where (e.object_id, other.object_id) in (('read_1', 'sent_1'), ('sent_1', 'read_1'))
    """)
    assert only(await log.verify()).kind == "changed"


async def test_a_backdated_event_is_an_intruder(log: Log) -> None:
    await grown(log)
    log.tamper("""
        insert into app.audit_event select company_id, practice_id, gen_random_uuid(), occurred_at, recorded_at, xid, audience, user_id,
            role, purpose, session_id, request_id, address, 'claims.claim.invented', object_type, object_id, patient_ids, changed, outcome
        from app.audit_event where object_id = 'read_1'
    """)
    fault = only(await log.verify())
    invented = log.rows("select id from app.audit_event where action = 'claims.claim.invented'")[0][0]
    assert fault.kind == "inserted"
    assert str(invented) in fault.message


async def test_a_backdated_event_of_a_practice_without_a_seal_there_is_an_intruder_too(log: Log) -> None:
    await log.write("made")
    await log.seal()
    await grown(log)
    log.tamper(f"""
        insert into app.audit_event select company_id, '{log.practices[1].practice_id}', gen_random_uuid(), occurred_at, recorded_at, xid,
            audience, user_id, role, purpose, session_id, request_id, address, 'claims.claim.invented', object_type, object_id,
            patient_ids, changed, outcome
        from app.audit_event where object_id = 'made'
    """)
    assert only(await log.verify()).kind == "inserted"


async def test_the_tail_of_events_cut_off(log: Log) -> None:
    await grown(log)
    log.tamper("delete from app.audit_event where xid = (select xid from app.audit_event order by xid desc limit 1)")
    assert only(await log.verify()).kind == "deleted"


CUT_CHECKPOINT = (
    "delete from app.audit_event where xid >= (select position_from from app.audit_seal order by checkpoint desc limit 1)::text::xid8",
    "delete from app.audit_seal where checkpoint = (select max(number) from app.audit_checkpoint)",
    "delete from app.audit_checkpoint where number = (select max(number) from app.audit_checkpoint)",
)


async def test_the_tail_cut_off_with_its_seals_and_checkpoints_is_known_from_the_copies(log: Log) -> None:
    await grown(log)
    last = log.rows("select max(number) from app.audit_checkpoint")[0][0]
    log.tamper(*CUT_CHECKPOINT)
    assert await log.verify(with_copies=False) == []
    fault = only(await log.verify())
    assert (fault.kind, fault.message) == (
        "truncated",
        f"the database ends here, and copies of checkpoints up to {last} exist",
    )


async def test_a_checkpoint_cut_off_without_its_seals_is_noticed_without_copies(log: Log) -> None:
    await grown(log)
    log.tamper(CUT_CHECKPOINT[2])
    assert "truncated" in {fault.kind for fault in await log.verify(with_copies=False)}


async def test_a_checkpoint_taken_out_of_the_middle_is_missed(log: Log) -> None:
    await grown(log)
    log.tamper("delete from app.audit_checkpoint where number = 2")
    assert (await log.verify(with_copies=False))[0].kind == "deleted"


async def test_a_seal_taken_out_is_missed(log: Log) -> None:
    await grown(log)
    log.tamper("delete from app.audit_seal where number = 2")
    assert "deleted" in {fault.kind for fault in await log.verify(with_copies=False)}


async def test_event_hashes_that_were_altered_with_the_event_do_not_hide_it(log: Log) -> None:
    await grown(log)
    log.tamper(
        f"update app.audit_event set role = 'administrator' where id = {VICTIM}",
        "update app.audit_seal set leaves = decode(repeat('00', 96), 'hex') where number = 2",
    )
    assert {fault.kind for fault in await log.verify()} == {"changed"}


EVERYTHING_SEALED = ("delete from app.audit_seal", "delete from app.audit_checkpoint")


async def rewrite(log: Log, signers: LocalSigners) -> None:
    """Change an event, throw the seals away and make new ones, all in one checkpoint; nothing is copied."""
    log.tamper(f"update app.audit_event set role = 'administrator' where id = {VICTIM}", *EVERYTHING_SEALED)
    own, log.signers = log.signers, signers
    await log.seal(copy=False)
    log.signers = own


async def test_a_chain_rewritten_with_another_key_is_forged(log: Log) -> None:
    await grown(log)
    await rewrite(log, LocalSigners(log.folder / "other keys"))
    assert only(await log.verify(with_copies=False)).kind == "forged"


async def test_a_chain_rewritten_under_our_keys_name_is_forged(log: Log) -> None:
    await grown(log)
    key = (await log.signers.first()).public_key
    await rewrite(log, LocalSigners(log.folder / "other keys"))
    forged = log.rows("select body::json ->> 'key' from app.audit_checkpoint")[0][0]
    log.tamper(f"update app.audit_checkpoint set body = replace(body, '{forged}', '{key}')")
    fault = only(await log.verify(with_copies=False))
    assert (fault.kind, fault.message) == ("forged", "its signature does not hold")


async def test_a_chain_rewritten_with_the_stolen_key_differs_from_the_copies(log: Log) -> None:
    await grown(log)
    await rewrite(log, log.signers)
    assert await log.verify(with_copies=False) == []
    assert {fault.kind for fault in await log.verify()} == {"forked", "truncated"}


async def test_a_rewritten_chain_cannot_be_copied_over_the_copies(log: Log) -> None:
    await grown(log)
    last = log.rows("select max(number) from app.audit_checkpoint")[0][0]
    await rewrite(log, log.signers)
    with pytest.raises(LogRolledBack, match=f"a copy of checkpoint {last} exists"):
        await log.copy()
    await log.grow_uncopied(last)
    with pytest.raises(Conflict):
        async with open_transaction(log.database, SEALER) as tx:
            await copy_checkpoints(tx, log.store, 0)


async def test_a_sealer_that_was_stopped_is_noticed_by_what_waits(log: Log) -> None:
    await grown(log)
    await log.write("hidden")
    log.tamper("update app.audit_event set recorded_at = recorded_at - interval '1 hour' where object_id = 'hidden'")
    fault = only(await log.verify())
    assert fault.kind == "stale"
    assert "1 events wait to be sealed, the oldest for 36" in fault.message


async def test_two_databases_from_one_backup_fork(log: Log, open_log: OpenLog) -> None:
    """Both go on under the same key; whoever copies second is told, and finds the other's checkpoint in the store."""
    await grown(log)
    twin = await open_log("twin", backup_of=log)
    twin.store = log.store
    for one in (log, twin):
        await one.write("after")
        await one.seal(copy=False)
    await log.copy()
    assert await log.verify() == []
    with pytest.raises(Conflict):
        async with open_transaction(twin.database, SEALER) as tx:
            await copy_checkpoints(tx, twin.store, 0)
    assert only(await twin.verify()).kind == "forked"
