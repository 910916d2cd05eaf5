"""What every object store can do. Keys are made by us, from ids and digests; they never hold a person's data."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, BinaryIO, Literal, Protocol

import msgspec

from kernel.errors import Conflict, NotFound, Unavailable

NO_SUCH_FILE = "no such stored file"
NOT_REPLACED = "a stored file cannot be replaced by other content"
PIECE_BYTES = 1 << 20


class StorageFull(Unavailable):
    """There is no room for another file; nothing of it was kept."""

    slug = "storage-full"


class Presigned(msgspec.Struct, frozen=True, kw_only=True):
    """A request that whoever has it may send, without signing in, until `expires_at`. All of `headers` must be sent as they are."""

    method: Literal["GET", "PUT"]
    url: Annotated[str, msgspec.Meta(examples=["https://billing.example/files/8sJ2n0uZtq1v..."])]
    headers: Annotated[Mapping[str, str], msgspec.Meta(examples=[{"Content-Type": "text/csv"}])]
    expires_at: dt.datetime


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put: nothing else is taken. `sha256` is in hexadecimal."""

    size_bytes: int
    sha256: str
    content_type: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """How a download looks to a browser, fixed beforehand: always a file to save. `file_name` is ours, never a person's words."""

    content_type: str
    file_name: str

    @property
    def disposition(self) -> str:
        """The header Content-Disposition."""
        return f'attachment; filename="{self.file_name}"'


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, measured on the way."""

    size_bytes: int
    sha256: str


class ObjectStore(Protocol):
    """Bytes under keys, written once."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep the bytes under the key. The same key again must bring the same bytes; it is then not written twice."""

    async def get(self, key: str) -> bytes:
        """The bytes under the key. Raises NotFound."""

    async def copy_to(self, key: str, target: BinaryIO) -> Measured:
        """Write the bytes under the key to an open file, piece by piece. Raises NotFound."""

    async def delete(self, key: str) -> None:
        """Let the bytes under the key be gone, whether or not there were any."""

    async def presign_get(self, key: str, shown: Shown, *, seconds: int) -> Presigned:
        """A download of these bytes for so many seconds. Whether there are any is found out by who downloads."""

    async def presign_put(self, key: str, announced: Announced, *, seconds: int) -> Presigned:
        """One upload of exactly what is announced, for so many seconds. What is there is not replaced by it."""


class Measure:
    """Counts and digests what is written to a file."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Write one piece."""
        self._target.write(piece)
        self._digest.update(piece)
        self._size_bytes += len(piece)

    @property
    def size_bytes(self) -> int:
        """How much was written so far."""
        return self._size_bytes

    def taken(self) -> Measured:
        """All that was written."""
        return Measured(size_bytes=self._size_bytes, sha256=self._digest.hexdigest())


def checked_key(key: str) -> str:
    """The key, if it leads nowhere else than into the store. Raises NotFound: what is no key names no file."""
    if not key or len(key) > 1_000 or any(part in {"", ".", ".."} for part in key.split("/")):
        raise NotFound(NO_SUCH_FILE)
    return key


def not_replaced() -> Conflict:
    """The refusal of other bytes under a key that holds some."""
    return Conflict(NOT_REPLACED)
