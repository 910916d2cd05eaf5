"""What a superuser can do beside the events: to what seals and checkpoints are found by, to their numbers, and to the verifier's way.

As in test_attacks.py, every test first finds the log sound.
"""

import shutil
import uuid

import pytest
import time_machine
from tests.audit.sealed_log import SEALER, Log, later
from tests.audit.test_attacks import CUT_CHECKPOINT, VICTIM, grown, only, victim_of
from tests.audit.test_cli_audit import Run, done, run
from tests.audit.test_kit import Check, check, exported, verifier

from audit.errors import LogDamaged, LogRolledBack
from audit.keys import LocalSigners
from audit.proofs import prove_event
from audit.sealing import copy_checkpoints, rotate_key, seal_events
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict

__all__ = ["check", "run", "verifier"]
OURS = "chain = (select chain from app.audit_seal where (body::json ->> 'count')::int = 3 limit 1)"
SECOND = f"where number = 2 and {OURS}"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("month = '2001-01'", "changed"),
        ("position_to = position_to + 1", "changed"),
        ("number = 99", "changed"),
        ("place = place + 5", "changed"),
        ("company_id = gen_random_uuid(), practice_id = null", "changed"),
        ("practice_id = gen_random_uuid()", "changed"),
        ("chain = 'intake'", "changed"),
        ("path = decode(repeat('00', 32), 'hex')", "relinked"),
        (
            "leaves = substring(leaves from 33 for 32) || substring(leaves from 1 for 32) || substring(leaves from 65)",
            "changed",
        ),
        ("leaves = ''", "changed"),
        ("body = 'garbled'", "changed"),
        ("body = repeat('[', 100000)", "changed"),
        ("body = replace(body, '\"count\":3', '\"count\":3.0')", "relinked"),
        ("checkpoint = 0", "deleted"),
        ("checkpoint = 3, place = 7", "relinked"),
    ],
)
async def test_a_seal_that_was_touched_anywhere_is_found(log: Log, change: str, kind: str) -> None:
    await grown(log)
    log.tamper(f"update app.audit_seal set {change} {SECOND}")
    assert kind in {fault.kind for fault in await log.verify()}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("body = 'garbled'", "forged"),
        ("body = repeat('[', 100000)", "forged"),
        ("body = replace(body, '\"epoch\":1', '\"epoch\":2')", "forged"),
        ("body = replace(body, '\"position_to\":', '\"position_to\":99999999999999999999')", "forged"),
        ("body = (select body from app.audit_checkpoint where number = 1)", "forged"),
        ("signature = ''", "forged"),
        ("epoch = 2", "changed"),
        ("sealed_at = sealed_at - interval '1 year'", "changed"),
        ("position_to = position_to - 1", "changed"),
        ("position_to = -5", "changed"),
        ("position_to = 9223372036854775807", "changed"),
        ("number = 99", "deleted"),
        ("number = 0", "inserted"),
    ],
)
@pytest.mark.parametrize("which", ["2", "(select max(number) from app.audit_checkpoint)"])
async def test_a_checkpoint_that_was_touched_anywhere_is_found(log: Log, which: str, change: str, kind: str) -> None:
    await grown(log)
    log.tamper(f"update app.audit_checkpoint set {change} where number = {which}")
    assert kind in {fault.kind for fault in await log.verify()}


async def test_the_last_checkpoint_replaced_by_an_earlier_one_with_its_true_signature(log: Log) -> None:
    await grown(log)
    log.tamper("""
        update app.audit_checkpoint c set body = first.body, signature = first.signature from app.audit_checkpoint first
        where first.number = 1 and c.number = (select max(number) from app.audit_checkpoint)
    """)
    assert {fault.kind for fault in await log.verify()} >= {"changed", "deleted"}


