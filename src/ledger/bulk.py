"""Stores transfers: many rows in one statement, and very many by way of a staging table that only jobs may make.

Row security refuses `COPY` into the ledger's own table. Arrays cost the server about as much again as the insert itself, so
from some thousand rows on `COPY` into a temporary table and one `INSERT ... SELECT` are faster, although every row is written
twice. `docs/bench.md` has the figures.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from kernel.db.transaction import Tx
from ledger.entries import JournalEntry

STAGED_FROM = 2_000
"""Transfers from which staging wins: below, making the temporary table costs more than it saves."""

Row = tuple[Any, ...]
"""A transfer in the order of `_COLUMNS`; practice and company are the transaction's and the same for all."""

_COLUMNS = {
    "entry_id": "uuid",
    "position": "int",
    "debit": "smallint",
    "credit": "smallint",
    "amount_cents": "bigint",
    "group_id": "uuid",
    "item_id": "uuid",
    "party_id": "uuid",
    "reason": "text",
    "posted_date": "date",
}
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"insert into app.transfer (practice_id, company_id, {_NAMES}) select :practice_id, :company_id, t.*"
_FROM_ARRAYS = sa.text(
    f"{_INSERT} from unnest({', '.join(f'cast(:{name} as {kind}[])' for name, kind in _COLUMNS.items())}) t"
)
_STAGE = "ledger_stage"
_MAKE_STAGE = sa.text(
    f"create temporary table {_STAGE} ({', '.join(f'{name} {kind}' for name, kind in _COLUMNS.items())}) on commit drop"
)
_FROM_STAGE = sa.text(f"{_INSERT} from pg_temp.{_STAGE} t")
_DROP_STAGE = sa.text(f"drop table pg_temp.{_STAGE}")


async def store_transfers(tx: Tx, entries: Mapping[uuid.UUID, JournalEntry]) -> None:
    """Store the transfers of these entries, which are stored already, in the transaction's practice.

    Only the `worker` login role may make temporary tables, so every other audience stores by arrays whatever the number.
    """
    count = sum(len(entry.transfers) for entry in entries.values())
    if count >= STAGED_FROM and tx.scope.audience == "worker":
        await store_staged(tx, rows_of(entries))
    else:
        await store_arrays(tx, rows_of(entries))


def rows_of(entries: Mapping[uuid.UUID, JournalEntry]) -> Iterator[Row]:
    """The transfers of these entries as rows, numbered from 1 within their entry."""
    for entry_id, entry in entries.items():
        for position, one in enumerate(entry.transfers, start=1):
            yield (
                entry_id,
                position,
                one.debit,
                one.credit,
                one.amount_cents,
                one.group_id,
                one.item_id,
                one.party_id,
                one.reason,
                entry.posted_date,
            )


async def store_arrays(tx: Tx, rows: Iterable[Row]) -> None:
    """One statement with an array a column: one round trip, nothing to set up."""
    columns = zip(*rows, strict=True)
    arrays = {name: list(values) for name, values in zip(_COLUMNS, columns, strict=True)}
    await tx.execute(_FROM_ARRAYS, {"practice_id": tx.practice_id, "company_id": tx.company_id, **arrays})


async def store_staged(tx: Tx, rows: Iterable[Row]) -> None:
    """Binary COPY into a temporary table of this transaction, then one insert from it."""
    await tx.execute(_MAKE_STAGE)
    await tx.driver.copy_records_to_table(_STAGE, schema_name="pg_temp", records=rows, columns=list(_COLUMNS))
    await tx.execute(_FROM_STAGE, {"practice_id": tx.practice_id, "company_id": tx.company_id})
    await tx.execute(_DROP_STAGE)
