"""Uploads that a row claims: first announced, then put into the store by link, then claimed by the fact that uses the file.

A fact claims in its own transaction, once, and holds the file it read against what was announced. What nobody claimed in time is
deleted (`kernel.storage.uploads_expiry`); what is claimed is never deleted by us. The audit log stands on a higher floor, so `record`
is handed in.
"""

import datetime as dt
import uuid
from typing import BinaryIO

import msgspec
import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.db.tables import instant_column, practice_table, text_column, uuid_column
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Invalid, NotFound, TooLarge
from kernel.ids import new_id
from kernel.jobs.listeners import Recorder
from kernel.storage.base import Announced, Measured, ObjectStore, Presigned

PUT_SECONDS = 3_600
"""How long the link takes the file."""
CLAIM_WITHIN = dt.timedelta(hours=24)
"""How long after its beginning an upload can be claimed; long after the link is over, so that no file arrives behind the sweep."""

upload = practice_table(
    "upload",
    uuid_column("id"),
    text_column("purpose"),
    sa.Column("size_bytes", sa.BigInteger(), nullable=False),
    text_column("sha256"),
    text_column("state"),
    instant_column("created_at"),
    instant_column("expires_at"),
    instant_column("claimed_at", nullable=True),
    uuid_column("claimed_for", nullable=True),
)
"""`state` is begun, claimed (for the fact with the id `claimed_for`), or expired: about to be deleted."""


class Purpose(msgspec.Struct, frozen=True):
    """What an upload is for; it can be claimed for nothing else."""

    name: str
    content_type: str
    most_bytes: int


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as announced; `claimed_for` is the fact that used it."""

    id: uuid.UUID
    practice_id: uuid.UUID
    size_bytes: int
    sha256: str
    state: str
    claimed_for: uuid.UUID | None

    @property
    def key(self) -> str:
        """Where its bytes are."""
        return key_of(self.practice_id, self.id)


class BegunUpload(msgspec.Struct, frozen=True, kw_only=True):
    """Send `put` with the file as its body, then use the upload's id, before `expires_at`."""

    id: uuid.UUID
    put: Presigned
    expires_at: dt.datetime


class UploadNotThere(Conflict):
    """The file was not put yet."""

    slug = "upload-not-there"


class UploadSpent(Conflict):
    """The upload was used, or its time is over."""

    slug = "upload-spent"


def key_of(practice_id: uuid.UUID, upload_id: uuid.UUID) -> str:
    """The key of an upload's bytes: ids alone."""
    return f"{practice_id}/uploads/{upload_id}"


async def begin_upload(
    tx: Tx, store: ObjectStore, record: Recorder, purpose: Purpose, *, size_bytes: int, sha256: str
) -> BegunUpload:
    """Announce a file by its size and SHA-256 (hexadecimal). Raises TooLarge, by the limit of the purpose."""
    if size_bytes > purpose.most_bytes:
        raise TooLarge(
            f"the file is over {purpose.most_bytes // 1_000_000} MB, the most that is accepted; split it into smaller ones"
        )
    upload_id, began_at = new_id(), wall_now()
    expires_at = began_at + CLAIM_WITHIN
    await tx.execute(
        upload.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=upload_id,
            purpose=purpose.name,
            size_bytes=size_bytes,
            sha256=sha256,
            state="begun",
            created_at=began_at,
            expires_at=expires_at,
        )
    )
    record(tx, "storage.upload.begun", "upload", upload_id, changed={"purpose": purpose.name, "size_bytes": size_bytes})
    announced = Announced(size_bytes=size_bytes, sha256=sha256, content_type=purpose.content_type)
    put = await store.presign_put(key_of(tx.practice_id, upload_id), announced, seconds=PUT_SECONDS)
    return BegunUpload(id=upload_id, put=put, expires_at=expires_at)


async def find_upload(tx: Tx, purpose: Purpose, upload_id: uuid.UUID) -> Upload:
    """An upload of this practice for this purpose. Raises NotFound."""
    columns = [upload.c[name] for name in Upload.__struct_fields__]
    row = (await tx.execute(sa.select(*columns).where(*_is(tx, purpose, upload_id)))).one_or_none()
    if row is None:
        raise NotFound("there is no such upload in this practice, or its time is over; begin a new one")
    return Upload(**row._mapping)  # noqa: SLF001


async def fetch_upload(store: ObjectStore, found: Upload, target: BinaryIO) -> None:
    """Copy the file out, to be used as it was announced. Raises UploadNotThere, or Invalid for a file that is another one."""
    try:
        taken = await store.copy_to(found.key, target)
    except NotFound:
        raise UploadNotThere("the file has not arrived; put it to the link of the upload first") from None
    if taken != Measured(size_bytes=found.size_bytes, sha256=found.sha256):
        raise Invalid("the file that arrived is not the one that was announced; begin a new upload")


async def claim_upload(
    tx: Tx, record: Recorder, purpose: Purpose, upload_id: uuid.UUID, *, claimed_for: uuid.UUID
) -> None:
    """Use an upload for a fact, in the fact's transaction. Of two that claim it at once the second waits.

    Raises UploadSpent for one that was claimed before, or not in time.
    """
    claimed = await tx.execute(
        upload.update()
        .where(*_is(tx, purpose, upload_id), upload.c.state == "begun", upload.c.expires_at > sa.func.clock_timestamp())
        .values(state="claimed", claimed_at=wall_now(), claimed_for=claimed_for)
    )
    if claimed.rowcount == 0:
        raise UploadSpent("this upload was used already, or its time is over; begin a new one")
    record(tx, "storage.upload.claimed", "upload", upload_id, changed={"claimed_for": str(claimed_for)})


def _is(tx: Tx, purpose: Purpose, upload_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        upload.c.practice_id == tx.practice_id,
        upload.c.id == upload_id,
        upload.c.purpose == purpose.name,
        upload.c.state != "expired",
    )
