"""Writes entries: the entry, its transfers and the open balances they move, in the caller's transaction."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import wall_now
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from kernel.ids import named_id
from ledger.accounts import TRAITS, Account
from ledger.bulk import store_transfers
from ledger.entries import JournalEntry, Transfer, reversal
from ledger.errors import AlreadyReversed, EntryNotFound, FactChanged
from ledger.tables import balance, journal_entry, transfer


class Posted(NamedTuple):
    """How many entries were new and how many had been posted before."""

    new: int
    known: int


def entry_id(practice_id: uuid.UUID, fact: str) -> uuid.UUID:
    """The id of the entry for a fact: named, so that every run of the same fact makes the same id."""
    return named_id("journal_entry", practice_id, fact)


async def post(tx: Tx, entries: Sequence[JournalEntry]) -> Posted:
    """Post what is new among these entries. A fact that is in the books already is left alone.

    Raises FactChanged when a known fact comes with other transfers: the books do not change under anybody.
    """
    by_id = {entry_id(tx.practice_id, entry.fact): entry for entry in entries}
    known = await _stored(tx, list(by_id))
    for known_id, transfers in known.items():
        if transfers != by_id[known_id].transfers:
            raise FactChanged(
                f"{by_id[known_id].kind} {known_id} is in the books with other amounts; reverse it first, then post again"
            )
    new = {new_id: entry for new_id, entry in by_id.items() if new_id not in known}
    if new:
        await _insert_entries(tx, new)
        await store_transfers(tx, new)
        await _move_balances(tx, new)
    return Posted(new=len(new), known=len(known))


async def reverse(tx: Tx, original_id: uuid.UUID, *, posted_date: Any, source: str) -> uuid.UUID:
    """Take an entry back by a mirror entry that names it; returns the mirror's id.

    Raises EntryNotFound, or AlreadyReversed when that was done before.
    """
    row = (
        await tx.execute(
            sa.select(journal_entry).where(
                journal_entry.c.practice_id == tx.practice_id, journal_entry.c.id == original_id
            )
        )
    ).one_or_none()
    if row is None:
        raise EntryNotFound(f"there is no journal entry {original_id} in this practice")
    stored = await _stored(tx, [original_id])
    original = JournalEntry(
        fact=row.fact, kind=row.kind, posted_date=row.posted_date, source=row.source, transfers=stored[original_id]
    )
    mirror = reversal(original, original_id, posted_date=posted_date, source=source)
    if (await post(tx, [mirror])).new == 0:
        raise AlreadyReversed(f"journal entry {original_id} was reversed before")
    return entry_id(tx.practice_id, mirror.fact)


async def _stored(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Transfer, ...]]:
    rows = await tx.execute(
        sa.select(transfer)
        .where(transfer.c.practice_id == tx.practice_id, transfer.c.entry_id == among_ids(ids))
        .order_by(transfer.c.entry_id, transfer.c.position)
    )
    found: dict[uuid.UUID, list[Transfer]] = defaultdict(list)
    for row in rows:
        found[row.entry_id].append(
            Transfer(
                debit=Account(row.debit),
                credit=Account(row.credit),
                amount_cents=row.amount_cents,
                item_id=row.item_id,
                group_id=row.group_id,
                party_id=row.party_id,
                reason=row.reason,
            )
        )
    return {key: tuple(transfers) for key, transfers in found.items()}


async def _insert_entries(tx: Tx, entries: dict[uuid.UUID, JournalEntry]) -> None:
    recorded_at = wall_now()
    await tx.execute(
        journal_entry.insert(),
        [
            {
                "practice_id": tx.practice_id,
                "company_id": tx.company_id,
                "id": key,
                "fact": entry.fact,
                "kind": entry.kind,
                "posted_date": entry.posted_date,
                "source": entry.source,
                "reverses_id": entry.reverses_id,
                "posted_by": tx.scope.user_id,
                "recorded_at": recorded_at,
            }
            for key, entry in entries.items()
        ],
    )


async def _move_balances(tx: Tx, entries: dict[uuid.UUID, JournalEntry]) -> None:
    moves = balance_moves(entries.values())
    if not moves:
        return
    statement = insert(balance).values(
        [
            {
                "practice_id": tx.practice_id,
                "company_id": tx.company_id,
                "account": int(account),
                "item_id": item_id,
                "group_id": move.group_id,
                "party_id": move.party_id,
                "balance_cents": move.cents,
                "opened_date": move.opened_date,
            }
            # Always in one order, so that two postings wait for each other instead of deadlocking.
            for (account, item_id), move in sorted(moves.items())
        ]
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "account", "item_id"],
            set_={"balance_cents": balance.c.balance_cents + statement.excluded.balance_cents},
        )
    )


class Move(NamedTuple):
    """What a set of entries does to one open balance."""

    cents: int
    group_id: uuid.UUID | None
    party_id: uuid.UUID | None
    opened_date: Any


def balance_moves(entries: Any) -> dict[tuple[Account, uuid.UUID], Move]:
    """Sum the entries by account and item, debits positive, for the accounts that are kept by item."""
    moves: dict[tuple[Account, uuid.UUID], Move] = {}
    for entry in entries:
        for item in entry.transfers:
            for account, cents in ((item.debit, item.amount_cents), (item.credit, -item.amount_cents)):
                if item.item_id is None or not TRAITS[account].by_item:
                    continue
                before = moves.get((account, item.item_id))
                moves[account, item.item_id] = Move(
                    cents + (before.cents if before else 0),
                    item.group_id,
                    before.party_id if before else item.party_id,
                    before.opened_date if before else entry.posted_date,
                )
    return moves