async def test_a_new_key_that_announces_itself_is_forged(log: Log) -> None:
    await log.grow(1)
    async with open_transaction(log.database, SEALER) as tx:
        rotated = await rotate_key(tx, log.signers)
    await log.grow(1)
    assert await log.verify(with_copies=False) == []
    thief = await LocalSigners(log.folder / "thief").new()
    ((body,),) = log.rows("select body from app.audit_checkpoint where number = 2")
    forged = str(body).replace(rotated.next_key, thief.public_key)
    signature = await thief.sign(b"billwright audit checkpoint 1\n" + forged.encode())
    log.tamper(
        f"update app.audit_checkpoint set body = '{forged}', signature = '\\x{signature.hex()}' where number = 2"
    )
    first = (await log.verify(with_copies=False))[0]
    assert str(first) == "forged: checkpoint 2: its signature does not hold"


@pytest.mark.parametrize(
    "change",
    [
        "patient_ids = array[patient_ids, patient_ids]",
        "patient_ids = array[null]::uuid[]",
        "patient_ids = '[7:7]={00000000-0000-7000-8000-000000000000}'",
        "occurred_at = '4000-01-01 00:00 BC'",
        "occurred_at = '200000-01-01'",
        'changed = \'{"state": "ready", "units": "2"}\'',
        'changed = \'{"state": "ready", "units": 2.0}\'',
        "object_id = object_id || ' '",
        "object_id = E're\\u0301ad_1'",
        "purpose = E'\\n'",
        "xid = '18446744073709551615'",
    ],
)
async def test_values_that_nobody_writes_are_read_and_found(log: Log, change: str) -> None:
    await grown(log)
    log.tamper(f"update app.audit_event set {change} where id = {VICTIM}")
    assert (await log.verify())[0].kind in {"changed", "deleted"}


@pytest.mark.parametrize("kept", ["practice_id", "company_id"])
async def test_an_event_moved_to_another_chain_is_missed_in_one_and_an_intruder_in_the_other(
    log: Log, kept: str
) -> None:
    await grown(log)
    there = f"'{log.practices[1].practice_id}'" if kept == "practice_id" else "null"
    log.tamper(f"update app.audit_event set practice_id = {there} where id = {VICTIM}")
    assert sorted(fault.kind for fault in await log.verify()) == ["deleted", "inserted"]


async def test_an_event_that_names_a_transaction_of_the_future_is_an_intruder(log: Log) -> None:
    """No sealer would ever come to it, and its time keeps it from counting as late."""
    await grown(log)
    log.tamper("""
        insert into app.audit_event select company_id, practice_id, gen_random_uuid(), occurred_at, recorded_at + interval '1 year',
            (xid::text::bigint + 1000000000)::text::xid8, audience, user_id, role, purpose, session_id, request_id, address, action,
            object_type, object_id, patient_ids, changed, outcome
        from app.audit_event where object_id = 'read_1'
    """)
    fault = only(await log.verify())
    assert (fault.kind, "has not begun yet" in fault.message) == ("inserted", True)


async def test_an_epoch_that_no_operator_began_hides_no_copies(log: Log) -> None:
    """The end is cut off, and the database says that it was restored: the copies of what is gone count for another epoch."""
    await grown(log)
    log.tamper("update app.audit_epoch set number = 2")
    assert str(only(await log.verify())).startswith("forked: after checkpoint 3: epoch 2 begins here")
    log.tamper(*CUT_CHECKPOINT)
    await log.write("goes on")
    await log.seal(copy=False)
    with pytest.raises(LogRolledBack, match="do not say that an operator began it"):
        await log.copy()
    async with open_transaction(log.database, SEALER) as tx:
        await copy_checkpoints(tx, log.store, 0)  # by a sealer that was running
    fault = only(await log.verify())
    assert (fault.kind, fault.where) == ("forked", "checkpoint 3")


async def test_a_copy_taken_away_is_missed_although_the_sealers_clock_runs_ahead(log: Log) -> None:
    with time_machine.travel(later(400), tick=True):
        await log.grow(1)
        assert await log.verify() == []
    assert await log.verify() == []
    shutil.rmtree(log.folder / "witness")
    assert only(await log.verify()).message == "it has no copy outside the database"


