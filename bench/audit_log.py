"""A log of a million events: sealed, verified, and how soon an event is signed and copied."""

import asyncio
import hashlib
import statistics
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import sqlalchemy as sa

from app.demo.facts import load_facts
from app.sealer import Sealer
from audit.checking import Fault, Progress
from audit.keys import LocalSigners
from audit.public import record
from audit.sealing import MOST_EVENTS, lag, last_copied, seal_events
from audit.verifying import EVENTS_A_PAGE, verify_end, verify_page
from audit.witness import FolderWitness
from bench.installation import Installation, Office, installation, open_office
from bench.measure import Measure, against_floor
from bench.spent import Spent, meter, total
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.settings import AuditSettings

EVENTS = 1_000_000
EVENTS_A_SECOND = 2_000
DELAYS, SEALED_WITHIN_SECONDS = 20, 2.0
VERIFY_GOAL = 0.25
"""At most four times the floor."""
SEALER = Scope(audience="sealer")
NEVER = float("inf")


class WrongResult(Exception):
    """What was measured did not do its work, so its time means nothing."""


def run() -> list[Measure]:
    """Once, at its size; verifying and its floor page by page in turn."""
    return asyncio.run(_run(EVENTS))


async def _run(events: int) -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        admin = await asyncpg.connect(installed.admin_url)
        try:
            await _fill(admin, office, events)
        finally:
            await admin.close()
        with TemporaryDirectory(prefix="billwright-bench-keys-") as folder:
            signers = LocalSigners(Path(folder))
            measures = [await _sealing(installed.resources.database, signers, events)]
            measures += await _verifying(installed, signers, events)
            delays = await _delays(installed.resources.database, office, signers, Path(folder) / "copies")
    note = (
        f"the slowest of {len(delays)} events, median {statistics.median(delays):.2f} s; the floor is what is promised"
    )
    name = "audit: from commit to signed and copied, s"
    return [*measures, against_floor(name, max(delays), SEALED_WITHIN_SECONDS, goal=1.0, note=note)]


async def _sealing(database: Database, signers: LocalSigners, events: int) -> Measure:
    started = time.perf_counter()
    while True:
        async with open_transaction(database, SEALER) as tx:
            sealed = await seal_events(tx, signers)
        if sealed is None or not sealed.more:
            break
    seconds = time.perf_counter() - started
    note = f"{events / seconds:,.0f} events/s; the floor is the time in which {EVENTS_A_SECOND:,} events/s bring them"
    return against_floor(f"audit: seal {events:,} events, s", seconds, events / EVENTS_A_SECOND, goal=1.0, note=note)


async def _verifying(installed: Installation, signers: LocalSigners, events: int) -> list[Measure]:
    """Each page of the log is verified, and read and hashed; what comes first takes turns."""
    database = installed.resources.database
    verifying, reading = Verifying(database, signers), Reading(database, await _page_ends(database))
    both = await meter(installed.admin_url)
    spent: dict[Verifying | Reading, list[Spent]] = {verifying: [], reading: []}
    turns: list[Verifying | Reading] = [verifying, reading]
    while not (verifying.done and reading.done):
        for side in turns:
            spent[side].append(await both.spent(side.page()))
        turns.reverse()
    if verifying.faults or not verifying.progress.events == reading.events >= events:
        read = f"verified {verifying.progress.events} and read {reading.events} of {events} events"
        raise WrongResult(f"{len(verifying.faults)} faults; {read}")
    value, floor = total(spent[verifying]), total(spent[reading])
    note = f"{verifying.progress.checkpoint} checkpoints in {len(reading.ends)} pages"
    return [
        against_floor(
            f"audit: verify {events:,} events, {unit}", value[place], floor[place], goal=VERIFY_GOAL, note=note
        )
        for place, unit in enumerate(("s", "processor s"))
    ]


class Verifying:
    """The product's verification, as its command runs it."""

    def __init__(self, database: Database, signers: LocalSigners) -> None:
        self._database, self._signers = database, signers
        self.progress = Progress()
        self.faults: list[Fault] = []
        self.done = False

    async def page(self) -> None:
        """The next page, or what is left when there is none."""
        async with open_transaction(self._database, SEALER) as tx:
            found = await verify_page(tx, self.progress, self._signers, None)
            if found is None and not self.done:
                self.done = True
                found = await verify_end(tx, self.progress, None, alarm_seconds=NEVER)
        self.faults += found or []


class Reading:
    """The least that verifying can cost: every event as the database writes it, in order, and one hash of each."""

    def __init__(self, database: Database, ends: Sequence[int]) -> None:
        self._database = database
        self.ends = ends
        self._pages = iter(pairwise([0, *ends]))
        self.events = 0
        self.done = False

    async def page(self) -> None:
        """The events of the next page, if there is one."""
        page = next(self._pages, None)
        self.done = page is None
        if page is not None:
            async with open_transaction(self._database, SEALER) as tx:
                await tx.driver.copy_from_query(_ROWS, *map(str, page), output=self._hash)

    async def _hash(self, rows: bytes) -> None:
        for row in rows.removesuffix(b"\n").split(b"\n"):
            hashlib.sha256(row).digest()
            self.events += 1


async def _page_ends(database: Database) -> list[int]:
    """The positions before which the pages end, as many events in each as verifying takes."""
    async with open_transaction(database, SEALER) as tx:
        ends = [row.position_to for row in await tx.execute(_ENDS)]
    checkpoints = EVENTS_A_PAGE // MOST_EVENTS
    return [*ends[checkpoints - 1 : -1 : checkpoints], ends[-1]]


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
        record(tx, "patients.patient.read", "patient", new_id())
    started = time.perf_counter()
    while True:
        async with open_transaction(database, SEALER) as tx:
            behind, copied = await lag(tx), await last_copied(tx, store)
        if behind.events == 0 and copied == behind.checkpoint:
            return time.perf_counter() - started
        await asyncio.sleep(0.02)


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
        from generate_series(1, {events}) i, lateral (select timestamptz '2026-11-01' + i * interval '1 year' / {events} as t) at
        """
    )


_ENDS = sa.text("select position_to from app.audit_checkpoint order by number")
_ROWS = """
    select * from app.audit_event where xid >= cast(cast($1 as text) as xid8) and xid < cast(cast($2 as text) as xid8)
    order by xid, recorded_at, id
"""
