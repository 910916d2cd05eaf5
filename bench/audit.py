"""The audit log: what an event adds to a request and to bulk posting, how fast the log is sealed, and how fast verified."""

import asyncio
import datetime as dt
import hashlib
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import sqlalchemy as sa

from app.demo.facts import load_facts
from app.sealer import Sealer
from audit.keys import LocalSigners
from audit.public import record
from audit.sealing import lag, last_copied, seal_events
from audit.verifying import EVENTS_A_PAGE, verify_all
from audit.witness import FolderWitness
from bench.installation import Installation, Office, installation, open_office
from bench.measure import Measure, against_floor
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from kernel.settings import AuditSettings
from ledger.accounts import Account
from ledger.bulk import rows_of, store_staged
from ledger.entries import JournalEntry, Transfer
from ledger.tables import journal_entry

REQUESTS, ROUNDS = 1_000, 9
CLAIMS, LINES_A_CLAIM = 200, 25
EVENTS = 1_000_000
EVENTS_A_SECOND = 2_000
DELAYS, SEALED_WITHIN_SECONDS = 20, 2.0
PART_READ = 5
"""The floor reads a fifth of the log, before and after: its speed does not depend on how much there is."""
GOAL, VERIFY_GOAL = 0.9, 0.25
SEALER = Scope(audience="sealer")


class WrongResult(Exception):
    """What was measured did not do its work, so its time means nothing."""


def run() -> list[Measure]:
    """Medians of interleaved rounds; the log itself once, at its size."""
    return asyncio.run(_run(EVENTS))


async def _run(events: int) -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        with_event, without = await _interleaved(office, _request, REQUESTS)
        milliseconds = [[one * 1000 for one in seconds] for seconds in (with_event, without)]
        measures = [_share("audit: a request of one fact and one event, ms", *milliseconds)]
        with_event, without = await _interleaved(office, _posting, ROUNDS)
        size = f"{CLAIMS * LINES_A_CLAIM:,} transfers of {CLAIMS} claims"
        measures.append(_share(f"audit: posting {size} with their event, s", with_event, without))
        return [*measures, *await _log(installed, office, events)]


def _share(name: str, values: Sequence[float], floor: Sequence[float]) -> Measure:
    note = f"medians of {len(values)}; without events {min(floor):.3f} to {max(floor):.3f}"
    return against_floor(name, statistics.median(values), statistics.median(floor), goal=GOAL, note=note)


async def _interleaved(
    office: Office, work: Callable[[Office, bool], Awaitable[None]], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds with and without events, turn by turn; the first turn of each only warms up."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds + 1):
        for audited in (True, False) if number % 2 else (False, True):
            started = time.perf_counter()
            await work(office, audited)
            if number:
                seconds[audited].append(time.perf_counter() - started)
    return seconds[True], seconds[False]


async def _request(office: Office, audited: bool) -> None:  # noqa: FBT001 - the one thing that differs
    """A transaction that writes one fact."""
    async with office.tx() as tx:
        entry_id = await _entry(tx)
        if audited:
            await record(tx, "patients.patient.changed", "patient", entry_id, patient_ids=[entry_id])


async def _posting(office: Office, audited: bool) -> None:  # noqa: FBT001 - the same
    """One remittance as a job posts it."""
    party = new_id()
    transfers = tuple(
        Transfer(
            debit=Account.CONTRACTUAL,
            credit=Account.INSURANCE_1,
            amount_cents=100 + number,
            item_id=new_id(),
            group_id=new_id(),
            party_id=party,
            reason="CO-45",
        )
        for number in range(CLAIMS * LINES_A_CLAIM)
    )
    async with office.tx("worker") as tx:
        entry_id = await _entry(tx)
        entry = JournalEntry(
            fact=str(entry_id), kind="bench", posted_date=dt.date(2026, 9, 30), source="bench", transfers=transfers
        )
        await store_staged(tx, rows_of({entry_id: entry}))
        if audited:
            people = [new_id() for _ in range(CLAIMS)]
            await record(tx, "payments.remittance.posted", "remittance", entry_id, patient_ids=people)


async def _entry(tx: Tx) -> uuid.UUID:
    entry_id = new_id()
    await tx.execute(
        journal_entry.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=entry_id,
            fact=f"bench:{entry_id}",
            kind="bench",
            posted_date=dt.date(2026, 9, 30),
            source="bench",
            recorded_at=wall_now(),
        )
    )
    return entry_id


