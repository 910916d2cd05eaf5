"""Object storage in a local folder, for running without S3."""

import asyncio
import os
from pathlib import Path

from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from kernel.storage.base import checked_key


class FolderStore:
    """Files under one root. A file appears whole or not at all, and is never overwritten."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, content: bytes) -> None:
        """See ObjectStore. Raises Conflict when the key holds other bytes."""
        await asyncio.to_thread(self._put, key, content)

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        return await asyncio.to_thread(self._get, key)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*checked_key(key).split("/"))

    def _put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.parent / f".{new_id()}"
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            if path.read_bytes() != content:
                raise Conflict("a stored file cannot be replaced by other content") from None
        finally:
            draft.unlink(missing_ok=True)

    def _get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("no such stored file") from None
