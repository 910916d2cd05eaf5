"""What an audit event adds: to a request that writes one fact, and to bulk posting."""

import asyncio
import datetime as dt
import statistics
import uuid
from collections.abc import Awaitable, Callable, Sequence

from app.demo.facts import load_facts
from audit.public import record
from bench.installation import Office, installation, open_office
from bench.measure import Measure, against_floor
from bench.spent import Meter, Spent, meter
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.ids import new_id
from ledger.accounts import Account
from ledger.bulk import rows_of, store_staged
from ledger.entries import JournalEntry, Transfer
from ledger.tables import journal_entry

REQUESTS, POSTINGS = 1_000, 30
CLAIMS, LINES_A_CLAIM = 200, 25
GOAL = 0.9

Work = Callable[[Office, bool], Awaitable[None]]


def run() -> list[Measure]:
    """Pairs with and without the event, in turn; medians."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        size = f"{CLAIMS * LINES_A_CLAIM:,} transfers of {CLAIMS} claims"
        measures = []
        for name, work, pairs in (
            ("a request of one fact and one event", _request, REQUESTS),
            (f"posting {size} with their event", _posting, POSTINGS),
        ):
            for audited in (True, False):
                await work(office, audited)
            measures += _shares(name, *await _pairs(await meter(installed.admin_url), office, work, pairs))
        return measures


async def _pairs(meter: Meter, office: Office, work: Work, pairs: int) -> tuple[list[Spent], list[Spent]]:
    """What it cost with and without events, turn by turn, the other first every other time."""
    spent: dict[bool, list[Spent]] = {True: [], False: []}
    for number in range(pairs):
        for audited in (True, False) if number % 2 else (False, True):
            spent[audited].append(await meter.spent(work(office, audited)))
    return spent[True], spent[False]


def _shares(name: str, with_event: Sequence[Spent], without: Sequence[Spent]) -> list[Measure]:
    """The same pairs by the wall clock and by the processor, in milliseconds."""
    return [
        _share(
            f"audit: {name}, {what}", [one[place] * 1000 for one in with_event], [one[place] * 1000 for one in without]
        )
        for place, what in enumerate(("ms", "processor ms"))
    ]


def _share(name: str, values: Sequence[float], floor: Sequence[float]) -> Measure:
    quick, quick_floor = (statistics.quantiles(side, n=10)[0] for side in (values, floor))
    note = f"medians of {len(values)}; the quickest tenth within {quick:.2f} and {quick_floor:.2f}: {quick_floor / quick:.2f}"
    return against_floor(name, statistics.median(values), statistics.median(floor), goal=GOAL, note=note)


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
