"""Object storage in a local folder, for running without S3."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kernel.errors import Invalid, NotFound
from kernel.ids import new_id
from kernel.storage.base import (
    NO_SUCH_FILE,
    PIECE_BYTES,
    Announced,
    Measure,
    Measured,
    Presigned,
    Shown,
    StorageFull,
    checked_key,
    not_replaced,
)
from kernel.storage.folder_door import FolderDoor

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderStore:
    """Files under one root. A file appears whole or not at all, and is never overwritten.

    `door` makes the links under which our own web process hands files out and takes them in (`kernel.http.stored_files`).
    """

    def __init__(self, root: Path, door: FolderDoor | None = None) -> None:
        self._root = root
        self._door = door

    @property
    def door(self) -> FolderDoor:
        """What makes and reads its links. Raises LookupError in a process that was given none."""
        if self._door is None:
            raise LookupError("this process has no key for links to stored files")
        return self._door

    async def put(self, key: str, content: bytes) -> None:
        """See ObjectStore. Raises Conflict when the key holds other bytes."""
        await asyncio.to_thread(self._put, key, content)

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        return await asyncio.to_thread(self._get, key)

    async def copy_to(self, key: str, target: BinaryIO) -> Measured:
        """See ObjectStore."""
        return await asyncio.to_thread(self._copy_to, key, target)

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def presign_get(self, key: str, shown: Shown, *, seconds: int) -> Presigned:
        """See ObjectStore."""
        return self.door.link_to_get(checked_key(key), shown, seconds=seconds)

    async def presign_put(self, key: str, announced: Announced, *, seconds: int) -> Presigned:
        """See ObjectStore."""
        return self.door.link_to_put(checked_key(key), announced, seconds=seconds)

    async def receive(self, key: str, announced: Announced, pieces: AsyncIterator[bytes]) -> None:
        """Keep what arrives, if it is exactly what was announced. The same bytes again change nothing.

        Raises Invalid for other bytes than announced, of which nothing is kept, and Conflict when the key holds other bytes.
        StorageFull, as for `put`, when the disk takes no more.
        """
        path = self._path(key)
        with _room():
            draft = await asyncio.to_thread(_new_draft, path)
            try:
                taken = await _take(draft, announced, pieces)
                await asyncio.to_thread(_appear, draft, path, taken)
            finally:
                await asyncio.to_thread(draft.unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*checked_key(key).split("/"))

    def _put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        with _room():
            draft = _new_draft(path)
            try:
                with draft.open("wb") as file:
                    measure = Measure(file)
                    measure.write(content)
                    _settle(file)
                _appear(draft, path, measure.taken())
            finally:
                draft.unlink(missing_ok=True)

    def _get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound(NO_SUCH_FILE) from None

    def _copy_to(self, key: str, target: BinaryIO) -> Measured:
        try:
            return _copy(self._path(key), target)
        except FileNotFoundError:
            raise NotFound(NO_SUCH_FILE) from None


@contextmanager
def _room() -> Iterator[None]:
    """Says in our words that the disk takes no more; nothing half written stays."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise StorageFull(
            "the file storage has no room left: nothing was kept; free some space, then try again"
        ) from error


async def _take(draft: Path, announced: Announced, pieces: AsyncIterator[bytes]) -> Measured:
    file = await asyncio.to_thread(draft.open, "wb")
    try:
        measure = Measure(file)
        async for piece in pieces:
            if measure.size_bytes + len(piece) > announced.size_bytes:
                raise _other_than(announced)
            await asyncio.to_thread(measure.write, piece)
        taken = measure.taken()
        if (taken.size_bytes, taken.sha256) != (announced.size_bytes, announced.sha256):
            raise _other_than(announced)
        await asyncio.to_thread(_settle, file)
        return taken
    finally:
        await asyncio.to_thread(file.close)


def _appear(draft: Path, path: Path, drafted: Measured) -> None:
    """Under its name, whole; what stands there already is the same, or stays."""
    try:
        os.link(draft, path)
    except FileExistsError:
        if _measured(path) != drafted:
            raise not_replaced() from None


def _new_draft(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent / f".{new_id()}"


def _settle(file: BinaryIO) -> None:
    """On the disk, not only on its way there."""
    file.flush()
    os.fsync(file.fileno())


def _measured(path: Path) -> Measured:
    with path.open("rb") as file:
        return Measured(size_bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _copy(path: Path, target: BinaryIO) -> Measured:
    measure = Measure(target)
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            measure.write(piece)
    return measure.taken()


def _other_than(announced: Announced) -> Invalid:
    return Invalid(
        f"this is not the file that was announced: it has {announced.size_bytes:,} bytes and the SHA-256 that you gave;"
        " send exactly that file, or announce this one"
    )
