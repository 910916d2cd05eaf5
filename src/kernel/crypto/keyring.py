"""A company's data keys: made when first needed, kept wrapped in a table, unwrapped outside it.

The rows are read in the transaction that uses them, so a value is never encrypted under a key that was rolled back.
"""

import asyncio
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import wall_now
from kernel.crypto.fields import FieldKeys
from kernel.crypto.wrapping import KeyWrapper, new_data_key
from kernel.db.tables import company_table, count_column, instant_column, text_column, uuid_column
from kernel.db.transaction import Tx
from kernel.ids import new_id

data_key = company_table(
    "data_key",
    uuid_column("id"),
    text_column("purpose"),
    count_column("version"),
    sa.Column("wrapped", sa.LargeBinary(), nullable=False),
    text_column("wrapped_by"),
    instant_column("created_at"),
)
"""`purpose` is `field` or `index`: a new key for fields leaves the blind indexes as they are."""

ENCRYPT, INDEX = "field", "index"


async def company_keys(tx: Tx) -> FieldKeys:
    """The keys of the company this transaction acts for. Raises LookupError in a process that was given no key wrapper."""
    rows = await _rows(tx)
    if {row.purpose for row in rows} != {ENCRYPT, INDEX}:
        await _make(tx)
        rows = await _rows(tx)
    return await asyncio.to_thread(unwrapped, tx.key_wrapper, tx.company_id, rows)


def unwrapped(wrapper: KeyWrapper, company_id: uuid.UUID, rows: list[sa.Row[tuple[object, ...]]]) -> FieldKeys:
    """The keys in these rows of `data_key`, oldest first. Blocks while a key service answers."""
    plain = {row.id: wrapper.unwrap(row.wrapped, str(company_id)) for row in rows}
    fields = [row.id for row in rows if row.purpose == ENCRYPT]
    (index,) = (row.id for row in rows if row.purpose == INDEX)
    return FieldKeys({key_id: plain[key_id] for key_id in fields}, newest=fields[-1], index_key=plain[index])


def new_keys(wrapper: KeyWrapper, company_id: uuid.UUID) -> list[dict[str, object]]:
    """Rows of a company's first keys. Blocks while a key service answers."""
    return [
        {
            "company_id": company_id,
            "id": new_id(),
            "purpose": purpose,
            "version": 1,
            "wrapped": wrapper.wrap(new_data_key(), str(company_id)),
            "wrapped_by": wrapper.key_id,
            "created_at": wall_now(),
        }
        for purpose in (ENCRYPT, INDEX)
    ]


async def _rows(tx: Tx) -> list[sa.Row[tuple[object, ...]]]:
    statement = sa.select(data_key.c.id, data_key.c.purpose, data_key.c.wrapped).where(
        data_key.c.company_id == tx.company_id
    )
    return list((await tx.execute(statement.order_by(data_key.c.version))).all())


async def _make(tx: Tx) -> None:
    """Of two that make them at once, the second waits for the first and takes what is there."""
    rows = await asyncio.to_thread(new_keys, tx.key_wrapper, tx.company_id)
    await tx.execute(insert(data_key).on_conflict_do_nothing(), rows)
