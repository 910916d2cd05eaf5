"""What every object store can do. Keys are made by us, from ids and digests; they never hold a person's data."""

from typing import Protocol


class ObjectStore(Protocol):
    """Bytes under keys, written once."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep the bytes under the key. The same key again must bring the same bytes; it is then not written twice."""

    async def get(self, key: str) -> bytes:
        """The bytes under the key. Raises NotFound."""