async def test_a_log_that_was_cut_short_or_rewritten_is_noticed_by_a_run_that_goes_on(at_home: Log, run: Run) -> None:
    await at_home.grow(2)
    done(await run("verify"))
    done(await run("verify", "--resume"))
    at_home.tamper(*CUT_CHECKPOINT)
    found = await run("verify", "--resume")
    assert (found.exit_code, "TAMPERED truncated: checkpoint 2" in found.output) == (1, True)
    at_home.tamper("delete from app.audit_event", "delete from app.audit_seal", "delete from app.audit_checkpoint")
    await at_home.write("rewritten")
    await at_home.seal(copy=False)
    await at_home.grow_uncopied(2)
    found = await run("verify", "--resume")
    assert (found.exit_code, "TAMPERED forked: checkpoint 2" in found.output) == (1, True)


async def test_a_note_of_the_progress_that_cannot_be_read_is_not_believed(at_home: Log, run: Run) -> None:
    await at_home.grow(1)
    done(await run("verify"))
    (at_home.settings.home / "audit" / "verified.json").write_text("{")
    refused = await run("verify", "--resume")
    assert (refused.exit_code, "without --resume" in refused.output) == (1, True)
    done(await run("verify"))


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (
            "audit_checkpoint",
            "body = replace(body, '\"seals\":', '\"seals\":1')",
            "the signature of the last checkpoint",
        ),
        ("audit_checkpoint", "signature = ''", "the signature of the last checkpoint"),
        ("audit_seal", "body = 'garbled'", "a seal in the database cannot be read"),
    ],
)
async def test_the_sealer_builds_on_nothing_that_was_altered(log: Log, table: str, change: str, said: str) -> None:
    await grown(log)
    await log.write("waits")
    await log.final()
    log.tamper(f"update app.{table} set {change}")
    with pytest.raises(LogDamaged, match=said):
        async with open_transaction(log.database, SEALER) as tx:
            await seal_events(tx, log.signers)


async def test_an_export_of_altered_checkpoints_is_refused_or_names_them(log: Log, check: Check) -> None:
    await grown(log)
    assert check(await exported(log, "whole"))[0] == 0
    log.tamper("update app.audit_checkpoint set body = 'garbled' where number = 2")
    assert check(await exported(log))[1].startswith("TAMPERED malformed: checkpoints.jsonl line 2")
    log.tamper("update app.audit_checkpoint set body = 'garbled' where number = 1")
    with pytest.raises(LogDamaged, match="the first checkpoint cannot be read"):
        await exported(log, "refused")


async def test_an_event_that_is_there_twice_has_no_proof(log: Log) -> None:
    await grown(log)
    event = uuid.UUID(victim_of(log))
    ours = log.practices[0]
    async with ours.tx() as tx:
        assert (await prove_event(tx, event)).place == 1
    log.tamper("""
        insert into app.audit_event select company_id, practice_id, id, occurred_at, recorded_at + interval '1 second', xid, audience,
            user_id, role, purpose, session_id, request_id, address, action, object_type, object_id, patient_ids, changed, outcome
        from app.audit_event where object_id = 'read_1'
    """)
    assert only(await log.verify()).kind == "inserted"
    async with ours.tx() as tx:
        with pytest.raises(Conflict, match="2 events have this id"):
            await prove_event(tx, event)


async def test_nothing_is_sealed_after_a_checkpoint_that_cannot_be_read_and_every_command_says_so(
    at_home: Log, run: Run
) -> None:
    await at_home.grow(1)
    done(await run("status"))
    await at_home.write("waits")
    at_home.tamper("update app.audit_checkpoint set body = 'garbled'")
    with pytest.raises(LogDamaged):
        async with open_transaction(at_home.database, SEALER) as tx:
            await seal_events(tx, at_home.signers)
    assert "TAMPERED forged: checkpoint 1: its body cannot be read" in (await run("verify")).output
    refused = await run("status")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "a checkpoint in the database cannot be read" in refused.output
