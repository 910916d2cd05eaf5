"""The files on record: finding them, reading them, keeping a new one."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from clearinghouse.tables import edi_file
from kernel.clock import now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from kernel.storage.base import ObjectStore

Direction = Literal["in", "out"]

PatientsInFile = Callable[[Tx, uuid.UUID], Awaitable[Sequence[uuid.UUID]]]
"""Whom a file is about; handed in by `app`, because the packages that know stand above this one."""


class EdiFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent or came; `problem` says what is wrong with a refused one and what would be right."""

    id: uuid.UUID
    direction: Direction
    name: Annotated[str, msgspec.Meta(examples=["837P-000000007.837"])]
    size_bytes: int
    transaction_set: Annotated[
        str, msgspec.Meta(description="Empty for a file that was not recognized.", examples=["835"])
    ]
    control_number: Annotated[str, msgspec.Meta(description="ISA13 of the first interchange.", examples=["000000007"])]
    state: Annotated[str, msgspec.Meta(description="Out: queued, sent or refused. In: announced or refused.")]
    problem: str | None
    sha256: str
    created_at: dt.datetime
    sent_at: dt.datetime | None


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file when its row is made. `storage_key` is None for one that was too large to take."""

    connection_id: uuid.UUID
    direction: Direction
    name: str
    sha256: str
    size_bytes: int
    storage_key: str | None
    transaction_set: str
    control_number: str
    state: str
    problem: str | None = None


async def keep_bytes(tx: Tx, store: ObjectStore, content: bytes) -> tuple[str, str]:
    """Put the bytes into the store before anything is made of them; their sha256 and key."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{tx.practice_id}/edi/{digest}"
    await store.put(key, content)
    return digest, key


async def keep_row(tx: Tx, new: NewFile) -> tuple[uuid.UUID, bool]:
    """The file's id, and whether it is new: the same bytes from the same side are the same file.

    Of two transactions that bring the same bytes at once, the second waits for the first and then finds its row.
    """
    file_id = named_id("edi_file", tx.practice_id, new.direction, new.sha256)
    stored = await tx.execute(
        insert(edi_file)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=file_id,
            created_at=now(),
            **msgspec.structs.asdict(new),
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "direction", "sha256"])
    )
    return file_id, stored.rowcount == 1


async def read_file(tx: Tx, store: ObjectStore, edi_file_id: uuid.UUID) -> bytes:
    """The bytes of a file of this practice. Raises NotFound, for a file that was left with the partner too."""
    row = await find_file(tx, edi_file_id)
    if row.storage_key is None:
        raise NotFound(
            "this file was too large to take and was left with the partner; its problem says what would help"
        )
    return await store.get(row.storage_key)


async def find_file(tx: Tx, edi_file_id: uuid.UUID, *, lock: bool = False) -> sa.Row[Any]:
    """The row of a file, locked until the transaction ends if asked. Raises NotFound."""
    statement = sa.select(edi_file).where(edi_file.c.practice_id == tx.practice_id, edi_file.c.id == edi_file_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("there is no such file in this practice")
    return row


async def refuse_file(tx: Tx, edi_file_id: uuid.UUID, problem: str) -> None:
    """Say that a file cannot be used and why; its bytes stay as they came, and it is listed among what needs a person."""
    await tx.execute(
        edi_file.update()
        .where(edi_file.c.practice_id == tx.practice_id, edi_file.c.id == edi_file_id)
        .values(state="refused", problem=problem)
    )
    record(tx, "clearinghouse.file.refused", "edi_file", edi_file_id, outcome="refused")


async def outgoing_files(tx: Tx, control_number: str) -> list[uuid.UUID]:
    """Files we sent under an interchange control number (nine digits); several where there are several connections."""
    rows = await tx.execute(
        sa.select(edi_file.c.id).where(
            edi_file.c.practice_id == tx.practice_id,
            edi_file.c.direction == "out",
            edi_file.c.control_number == control_number,
        )
    )
    return list(rows.scalars())


async def list_edi_files(
    tx: Tx, *, direction: Direction | None = None, state: str | None = None, page: PageAsked | None = None
) -> list[EdiFile]:
    """The practice's files, oldest first; only those of a direction or in a state, if asked."""
    columns = [edi_file.c[field.name] for field in msgspec.structs.fields(EdiFile)]
    statement = sa.select(*columns).where(edi_file.c.practice_id == tx.practice_id)
    if direction is not None:
        statement = statement.where(edi_file.c.direction == direction)
    if state is not None:
        statement = statement.where(edi_file.c.state == state)
    rows = await tx.execute(paged(statement, page, edi_file.c.created_at, edi_file.c.name, edi_file.c.id))
    return [EdiFile(**row) for row in rows.mappings()]
