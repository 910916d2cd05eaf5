"""What is committed is sealed once, in order, without holding anybody up."""

import asyncio
import datetime as dt

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from structlog.testing import capture_logs
from tests.audit.conftest import OpenLog
from tests.audit.sealed_log import SEALER, Log, later

from app.sealer import Sealer
from audit.encoding import Seal
from audit.errors import EpochNeeded
from audit.public import record
from audit.sealing import lag, last_checkpoint, rotate_key, seal_events
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict
from kernel.settings import AuditSettings

INSERT = """
    insert into app.audit_event (id, occurred_at, audience, role, purpose, request_id, address, action, object_type, object_id,
        patient_ids, changed, outcome)
    values (gen_random_uuid(), now(), 'identity', '', '', '', '', 'test.slow.began', 'thing', '', '{}', '{}', 'done')
"""
SEALS = "select chain, body from app.audit_seal order by checkpoint, place"


def counts(log: Log) -> list[tuple[str, int]]:
    """Chain and number of events of every seal, in order."""
    return [(str(chain), msgspec.json.decode(str(body), type=Seal).count) for chain, body in log.rows(SEALS)]


async def test_each_practice_the_company_and_nobody_have_chains_of_their_own(log: Log) -> None:
    ours, theirs = log.practices
    await log.write("made", "sent")
    await log.write("made", practice=1)
    async with open_transaction(log.database, Scope(audience="staff", company_id=ours.company_id)) as tx:
        record(tx, "tenancy.company.opened", "company")
    async with open_transaction(log.database, Scope(audience="identity")) as tx:
        record(tx, "tenancy.sign_in.refused", "account")
    await log.seal()
    assert sorted(counts(log)) == sorted([
        (f"practice/{ours.practice_id}", 2), (f"practice/{theirs.practice_id}", 1), (f"company/{ours.company_id}", 1), ("intake", 1),
    ])  # fmt: skip
    assert await log.verify() == []


async def test_what_a_running_transaction_wrote_is_not_passed_over(log: Log) -> None:
    """A later transaction commits first; both events are sealed when the earlier one has ended, and neither waits."""
    async with open_transaction(log.database, Scope(audience="identity")) as slow:
        await slow.execute(sa.text(INSERT))
        await log.write("test.quick.done")
        async with open_transaction(log.database, SEALER) as tx:
            sealed = await seal_events(tx, log.signers)
        assert sealed is None or sealed.events == 0
        assert counts(log) == []
    await log.seal()
    assert sum(count for _, count in counts(log)) == 2
    assert await log.verify() == []


async def test_an_event_of_a_transaction_that_failed_is_in_no_seal(log: Log) -> None:
    with pytest.raises(LookupError):
        async with log.practices[0].tx() as tx:
            record(tx, "claims.claim.read", "claim")
            raise LookupError
    await log.write("done")
    await log.seal()
    assert counts(log) == [(f"practice/{log.practices[0].practice_id}", 1)]
    assert await log.verify() == []


async def test_a_backlog_is_sealed_in_pieces_and_no_transaction_is_split(log: Log) -> None:
    async with log.practices[0].tx() as tx:
        for number in range(7):
            record(tx, "claims.claim.read", "claim", number)
    await log.write("a", "b", "c", "d", "e")
    await log.seal(most=3)
    assert [count for _, count in counts(log)] == [7, 3, 2]
    assert await log.verify() == []


