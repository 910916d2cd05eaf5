"""What an audit event adds: to a request that writes one fact, to its transaction alone, and to bulk posting."""

import asyncio
import datetime as dt
import statistics
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from litestar import post
from litestar.di import NamedDependency

from app.demo.facts import load_facts
from audit.public import record
from bench.in_process import in_process
from bench.installation import Installation, Office, installation, open_office
from bench.measure import Measure, against_floor
from bench.spent import Spent, meter
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.http.scoping import requires
from kernel.ids import new_id
from ledger.accounts import Account
from ledger.bulk import rows_of, store_staged
from ledger.entries import JournalEntry, Transfer
from ledger.tables import journal_entry
from payments.permissions import POST_REMITTANCES
from tenancy.public import NewMember, add_member

REQUESTS, POSTINGS = 1_000, 30
CLAIMS, LINES_A_CLAIM = 200, 25
GOAL = 0.9

PATH = "/api/v1/practices/{practice_id:uuid}/bench-facts"
EMAIL, PASSWORD = "lead@bench.example", "a password for one measurement"

Work = Callable[[bool], Awaitable[None]]
"""With its event, or without."""
Pairs = tuple[Sequence[Spent], Sequence[Spent]]
"""With events, and without."""


def run() -> list[Measure]:
    """Pairs with and without the event, in turn; medians."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        size = f"{CLAIMS * LINES_A_CLAIM:,} transfers of {CLAIMS} claims"
        requests = await _requests(installed, office)
        transactions = await _pairs(installed, partial(_transaction, office), REQUESTS)
        postings = await _pairs(installed, partial(_posting, office), POSTINGS)
    return [
        *_shares("a request of one fact and one event", *requests, goal=GOAL),
        *_shares("its transaction alone", *transactions, goal=None),
        *_shares(f"posting {size} with their event", *postings, goal=GOAL),
    ]


async def _requests(installed: Installation, office: Office) -> Pairs:
    """The whole application: session, permission, limits, scope, fact, event, answer, log line."""
    async with office.tx() as tx:
        await add_member(
            tx,
            NewMember(email=EMAIL, display_name="Robin Example", password=PASSWORD, roles={office.practice_id: "lead"}),
        )
    async with in_process(installed.resources.settings, write_with_event, write_without) as web:
        await web.sign_in(EMAIL, PASSWORD)

        async def request(audited: bool) -> None:  # noqa: FBT001 - the one thing that differs
            path = PATH.replace("{practice_id:uuid}", str(office.practice_id))
            await web.post(f"{path}/{'with-event' if audited else 'without'}", status=201)

        return await _pairs(installed, request, REQUESTS)


@post(f"{PATH}/with-event", guards=[requires(POST_REMITTANCES)])
async def write_with_event(tx: NamedDependency[Tx]) -> None:
    """A fact and its event."""
    await _fact(tx, audited=True)


@post(f"{PATH}/without", guards=[requires(POST_REMITTANCES)])
async def write_without(tx: NamedDependency[Tx]) -> None:
    """The fact alone."""
    await _fact(tx, audited=False)


async def _pairs(installed: Installation, work: Work, pairs: int) -> Pairs:
    """What it cost with and without events, turn by turn, the other first every other time; once before, to warm up."""
    for audited in (True, False):
        await work(audited)
    spent: dict[bool, list[Spent]] = {True: [], False: []}
    both = await meter(installed.admin_url)
    for number in range(pairs):
        for audited in (True, False) if number % 2 else (False, True):
            spent[audited].append(await both.spent(work(audited)))
    return spent[True], spent[False]


def _shares(name: str, with_event: Sequence[Spent], without: Sequence[Spent], *, goal: float | None) -> list[Measure]:
    """The same pairs by the wall clock and by the processor, in milliseconds."""
    return [
        _share(
            f"audit: {name}, {what}",
            *([one[place] * 1000 for one in side] for side in (with_event, without)),
            goal=goal,
        )
        for place, what in enumerate(("ms", "processor ms"))
    ]


def _share(name: str, values: Sequence[float], floor: Sequence[float], *, goal: float | None) -> Measure:
    quick, quick_floor = (statistics.quantiles(side, n=10)[0] for side in (values, floor))
    note = f"medians of {len(values)}; the quickest tenth within {quick:.2f} and {quick_floor:.2f}: {quick_floor / quick:.2f}"
    return against_floor(name, statistics.median(values), statistics.median(floor), goal=goal, note=note)


async def _transaction(office: Office, audited: bool) -> None:  # noqa: FBT001 - the one thing that differs
    async with office.tx() as tx:
        await _fact(tx, audited=audited)


async def _fact(tx: Tx, *, audited: bool) -> None:
    entry_id = await _entry(tx)
    if audited:
        record(tx, "patients.patient.changed", "patient", entry_id, patient_ids=[entry_id])


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
            record(tx, "payments.remittance.posted", "remittance", entry_id, patient_ids=people)


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
