"""Six years are kept, longer under legal hold; what goes is on record, and clients can check that it was old enough."""

import datetime as dt

import msgspec
import psycopg
import pytest
import time_machine
from tests.audit.sealed_log import SEALER, Log
from tests.audit.test_kit import Check, check, exported, verifier
from tests.plugins.tenants import Tenant, add_practice

from app.audit_owner import begin_epoch, drop_month, make_partitions
from audit.checking import old_enough
from audit.errors import EpochNeeded, LogRolledBack, StillKept
from audit.holds import place_hold, release_hold
from audit.retention import plan_expiry
from audit.sealing import seal_events
from audit.witness import EpochBegun, keep_epoch
from kernel.clock import wall_now
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict
from tenancy.tables import company

__all__ = ["check", "verifier"]
MONTH = "2019-05"
OLD_PARTITION = (
    "create table app.audit_event_2019_05 partition of app.audit_event for values from ('2019-05-01 00:00+00') to ('2019-06-01 00:00+00')",
    "alter table app.audit_event_2019_05 owner to billwright_test_owner",
    "alter table app.audit_event_2019_05 enable row level security",
    "alter table app.audit_event_2019_05 force row level security",
)


@pytest.fixture
def old(log: Log) -> Log:
    """A log with a month of 2019, sealed then, and events of today."""
    for statement in OLD_PARTITION:
        log.tamper(statement)
    return log


async def grow_old(log: Log) -> None:
    log.tamper("alter table app.audit_event alter column recorded_at set default '2019-05-14 12:00+00'")
    await log.grow(2)
    log.tamper("alter table app.audit_event alter column recorded_at set default clock_timestamp()")
    await log.grow(1)
    assert await log.verify() == []


async def expire(log: Log, month: str = MONTH) -> int:
    async with open_transaction(log.database, SEALER) as tx:
        chains = await plan_expiry(tx, month, wall_now())
    return drop_month(log.settings, month, chains, purpose="Pat Example: retention")


async def test_an_old_month_goes_and_the_log_stays_verifiable(old: Log, check: Check) -> None:
    await grow_old(old)
    assert await expire(old) == 8
    assert old.rows("select count(*) from app.audit_event where recorded_at < '2020-01-01'") == [(0,)]
    assert [fault.kind for fault in await old.verify()] == ["deleted", "deleted"]  # until the record of it is sealed
    await old.seal()
    assert await old.verify() == []
    said = old.rows("select changed from app.audit_event where action = 'audit.events.expired' order by practice_id")
    assert sorted(row[0]["events"] for row in said) == [2, 6]  # type: ignore[index]
    folder = await exported(old)
    code, words = check(folder)
    assert (code, words.split(":")[0]) == (0, "verified")


async def test_a_month_taken_away_without_a_record_is_deleted(old: Log) -> None:
    await grow_old(old)
    old.tamper("drop table app.audit_event_2019_05")
    assert {fault.kind for fault in await old.verify()} == {"deleted"}


async def test_a_record_does_not_excuse_a_young_month(log: Log, check: Check) -> None:
    """Somebody with the database's password writes the record that expiry would write, and deletes last month's events."""
    await log.grow()
    month = dt.datetime.now(dt.UTC).strftime("%Y-%m")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3000), tick=True):
        async with open_transaction(log.database, SEALER) as tx:
            chains = await plan_expiry(tx, month, wall_now())
    for one in chains:
        log.tamper(f"""
            insert into app.audit_event (company_id, practice_id, id, occurred_at, recorded_at, audience, role, purpose, request_id,
                address, action, object_type, object_id, patient_ids, changed, outcome)
            values ('{one.company_id}', '{one.practice_id}', gen_random_uuid(), now(), now() + interval '1 year', 'migrator', 'operator',
                '', '', '', 'audit.events.expired', 'audit_month', '{month}', '{{}}', '{msgspec.json.encode(one.dropped).decode()}', 'done')
        """)
    await log.seal()
    assert await log.verify() == []
    log.tamper("delete from app.audit_event where action like 'claims.%'")
    assert {fault.kind for fault in await log.verify()} == {"deleted"}
    code, words = check(await exported(log))
    assert (code, words.split(":")[0]) == (1, "TAMPERED deleted")


async def test_younger_months_and_months_without_seals_are_kept(log: Log) -> None:
    await log.grow(1)
    with pytest.raises(StillKept, match="kept for 6 years"):
        await expire(log, dt.datetime.now(dt.UTC).strftime("%Y-%m"))
    with pytest.raises(StillKept, match="no sealed events"):
        await expire(log, "2001-01")