async def test_two_sealers_at_once_take_turns_instead_of_forking(log: Log) -> None:
    await log.write(*(f"no_{number}" for number in range(12)))

    async def sealer() -> None:
        for _ in range(6):
            async with open_transaction(log.database, SEALER) as tx:
                await seal_events(tx, log.signers, most=2)

    await asyncio.gather(sealer(), sealer(), sealer())
    await log.seal()
    assert sum(count for _, count in counts(log)) == 12
    numbers = [number for (number,) in log.rows("select number from app.audit_checkpoint order by number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert await log.verify() == []


async def test_a_sealer_that_died_before_copying_copies_when_it_is_back(log: Log) -> None:
    await log.write("made")
    await log.seal(copy=False)
    with time_machine.travel(later(1), tick=True):
        assert [fault.message for fault in await log.verify()] == ["it has no copy outside the database"]
    await log.copy()
    with time_machine.travel(later(1), tick=True):
        assert await log.verify() == []


async def test_order_is_not_read_from_a_clock(log: Log) -> None:
    """The wall clock goes back a year between two checkpoints, and the database's between two events."""
    await log.grow(1)
    log.tamper(
        "alter table app.audit_event alter column recorded_at set default clock_timestamp() - interval '2 months'"
    )
    await log.write("test.clock.behind")
    with time_machine.travel(later(-365), tick=True):
        await log.seal()
    log.tamper("alter table app.audit_event alter column recorded_at set default clock_timestamp()")
    await log.grow(1)
    assert await log.verify() == []


async def test_a_checkpoint_without_events_says_that_the_sealer_lives(log: Log) -> None:
    await log.grow(1)
    before = log.rows("select max(number) from app.audit_checkpoint")
    async with open_transaction(log.database, SEALER) as tx:
        assert await seal_events(tx, log.signers) is None
        beat = await seal_events(tx, log.signers, heartbeat=dt.timedelta(0))
    assert beat is not None
    assert (beat.events, [(beat.number - 1,)]) == (0, before)
    assert await log.verify(with_copies=False) == []


async def test_a_new_key_is_vouched_for_by_the_old_one(log: Log) -> None:
    await log.grow(1)
    old = (await log.signers.first()).public_key
    async with open_transaction(log.database, SEALER) as tx:
        rotated = await rotate_key(tx, log.signers)
    assert (rotated.key, rotated.next_key != old) == (old, True)
    await log.grow(1)
    async with open_transaction(log.database, SEALER) as tx:
        newest = await last_checkpoint(tx)
    assert newest is not None
    assert newest.key == rotated.next_key
    assert await log.verify() == []


async def test_without_the_key_that_must_sign_nothing_is_sealed(log: Log) -> None:
    await log.grow(1)
    await log.write("made")
    next((log.folder / "keys").glob("*.pem")).rename(log.folder / "elsewhere.pem")
    log.signers = type(log.signers)(log.folder / "keys")
    with pytest.raises(Conflict, match="is not in this installation's key folder"):
        await log.seal()


async def test_lag_is_what_waits_and_for_how_long(log: Log) -> None:
    await log.grow(1)
    async with open_transaction(log.database, SEALER) as tx:
        assert (await lag(tx)).events == 0
    await log.write("made", "sent")
    async with open_transaction(log.database, SEALER) as tx:
        behind = await lag(tx)
    assert (behind.events, behind.seconds > 0) == (2, True)


async def test_a_sealer_that_falls_behind_says_so_once_a_minute_and_goes_on(log: Log) -> None:
    sealer = Sealer(log.database, log.signers, log.store, AuditSettings(alarm_seconds=0.0))
    with psycopg.connect(log.admin_url) as slow:
        slow.execute("select pg_current_xact_id()")  # nothing after it becomes final while it runs
        await log.write("waits")
        with capture_logs() as said:
            await sealer.round()
            await sealer.round()
    assert [(one["event"], one["count"]) for one in said] == [("audit log seals lag behind", 1)]
    await log.seal()
    with capture_logs() as said:
        await sealer.round()
    assert (said, await log.verify()) == ([], [])


async def test_a_dump_restored_into_another_cluster_is_not_sealed_by_mistake(log: Log) -> None:
    await log.grow(1)
    log.tamper("update app.audit_epoch set cluster = 'the one it was dumped from'")
    await log.write("made")
    with pytest.raises(EpochNeeded, match="begin-epoch"):
        await log.seal()


async def test_large_transaction_numbers_sort_as_numbers(open_log: OpenLog) -> None:
    """Positions around a change of digits: as text, 1000000 comes before 999999."""
    log = await open_log("digits")
    first = int(str(log.rows("select pg_current_xact_id()::text")[0][0]))
    ours = log.practices[0]
    digits = len(str(first))
    positions = [10 ** (digits - 1) - 2, 10 ** (digits - 1) - 1, 9, 10, 99, 100]
    for position in positions:
        placed = INSERT.replace("event (id", "event (practice_id, xid, id")
        log.tamper(placed.replace("values (", f"values ('{ours.practice_id}', '{position}'::xid8, "))
    await log.seal(most=2)
    sealed = [int(str(row[0])) for row in log.rows("select position_to from app.audit_seal order by number")]
    assert sealed == sorted(sealed)
    assert sum(count for _, count in counts(log)) == len(positions)
    assert await log.verify() == []
