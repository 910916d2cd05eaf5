"""Files to a partner: stored and queued by one transaction, handed over by a job after it."""

import uuid
from collections.abc import Mapping
from pathlib import Path

from audit.public import record
from clearinghouse.connections import connection_of
from clearinghouse.errors import NameTaken
from clearinghouse.files import NewFile, find_file, keep_bytes, keep_row
from clearinghouse.tables import edi_file
from clearinghouse.transports.folder import FolderTransport
from kernel.clock import now
from kernel.db.transaction import Tx
from kernel.jobs.outbox import announce
from kernel.storage.base import ObjectStore

_ACTIONS = {"sent": "clearinghouse.file.sent", "refused": "clearinghouse.file.refused"}


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
    """Keep a file that is to be sent and announce it; the same bytes again are the same file and change nothing.

    `name` is what the partner will see: letters, digits, points, hyphens and underscores.
    """
    digest, key = await keep_bytes(tx, store, content)
    new = NewFile(
        connection_id=connection_id,
        direction="out",
        name=name,
        sha256=digest,
        size_bytes=len(content),
        storage_key=key,
        transaction_set=transaction_set,
        control_number=control_number,
        state="queued",
    )
    file_id, is_new = await keep_row(tx, new)
    if is_new:
        await announce(tx, "edi.file.queued", {"edi_file_id": str(file_id)})
        record(tx, "clearinghouse.file.queued", "edi_file", file_id, changed={"transaction_set": transaction_set})
    return file_id


async def handle_file_queued(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore, exchange_root: Path) -> None:
    """Job: hand a queued file to the partner and announce `edi.file.sent`. A resend hands over the stored bytes.

    A file that the partner's folder refuses for good stays on record as refused, with the reason.
    """
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    row = await find_file(tx, edi_file_id, lock=True)
    if row.state != "queued":
        return
    partner = await connection_of(tx, row.connection_id)
    content = await store.get(row.storage_key)
    try:
        await FolderTransport(exchange_root, tx.company_id, partner.folder).put(row.name, content)
    except NameTaken as refusal:
        await _settle(tx, edi_file_id, state="refused", problem=refusal.message)
        return
    await _settle(tx, edi_file_id, state="sent", sent_at=now())
    await announce(tx, "edi.file.sent", {"edi_file_id": str(edi_file_id)})


async def _settle(tx: Tx, edi_file_id: uuid.UUID, *, state: str, **values: object) -> None:
    await tx.execute(
        edi_file.update()
        .where(edi_file.c.practice_id == tx.practice_id, edi_file.c.id == edi_file_id)
        .values(state=state, **values)
    )
    record(tx, _ACTIONS[state], "edi_file", edi_file_id, outcome="refused" if state == "refused" else "done")
