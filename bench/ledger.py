"""Inserting transfers: the product's ways, as the worker's login role under row security, against a superuser's bare COPY."""

import asyncio
import datetime as dt
import gc
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable

import asyncpg

from app.demo.facts import load_facts
from bench.installation import Office, installation, open_office
from bench.measure import Measure, against_floor
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.ids import new_id
from ledger.accounts import Account
from ledger.bulk import Row, rows_of, store_arrays, store_staged
from ledger.entries import JournalEntry, Transfer
from ledger.tables import journal_entry, transfer

TRANSFERS = 200_000
ROUNDS = 5
GOAL = 0.6
LINES_A_CLAIM = 5
COLUMNS = [column.name for column in transfer.columns]

Store = Callable[[Tx, Iterable[Row]], Awaitable[None]]


def run() -> list[Measure]:
    """Medians of interleaved rounds, each on empty tables after a checkpoint."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        admin = await asyncpg.connect(installed.admin_url)
        try:
            await admin.execute("create schema floor; create table floor.transfer (like app.transfer including all)")
            transfers = _transfers()
            rounds = [await _round(admin, office, transfers) for _ in range(ROUNDS)]
        finally:
            await admin.close()
    copied, staged, arrays = (statistics.median(times) for times in zip(*rounds, strict=True))
    slowest, quickest = max(one[0] for one in rounds), min(one[0] for one in rounds)
    noise = f"median of {ROUNDS}; COPY itself took {quickest:.2f} to {slowest:.2f} s"
    size = f"{TRANSFERS:,} transfers"
    return [
        against_floor(f"ledger: {size}, staged COPY, s", staged, copied, goal=GOAL, note=noise),
        against_floor(f"ledger: {size}, arrays, s", arrays, copied, goal=None, note="what staff may do; used for few"),
    ]


def _transfers() -> tuple[Transfer, ...]:
    """A large remittance's discounts: five lines a claim, ids without order, as they are in practice."""
    draw = random.Random(835)
    ids = [uuid.UUID(int=draw.getrandbits(128)) for _ in range(TRANSFERS + TRANSFERS // LINES_A_CLAIM + 1)]
    payer, items, groups = ids[0], ids[1 : TRANSFERS + 1], ids[TRANSFERS + 1 :]
    return tuple(
        Transfer(
            debit=Account.CONTRACTUAL,
            credit=Account.INSURANCE_1,
            amount_cents=100 + number % 50_000,
            item_id=item,
            group_id=groups[number // LINES_A_CLAIM],
            party_id=payer,
            reason="CO-45",
        )
        for number, item in enumerate(items)
    )


async def _round(admin: asyncpg.Connection, office: Office, transfers: tuple[Transfer, ...]) -> tuple[float, ...]:
    """Seconds of the floor, of staging and of arrays.

    The floor is handed finished rows; the product starts from its own values and also opens, scopes and commits its transaction.
    """
    entry = _entry(transfers)
    parent = await _parent(office, entry)
    rows = [(office.practice_id, office.company_id, *row) for row in rows_of({parent: entry})]
    await _empty(admin)
    started = time.perf_counter()
    await admin.copy_records_to_table("transfer", schema_name="floor", records=rows, columns=COLUMNS)
    seconds = [time.perf_counter() - started]
    for store in (store_staged, store_arrays):
        await _empty(admin)
        seconds.append(await _stored(office, store, parent, entry))
    return tuple(seconds)


async def _stored(office: Office, store: Store, parent: uuid.UUID, entry: JournalEntry) -> float:
    started = time.perf_counter()
    async with office.tx("worker") as tx:
        await store(tx, rows_of({parent: entry}))
    return time.perf_counter() - started


async def _empty(admin: asyncpg.Connection) -> None:
    """The tables start empty, and nobody's log is left for the next to write out."""
    # The books refuse to be emptied, except from a superuser who switches their triggers off.
    await admin.execute("set session_replication_role = replica")
    await admin.execute("truncate app.transfer, floor.transfer")
    await admin.execute("reset session_replication_role")
    await admin.execute("checkpoint")
    gc.collect()


def _entry(transfers: tuple[Transfer, ...]) -> JournalEntry:
    return JournalEntry(
        fact=f"bench:{new_id()}", kind="bench", posted_date=dt.date(2026, 9, 30), source="bench", transfers=transfers
    )


async def _parent(office: Office, entry: JournalEntry) -> uuid.UUID:
    """The stored entry that the transfers belong to."""
    entry_id = new_id()
    async with office.tx("worker") as tx:
        await tx.execute(
            journal_entry.insert().values(
                practice_id=tx.practice_id,
                company_id=tx.company_id,
                id=entry_id,
                fact=entry.fact,
                kind=entry.kind,
                posted_date=entry.posted_date,
                source=entry.source,
                recorded_at=wall_now(),
            )
        )
    return entry_id
