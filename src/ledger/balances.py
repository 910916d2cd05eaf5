"""What the books say: open items, totals by account, the history of a claim, and a digest of everything posted."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from ledger.accounts import RECEIVABLES, Account
from ledger.tables import balance, journal_entry, transfer


class OpenItem(msgspec.Struct, frozen=True):
    """What is still owed for one item on one receivable account; negative when too much was paid."""

    account: Account
    item_id: uuid.UUID
    group_id: uuid.UUID | None
    party_id: uuid.UUID | None
    balance_cents: int
    opened_date: dt.date


class PostedTransfer(msgspec.Struct, frozen=True):
    """One transfer with the entry it belongs to: a line of a claim's money history."""

    entry_id: uuid.UUID
    fact: str
    kind: str
    source: str
    posted_date: dt.date
    debit: Account
    credit: Account
    amount_cents: int
    group_id: uuid.UUID | None
    item_id: uuid.UUID | None
    party_id: uuid.UUID | None
    reason: str


async def open_items(
    tx: Tx, group_ids: Sequence[uuid.UUID] | None = None, accounts: Sequence[Account] = RECEIVABLES
) -> list[OpenItem]:
    """Items with a balance, of these groups (claims) or of the whole practice, in a fixed order."""
    statement = (
        sa.select(balance)
        .where(
            balance.c.practice_id == tx.practice_id,
            balance.c.account.in_([int(account) for account in accounts]),
            balance.c.balance_cents != 0,
        )
        .order_by(balance.c.account, balance.c.opened_date, balance.c.item_id)
    )
    if group_ids is not None:
        statement = statement.where(balance.c.group_id == among_ids(group_ids))
    return [
        OpenItem(Account(row.account), row.item_id, row.group_id, row.party_id, row.balance_cents, row.opened_date)
        for row in await tx.execute(statement)
    ]


async def account_totals(tx: Tx) -> dict[Account, int]:
    """Debits minus credits of every account that was ever moved, in cents, read from the transfers themselves."""
    sides = sa.union_all(
        _side(tx, transfer.c.debit, transfer.c.amount_cents), _side(tx, transfer.c.credit, -transfer.c.amount_cents)
    ).subquery()
    rows = await tx.execute(
        sa.select(sides.c.account, sa.func.sum(sides.c.cents).label("cents")).group_by(sides.c.account)
    )
    return {Account(row.account): int(row.cents) for row in rows}


def _side(tx: Tx, account: Any, cents: Any) -> sa.Select[Any]:
    return sa.select(account.label("account"), cents.label("cents")).where(transfer.c.practice_id == tx.practice_id)


async def transfers_of_groups(tx: Tx, group_ids: Sequence[uuid.UUID]) -> list[PostedTransfer]:
    """Everything posted about these groups (claims), oldest first."""
    rows = await tx.execute(
        _transfers(tx)
        .where(transfer.c.group_id == among_ids(group_ids))
        .order_by(journal_entry.c.recorded_at, transfer.c.entry_id, transfer.c.position)
    )
    return [_posted(row) for row in rows]


class GroupMove(msgspec.Struct, frozen=True):
    """The sum of what was moved between two accounts for one group (claim), party and reason."""

    group_id: uuid.UUID
    debit: Account
    credit: Account
    party_id: uuid.UUID | None
    reason: str
    cents: int


async def moves_of_groups(tx: Tx, group_ids: Sequence[uuid.UUID]) -> list[GroupMove]:
    """What was moved for these groups (claims), summed: all that a patient's own scope may read of the books."""
    keys = (transfer.c.group_id, transfer.c.debit, transfer.c.credit, transfer.c.party_id, transfer.c.reason)
    rows = await tx.execute(
        sa.select(*keys, sa.func.sum(transfer.c.amount_cents).label("cents"))
        .where(
            transfer.c.practice_id == tx.practice_id,
            transfer.c.group_id == among_ids(group_ids),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        GroupMove(row.group_id, Account(row.debit), Account(row.credit), row.party_id, row.reason, int(row.cents))
        for row in rows
    ]


async def all_transfers(tx: Tx) -> list[PostedTransfer]:
    """Everything posted in the practice, by date and fact: for reports over the whole books."""
    rows = await tx.execute(_transfers(tx).order_by(transfer.c.posted_date, transfer.c.entry_id, transfer.c.position))
    return [_posted(row) for row in rows]


async def ledger_digest(tx: Tx) -> str:
    """A SHA-256 over everything posted, free of ids and of the order it was posted in.

    Two installations that did the same work have the same digest, and a rerun that changes nothing keeps it.
    """
    lines = sorted(
        f"{row.kind}|{row.posted_date}|{row.source}|{int(row.debit)}|{int(row.credit)}|{row.amount_cents}|{row.reason}"
        for row in await all_transfers(tx)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _transfers(tx: Tx) -> sa.Select[Any]:
    return (
        sa.select(transfer, journal_entry.c.fact, journal_entry.c.kind, journal_entry.c.source)
        .join(
            journal_entry,
            sa.and_(journal_entry.c.practice_id == transfer.c.practice_id, journal_entry.c.id == transfer.c.entry_id),
        )
        .where(transfer.c.practice_id == tx.practice_id)
    )


def _posted(row: sa.Row[Any]) -> PostedTransfer:
    return PostedTransfer(
        entry_id=row.entry_id,
        fact=row.fact,
        kind=row.kind,
        source=row.source,
        posted_date=row.posted_date,
        debit=Account(row.debit),
        credit=Account(row.credit),
        amount_cents=row.amount_cents,
        group_id=row.group_id,
        item_id=row.item_id,
        party_id=row.party_id,
        reason=row.reason,
    )
