"""A practice's connections to its trading partners, and the numbers that must not repeat on them."""

import uuid
from typing import Annotated

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from clearinghouse.errors import FolderTaken, NoConnection
from clearinghouse.tables import connection
from kernel.clock import wall_now
from kernel.db.counters import next_numbers
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id


class NewConnection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clearinghouse or payer: where its mailbox is, and the ids that go into the envelopes."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    folder: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    submitter_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,15}$")]
    receiver_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,15}$")]
    receiver_name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Connection(NewConnection, frozen=True, kw_only=True):
    """A connection on file."""

    id: uuid.UUID


async def add_connection(tx: Tx, new: NewConnection) -> uuid.UUID:
    """Set up a connection, or find the one of this name. Raises FolderTaken when its folder is another connection's."""
    connection_id = named_id("connection", tx.practice_id, new.name)
    stored = await tx.execute(
        insert(connection)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=connection_id,
            created_at=wall_now(),
            **msgspec.structs.asdict(new),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "clearinghouse.connection.added", "connection", connection_id)
    elif not await _exists(tx, connection_id):
        raise FolderTaken(f"the folder {new.folder} belongs to another connection; choose a folder of its own")
    return connection_id


async def _exists(tx: Tx, connection_id: uuid.UUID) -> bool:
    found = sa.select(connection.c.id).where(
        connection.c.practice_id == tx.practice_id, connection.c.id == connection_id
    )
    return await tx.scalar(found) is not None


async def connections(tx: Tx, page: PageAsked | None = None) -> list[Connection]:
    """The practice's connections, oldest first; by name in pages."""
    statement = sa.select(connection).where(connection.c.practice_id == tx.practice_id)
    order = (connection.c.created_at, connection.c.id) if page is None else (connection.c.name,)
    rows = await tx.execute(paged(statement, page, *order))
    return [
        Connection(
            id=row.id,
            name=row.name,
            folder=row.folder,
            submitter_id=row.submitter_id,
            receiver_id=row.receiver_id,
            receiver_name=row.receiver_name,
        )
        for row in rows
    ]


async def connection_of(tx: Tx, connection_id: uuid.UUID) -> Connection:
    """One connection of the practice. Raises NotFound."""
    for found in await connections(tx):
        if found.id == connection_id:
            return found
    raise NotFound("there is no such connection in this practice")


async def default_connection(tx: Tx) -> Connection:
    """The connection claims go through. Raises NoConnection."""
    found = await connections(tx)
    if not found:
        raise NoConnection("set up a connection to a clearinghouse for this practice first")
    return found[0]


async def next_interchange_number(tx: Tx, connection_id: uuid.UUID) -> int:
    """The next ISA13 of a connection. It is used up only if the transaction, with the stored bytes, commits."""
    numbers = await next_numbers(tx, f"interchange:{connection_id}")
    return numbers[0]
