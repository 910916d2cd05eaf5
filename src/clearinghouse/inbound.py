"""Files from a partner: stored first, told apart by their envelopes, announced once.

What was seen is remembered by name and stamp, so that a poll with nothing new reads no file. What was taken in is remembered by
its bytes, so that a file sent again under another name changes nothing. The partner's folder is left as it is.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from clearinghouse.connections import Connection, connections
from clearinghouse.errors import FileChanged
from clearinghouse.files import NewFile, keep_bytes, keep_row
from clearinghouse.recognition import Recognized, ends_whole, recognize
from clearinghouse.tables import sighting
from clearinghouse.transports.base import PartnerFile, Transport
from clearinghouse.transports.folder import FolderTransport
from kernel.clock import now, wall_now
from kernel.db.transaction import Tx
from kernel.jobs.outbox import announce
from kernel.storage.base import ObjectStore

LARGEST_BYTES = 100_000_000
"""A larger file is left with the partner; 50 times a busy day of a large practice."""

SETTLED = dt.timedelta(seconds=5)
"""A file without its IEA that changed this recently may still be growing."""

log = structlog.get_logger("clearinghouse")


async def handle_poll_due(
    tx: Tx,
    _payload: Mapping[str, str],
    *,
    store: ObjectStore,
    exchange_root: Path,
    largest_bytes: int = LARGEST_BYTES,
) -> None:
    """Job: take in what the partners have for us that was not seen before; one bad file never blocks the next."""
    for partner in await connections(tx):
        transport = FolderTransport(exchange_root, tx.company_id, partner.folder)
        waiting = await _unseen(tx, partner.id, await transport.list())
        for file in waiting:
            try:
                await _take_in(tx, store, partner, transport, file, largest_bytes)
            except (FileChanged, OSError) as problem:
                # Left for the next poll: it is being written, or the partner's folder does not let us read it.
                log.warning("partner file left", connection_id=str(partner.id), error=type(problem).__name__)


async def request_poll(tx: Tx) -> None:
    """Ask for the partners' folders to be read now."""
    await announce(tx, "clearinghouse.poll.due", {})
    record(tx, "clearinghouse.poll.requested", "practice", tx.practice_id)


async def _unseen(tx: Tx, connection_id: uuid.UUID, listed: Sequence[PartnerFile]) -> list[PartnerFile]:
    storable = [file for file in listed if file.name.isprintable()]
    for _ in range(len(listed) - len(storable)):
        log.warning("partner file left", connection_id=str(connection_id), error="its name is no printable text")
    rows = await tx.execute(
        sa.select(sighting.c.name, sighting.c.stamp).where(
            sighting.c.practice_id == tx.practice_id,
            sighting.c.connection_id == connection_id,
            sighting.c.name.in_([file.name for file in storable]),
        )
    )
    seen = {(row.name, row.stamp) for row in rows}
    return [file for file in storable if (file.name, file.stamp) not in seen]


async def _take_in(
    tx: Tx, store: ObjectStore, partner: Connection, transport: Transport, file: PartnerFile, largest_bytes: int
) -> None:
    settled = abs(wall_now() - file.changed_at) > SETTLED
    if file.size_bytes > largest_bytes:
        if settled:
            await _keep(tx, partner, file, await transport.digest(file), None, _too_large(file, largest_bytes))
        return
    content = await transport.get(file)
    if settled or ends_whole(content):
        digest, key = await keep_bytes(tx, store, content)
        await _keep(tx, partner, file, digest, key, recognize(content))


async def _keep(
    tx: Tx, partner: Connection, file: PartnerFile, digest: str, key: str | None, recognized: Recognized
) -> None:
    refused = recognized.problem is not None
    new = NewFile(
        connection_id=partner.id,
        direction="in",
        name=file.name,
        sha256=digest,
        size_bytes=file.size_bytes,
        storage_key=key,
        transaction_set=" ".join(recognized.sets),
        control_number=recognized.control_number,
        state="refused" if refused else "announced",
        problem=recognized.problem,
    )
    file_id, is_new = await keep_row(tx, new)
    await _remember(tx, partner.id, file, file_id)
    if not is_new:
        return
    for transaction_set in () if refused else recognized.sets:
        await announce(tx, f"edi.{transaction_set}.received", {"edi_file_id": str(file_id)})
    record(
        tx,
        "clearinghouse.file.refused" if refused else "clearinghouse.file.received",
        "edi_file",
        file_id,
        changed={"transaction_sets": list(recognized.sets)},
        outcome="refused" if refused else "done",
    )


async def _remember(tx: Tx, connection_id: uuid.UUID, file: PartnerFile, file_id: uuid.UUID) -> None:
    await tx.execute(
        insert(sighting)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            connection_id=connection_id,
            name=file.name,
            stamp=file.stamp,
            edi_file_id=file_id,
            seen_at=now(),
        )
        .on_conflict_do_nothing()
    )


def _too_large(file: PartnerFile, largest_bytes: int) -> Recognized:
    return Recognized(
        problem=f"the file has {file.size_bytes:,} bytes and was left with the partner; the largest that is taken is"
        f" {largest_bytes:,}: ask the partner for it in parts"
    )
