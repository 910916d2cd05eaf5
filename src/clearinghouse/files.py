"""EDI files out and in: stored first, sent or announced by jobs, the same bytes never twice."""

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from clearinghouse.connections import Connection, connections
from clearinghouse.recognition import Recognized, recognize
from clearinghouse.tables import edi_file
from clearinghouse.transports.base import PartnerFile, Transport
from clearinghouse.transports.folder import FolderTransport
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from kernel.jobs.outbox import announce
from kernel.storage.base import ObjectStore

LARGEST_BYTES = 100_000_000


class EdiFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent or came; `problem` says what is wrong with a refused one."""

    id: uuid.UUID
    direction: str
    name: str
    size_bytes: int
    transaction_set: str
    control_number: str
    state: str
    problem: str | None
    sha256: str


async def queue_file(
    tx: Tx,
    store: ObjectStore,
    *,
    connection_id: uuid.UUID,
    transaction_set: str,
    control_number: str,
    name: str,
    content: bytes,
) -> uuid.UUID:
    """Keep a file that is to be sent and announce it; sending happens after the transaction has committed."""
    named, recognized = PartnerFile(name, len(content)), Recognized((transaction_set,), control_number)
    file_id, is_new = await _store(tx, store, connection_id, "out", named, content, recognized, "queued")
    if is_new:
        await announce(tx, "edi.file.queued", {"edi_file_id": str(file_id)})
        await record(tx, "clearinghouse.file.queued", "edi_file", file_id, changed={"transaction_set": transaction_set})
    return file_id


async def read_file(tx: Tx, store: ObjectStore, edi_file_id: uuid.UUID) -> bytes:
    """The bytes of a file of this practice. Raises NotFound."""
    row = await _find(tx, edi_file_id)
    return await store.get(row.storage_key)


async def list_edi_files(tx: Tx) -> list[EdiFile]:
    """Every file of the practice, oldest first."""
    rows = await tx.execute(
        sa.select(edi_file)
        .where(edi_file.c.practice_id == tx.practice_id)
        .order_by(edi_file.c.created_at, edi_file.c.name)
    )
    names = [field.name for field in msgspec.structs.fields(EdiFile)]
    return [EdiFile(**{name: getattr(row, name) for name in names}) for row in rows]


async def handle_file_queued(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore, exchange_root: Path) -> None:
    """Job: hand a queued file to the partner and announce `edi.file.sent`. A resend hands over the stored bytes."""
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    row = await _find(tx, edi_file_id, lock=True)
    if row.state != "queued":
        return
    partner = next(one for one in await connections(tx) if one.id == row.connection_id)
    await _transport(partner, exchange_root).put(row.name, await store.get(row.storage_key))
    await tx.execute(
        edi_file.update()
        .where(edi_file.c.practice_id == tx.practice_id, edi_file.c.id == edi_file_id)
        .values(state="sent", sent_at=wall_now())
    )
    await announce(tx, "edi.file.sent", {"edi_file_id": str(edi_file_id)})
    await record(tx, "clearinghouse.file.sent", "edi_file", edi_file_id)


async def handle_poll_due(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore, exchange_root: Path) -> None:
    """Job: take in what the partners have for us that was not seen before; one bad file never blocks the next."""
    for partner in await connections(tx):
        transport = _transport(partner, exchange_root)
        seen = await _seen(tx, partner.id)
        for waiting in await transport.list_files():
            if (waiting.name, waiting.size_bytes) not in seen:
                await _take_in(tx, store, partner, transport, waiting)


async def request_poll(tx: Tx) -> None:
    """Ask for the partners' mailboxes to be read now."""
    await announce(tx, "clearinghouse.poll.due", {})


def _transport(partner: Connection, exchange_root: Path) -> Transport:
    return FolderTransport(exchange_root, partner.folder)


async def _seen(tx: Tx, connection_id: uuid.UUID) -> set[tuple[str, int]]:
    rows = await tx.execute(
        sa.select(edi_file.c.name, edi_file.c.size_bytes).where(
            edi_file.c.practice_id == tx.practice_id,
            edi_file.c.connection_id == connection_id,
            edi_file.c.direction == "in",
        )
    )
    return {(row.name, row.size_bytes) for row in rows}


async def _take_in(tx: Tx, store: ObjectStore, partner: Connection, transport: Transport, waiting: PartnerFile) -> None:
    if waiting.size_bytes > LARGEST_BYTES:
        content = None
        recognized = Recognized(
            (),
            "",
            f"the file has {waiting.size_bytes:,} bytes and was left with the partner; the largest accepted is"
            f" {LARGEST_BYTES:,}: ask for it in parts",
        )
    else:
        content = await transport.get(waiting.name)
        recognized = recognize(content)
    state = "refused" if recognized.problem else "announced"
    file_id, is_new = await _store(tx, store, partner.id, "in", waiting, content, recognized, state)
    if not is_new:
        return
    for transaction_set in recognized.sets:
        await announce(tx, f"edi.{transaction_set}.received", {"edi_file_id": str(file_id)})
    await record(
        tx,
        "clearinghouse.file.refused" if recognized.problem else "clearinghouse.file.received",
        "edi_file",
        file_id,
        changed={"transaction_sets": list(recognized.sets)},
        outcome="refused" if recognized.problem else "done",
    )


async def _store(
    tx: Tx,
    store: ObjectStore,
    connection_id: uuid.UUID,
    direction: str,
    named: PartnerFile,
    content: bytes | None,
    recognized: Recognized,
    state: str,
) -> tuple[uuid.UUID, bool]:
    """Keep bytes and row; the same bytes from the same side are the same file. A file too large to take has a row alone."""
    digest = hashlib.sha256(f"{named}".encode() if content is None else content).hexdigest()
    file_id = named_id("edi_file", tx.practice_id, direction, digest)
    key = "" if content is None else f"{tx.practice_id}/edi/{direction}/{digest}"
    if content is not None:
        await store.put(key, content)
    stored = await tx.execute(
        insert(edi_file)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=file_id,
            connection_id=connection_id,
            direction=direction,
            name=named.name,
            sha256=digest,
            size_bytes=named.size_bytes,
            storage_key=key,
            transaction_set=" ".join(recognized.sets),
            control_number=recognized.control_number,
            state=state,
            problem=recognized.problem,
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    return file_id, stored.rowcount == 1


async def _find(tx: Tx, edi_file_id: uuid.UUID, *, lock: bool = False) -> sa.Row[Any]:
    statement = sa.select(edi_file).where(edi_file.c.practice_id == tx.practice_id, edi_file.c.id == edi_file_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise NotFound("there is no such file in this practice")
    return row