@pytest.mark.parametrize(
    ("month", "at", "old_now"),
    [
        ("2019-05", "2025-05-31T23:59:59Z", False),
        ("2019-05", "2025-06-01T00:00:00Z", True),
        ("2019-12", "2025-12-31T23:59:59Z", False),
        ("2019-12", "2026-01-01T00:00:00Z", True),
    ],
)
def test_six_years_count_from_the_months_last_event(month: str, at: str, *, old_now: bool) -> None:
    assert old_enough(month, dt.datetime.fromisoformat(at)) == old_now


async def test_what_was_not_sealed_keeps_its_month(old: Log) -> None:
    await grow_old(old)
    old.tamper("alter table app.audit_event alter column recorded_at set default '2019-05-14 12:00+00'")
    await old.write("late")
    with pytest.raises(StillKept, match="has 9 events, and 8 were sealed"):
        await expire(old)


async def test_a_legal_hold_keeps_a_month_until_it_is_released(old: Log) -> None:
    await grow_old(old)
    ours = old.practices[0]
    await on_file(ours)
    async with ours.tx() as tx:
        await place_hold(tx, "Doe v. Example")
    async with ours.tx() as tx:
        with pytest.raises(Conflict, match="held already"):
            await place_hold(tx, "again")
    with pytest.raises(Conflict, match=f"legal hold and stay: {ours.practice_id}"):
        await expire(old)
    async with ours.tx() as tx:
        await release_hold(tx, "settled")
    assert await expire(old) == 8


async def test_a_hold_that_is_placed_while_a_month_is_about_to_go_keeps_it(old: Log) -> None:
    await grow_old(old)
    ours = old.practices[0]
    async with open_transaction(old.database, SEALER) as tx:
        chains = await plan_expiry(tx, MONTH, wall_now())
    await on_file(ours)
    async with ours.tx() as tx:
        await place_hold(tx, "Doe v. Example")
    with pytest.raises(StillKept, match="placed meanwhile"):
        drop_month(old.settings, MONTH, chains, purpose="Pat Example: retention")
    assert old.rows("select count(*) from app.audit_event where recorded_at < '2020-01-01'") == [(8,)]
    async with ours.tx() as tx:
        await release_hold(tx, "settled")
    assert drop_month(old.settings, MONTH, chains, purpose="Pat Example: retention") == 8


async def on_file(practice: Tenant) -> None:
    """Holds are of practices that exist."""
    named = {"company_id": practice.company_id, "slug": "n", "name": "N", "currency": "USD"}
    async with practice.tx() as tx:
        await tx.execute(company.insert().values(**named, created_at=wall_now()))
        await add_practice(tx)


async def test_after_a_restore_from_a_dump_positions_go_on(log: Log) -> None:
    """In the old cluster transactions were a million further; in this one they begin low."""
    log.tamper(
        "alter table app.audit_event alter column xid set default ((pg_current_xact_id()::text::bigint + 1000000)::text::xid8)"
    )
    log.tamper("update app.audit_epoch set xid_offset = 1000000")
    await log.grow(1)
    log.tamper("alter table app.audit_event alter column xid set default pg_current_xact_id()")
    log.tamper("update app.audit_epoch set xid_offset = 0, cluster = 'the old one'")
    with pytest.raises(EpochNeeded):
        async with open_transaction(log.database, SEALER) as tx:
            await seal_events(tx, log.signers)
    highest = int(str(log.rows("select max(position_to) from app.audit_checkpoint")[0][0]))
    epoch = begin_epoch(log.settings, highest=highest, after_checkpoint=1, reason="restored from a dump")
    with pytest.raises(LogRolledBack, match="do not say that an operator began it"):
        await log.copy()
    await keep_epoch(log.store, EpochBegun(epoch, 1, "restored from a dump"))
    await log.grow(2)
    assert await log.verify() == []
    assert log.rows("select distinct epoch from app.audit_checkpoint order by 1") == [(1,), (2,)]
    assert log.rows("select count(*) from app.audit_event") == [(12,)]


async def test_partitions_are_made_ahead_and_guarded(log: Log) -> None:
    with time_machine.travel(dt.datetime(2029, 3, 5, tzinfo=dt.UTC), tick=True):
        made = make_partitions(log.settings)
        assert (made[0], made[-1], len(made)) == ("2029-03", "2031-03", 25)
        assert make_partitions(log.settings) == []
    log.tamper("alter table app.audit_event alter column recorded_at set default '2030-12-31 23:59:59+00'")
    await log.write("made")
    assert log.rows("select tableoid::regclass::text from app.audit_event") == [("app.audit_event_2030_12",)]
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
        psycopg.connect(log.admin_url) as admin,
    ):
        admin.execute("delete from app.audit_event_2030_12")
    guarded = "select relrowsecurity and relforcerowsecurity, relowner::regrole::text from pg_class where relname = 'audit_event_2030_12'"
    assert log.rows(guarded) == [(True, "billwright_test_owner")]
