"""What every object store can do. Keys are made by us, from ids and digests; they never hold a person's data."""

from typing import Protocol

from kernel.errors import NotFound


class ObjectStore(Protocol):
    """Bytes under keys, written once."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep the bytes under the key. The same key again must bring the same bytes; it is then not written twice."""

    async def get(self, key: str) -> bytes:
        """The bytes under the key. Raises NotFound."""


def checked_key(key: str) -> str:
    """The key, if it leads nowhere else than into the store. Raises NotFound: what is no key names no file."""
    if not key or len(key) > 1_000 or any(part in {"", ".", ".."} for part in key.split("/")):
        raise NotFound("no such stored file")
    return key
