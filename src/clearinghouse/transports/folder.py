"""A partner reached through a folder: `to-payer` holds what we send, `from-payer` what comes back."""

import asyncio
import builtins
import datetime as dt
import hashlib
import os
import re
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

from clearinghouse.errors import FileChanged, NameTaken
from clearinghouse.transports.base import PartnerFile
from kernel.errors import Invalid, Unavailable
from kernel.ids import new_id

_OUR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_UNFINISHED = (".part", ".tmp", ".filepart")
_PIECE = 1 << 20


class FolderTransport:
    """Two folders of a connection, under a folder of its company. What we write appears under its name only when it is whole.

    Companies do not know of one another, so nothing keeps two of them from choosing the same folder: each chooses among its own.
    """

    def __init__(self, root: Path, company_id: uuid.UUID, folder: str) -> None:
        own = (root / str(company_id)).resolve()
        base = (own / folder).resolve()
        if base.parent != own or own.parent != root.resolve():
            raise Invalid("a connection's folder is a plain name inside the exchange folder")
        self._outgoing, self._incoming = base / "to-payer", base / "from-payer"

    async def list(self) -> builtins.list[PartnerFile]:
        """See Transport."""
        return await asyncio.to_thread(self._list)

    async def get(self, file: PartnerFile) -> bytes:
        """See Transport."""
        return await asyncio.to_thread(self._get, file)

    async def digest(self, file: PartnerFile) -> str:
        """See Transport."""
        return await asyncio.to_thread(self._digest, file)

    async def put(self, name: str, content: bytes) -> None:
        """See Transport. Raises Invalid for a name that is not plain letters, digits, points and hyphens."""
        try:
            await asyncio.to_thread(self._put, name, content)
        except OSError as error:
            raise Unavailable(
                f"the partner's folder cannot be written ({error.strerror}); it is tried again"
            ) from error

    def _list(self) -> builtins.list[PartnerFile]:
        try:
            entries = sorted(os.scandir(self._incoming), key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        found = []
        for entry in entries:
            unfinished = entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED)
            if unfinished or not entry.is_file(follow_symlinks=False):
                continue
            try:
                found.append(_describe(entry.name, entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                continue  # taken away since the folder was read
        return found

    def _get(self, file: PartnerFile) -> bytes:
        with self._open(file) as descriptor:
            return b"".join(descriptor)

    def _digest(self, file: PartnerFile) -> str:
        total = hashlib.sha256()
        with self._open(file) as descriptor:
            for piece in descriptor:
                total.update(piece)
        return total.hexdigest()

    def _open(self, file: PartnerFile) -> "_Reading":
        return _Reading(self._incoming / Path(file.name).name, file)

    def _put(self, name: str, content: bytes) -> None:
        if not _OUR_NAME.fullmatch(name) or name.lower().endswith(_UNFINISHED):
            raise Invalid("a file is sent under a plain name of letters, digits, points, hyphens and underscores")
        self._outgoing.mkdir(parents=True, exist_ok=True)
        target = self._outgoing / name
        draft = self._outgoing / f".{new_id()}.part"
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A link fails where a rename would replace what is there.
            os.link(draft, target)
        except FileExistsError:
            if target.read_bytes() != content:
                raise NameTaken(
                    "the partner's folder holds another file under this name; nothing was replaced"
                ) from None
        finally:
            draft.unlink(missing_ok=True)


class _Reading:
    """An open partner file that must stay what its listing said, from the first byte to the last."""

    def __init__(self, path: Path, listed: PartnerFile) -> None:
        self._listed = listed
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise FileChanged("the partner no longer has this file") from None

    def __enter__(self) -> "_Reading":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def __iter__(self) -> Iterator[bytes]:
        self._check()
        while piece := os.read(self._descriptor, _PIECE):
            yield piece
        self._check()

    def _check(self) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode) or _stamp(status) != self._listed.stamp:
            raise FileChanged("the file changed while it was read; it is taken in when it is complete")


def _describe(name: str, status: os.stat_result) -> PartnerFile:
    changed_at = dt.datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, dt.UTC)
    return PartnerFile(name=name, size_bytes=status.st_size, stamp=_stamp(status), changed_at=changed_at)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size}.{status.st_mtime_ns}"
