"""A partner reached through a folder: `to-payer` holds what we send, `from-payer` what comes back."""

import asyncio
import os
import time
from pathlib import Path

from clearinghouse.transports.base import PartnerFile
from kernel.errors import Invalid, NotFound

SETTLED_SECONDS = 0.2
"""A file whose name carries no ".part" and that has not changed for this long is complete."""


class FolderTransport:
    """Two folders under one root. Files appear under their name only when they are whole."""

    def __init__(self, root: Path, folder: str) -> None:
        base = (root / folder).resolve()
        if not base.is_relative_to(root.resolve()) or base == root.resolve():
            raise Invalid("a connection's folder is a plain name inside the exchange folder")
        self._outgoing, self._incoming = base / "to-payer", base / "from-payer"

    async def list_files(self) -> list[PartnerFile]:
        """See Transport."""
        return await asyncio.to_thread(self._list)

    async def get(self, name: str) -> bytes:
        """See Transport."""
        return await asyncio.to_thread(self._get, name)

    async def put(self, name: str, content: bytes) -> None:
        """See Transport."""
        await asyncio.to_thread(self._put, name, content)

    def _list(self) -> list[PartnerFile]:
        self._incoming.mkdir(parents=True, exist_ok=True)
        settled_before = time.time() - SETTLED_SECONDS
        found = []
        for path in sorted(self._incoming.iterdir()):
            status = path.stat()
            hidden = path.name.startswith(".") or path.suffix == ".part"
            if path.is_file() and not hidden and status.st_mtime <= settled_before:
                found.append(PartnerFile(path.name, status.st_size))
        return found

    def _get(self, name: str) -> bytes:
        try:
            return (self._incoming / Path(name).name).read_bytes()
        except FileNotFoundError:
            raise NotFound("the partner no longer has this file") from None

    def _put(self, name: str, content: bytes) -> None:
        self._outgoing.mkdir(parents=True, exist_ok=True)
        target = self._outgoing / Path(name).name
        if target.exists() and target.read_bytes() == content:
            return
        draft = target.with_suffix(target.suffix + ".part")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