async def _log(installed: Installation, office: Office, events: int) -> list[Measure]:
    """A log of this many events: sealed, then verified, against reading every row as text and hashing it once."""
    database = installed.resources.database
    admin = await asyncpg.connect(installed.admin_url)
    try:
        await _fill(admin, office, events)
    finally:
        await admin.close()
    with TemporaryDirectory(prefix="billwright-bench-keys-") as folder:
        signers = LocalSigners(Path(folder))
        started = time.perf_counter()
        while True:
            async with open_transaction(database, SEALER) as tx:
                sealed = await seal_events(tx, signers)
            if sealed is None or not sealed.more:
                break
        sealing = time.perf_counter() - started
        floors = [await _read_and_hash(database, events)]
        started = time.perf_counter()
        async with open_transaction(database, SEALER) as tx:
            progress, faults = await verify_all(tx, signers=signers, alarm_seconds=float("inf"))
        verifying = time.perf_counter() - started
        floors.append(await _read_and_hash(database, events))
        delays = await _delays(database, office, signers, Path(folder) / "copies")
    if faults or progress.events < events:
        raise WrongResult(f"{len(faults)} faults, {progress.events} of {events} events")
    note = f"{progress.checkpoint} checkpoints; the floor once before and once after: {floors[0]:.1f} and {floors[1]:.1f} s"
    return [
        against_floor(
            f"audit: seal {events:,} events, s",
            sealing,
            events / EVENTS_A_SECOND,
            goal=1.0,
            note=f"{events / sealing:,.0f} events/s; the floor is the time in which {EVENTS_A_SECOND:,} events/s bring them",
        ),
        against_floor(
            f"audit: verify {events:,} events, s", verifying, statistics.mean(floors), goal=VERIFY_GOAL, note=note
        ),
        against_floor(
            "audit: from commit to signed and copied, s",
            max(delays),
            SEALED_WITHIN_SECONDS,
            goal=1.0,
            note=f"the slowest of {len(delays)} events, median {statistics.median(delays):.2f} s; the floor is what is promised",
        ),
    ]


async def _delays(database: Database, office: Office, signers: LocalSigners, copies: Path) -> list[float]:
    """Seconds from each event's commit until its checkpoint is signed and copied, with a sealer as it is by default."""
    settings, store = AuditSettings(), FolderWitness(copies)
    sealer = Sealer(database, signers, store, settings)

    async def rounds() -> None:
        while True:
            await sealer.round()
            await asyncio.sleep(settings.seal_seconds)

    at_work = asyncio.create_task(rounds())
    try:
        return [await _delay(database, office, store) for _ in range(DELAYS)]
    finally:
        at_work.cancel()


async def _delay(database: Database, office: Office, store: FolderWitness) -> float:
    async with office.tx() as tx:
        await record(tx, "patients.patient.read", "patient", new_id())
    started = time.perf_counter()
    while True:
        async with open_transaction(database, SEALER) as tx:
            behind, copied = await lag(tx), await last_copied(tx, store)
        if behind.events == 0 and copied == behind.checkpoint:
            return time.perf_counter() - started
        await asyncio.sleep(0.02)


async def _read_and_hash(database: Database, events: int) -> float:
    """Read a part of the log in pages, each row as one text, and hash each once; the seconds that all of it would take."""
    wanted = events // PART_READ
    started, low, seen = time.perf_counter(), 0, 0
    while seen < wanted:
        async with open_transaction(database, SEALER) as tx:
            rows = (await tx.execute(_AS_TEXT, {"low": str(low), "most": EVENTS_A_PAGE})).all()
        for row in rows:
            hashlib.sha256(row.line.encode()).digest()
        if not rows:
            raise WrongResult(f"read {seen} of {wanted} events")
        seen += len(rows)
        low = rows[-1].position + 1
    return (time.perf_counter() - started) * events / seen


async def _fill(admin: asyncpg.Connection, office: Office, events: int) -> None:
    """Events of a year, a hundred a transaction, by a superuser who says which transactions those were."""
    await admin.execute(
        f"do $$ begin for i in 1..{events // 100} loop perform pg_current_xact_id(); commit; end loop; end $$"
    )
    first = await admin.fetchval("select pg_current_xact_id()::text::bigint")
    await admin.execute(
        f"""
        insert into app.audit_event select '{office.company_id}', '{office.practice_id}', gen_random_uuid(), t, t,
            ({first} - 1 - ({events} - i) / 100)::text::xid8, 'staff', gen_random_uuid(), 'biller', '', gen_random_uuid(),
            gen_random_uuid()::text, '127.0.0.1', 'claims.claim.read', 'claim', gen_random_uuid()::text, array[gen_random_uuid()],
            '{{"state": "ready"}}', 'done'
        from generate_series(1, {events}) i, lateral (select timestamptz '2026-11-01' + i * interval '1 second' as t) at
        """
    )


_AS_TEXT = sa.text("""
    select e::text as line, cast(xid::text as bigint) as position from app.audit_event e
    where xid >= cast(cast(:low as text) as xid8) order by e.xid limit :most
""")
