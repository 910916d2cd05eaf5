"""Encounter files that come by upload: for files too large, or connections too slow, for one request."""

import uuid
from typing import BinaryIO

from audit.public import record
from interop.runs.encounters import ImportResult, import_encounters, import_id, read_import
from interop.runs.reading import LIMITS
from kernel.db.transaction import Tx
from kernel.storage.base import ObjectStore
from kernel.storage.uploads import BegunUpload, Purpose, Upload, begin_upload, claim_upload, find_upload

ENCOUNTERS = Purpose(name="encounters", content_type="text/csv", most_bytes=LIMITS.max_bytes)


async def begin_encounters(tx: Tx, store: ObjectStore, *, size_bytes: int, sha256: str) -> BegunUpload:
    """Announce a file of encounters. Raises TooLarge."""
    return await begin_upload(tx, store, record, ENCOUNTERS, size_bytes=size_bytes, sha256=sha256)


async def find_encounters(tx: Tx, upload_id: uuid.UUID) -> tuple[Upload, ImportResult | None]:
    """An upload, and what became of its file if it was imported before. Raises NotFound."""
    found = await find_upload(tx, ENCOUNTERS, upload_id)
    return found, None if found.claimed_for is None else await read_import(tx, found.claimed_for)


async def import_upload(tx: Tx, store: ObjectStore, found: Upload, *, file_name: str, file: BinaryIO) -> ImportResult:
    """Import the file of an upload, which is thereby used. Raises UploadSpent, and what `import_encounters` raises."""
    await claim_upload(tx, record, ENCOUNTERS, found.id, claimed_for=import_id(tx, found.sha256))
    return await import_encounters(tx, store, file_name=file_name, file=file)
