"""What every way of exchanging files with a partner can do."""

from typing import Protocol

import msgspec


class PartnerFile(msgspec.Struct, frozen=True):
    """A file the partner has for us: its name there, and its size in bytes."""

    name: str
    size_bytes: int


class Transport(Protocol):
    """One partner's mailbox. Reading leaves files where they are; what was seen before is known by us, not by the partner."""

    async def list_files(self) -> list[PartnerFile]:
        """Complete files waiting for us, by name. A file still being written is not there yet."""

    async def get(self, name: str) -> bytes:
        """The bytes of a file. Raises NotFound."""

    async def put(self, name: str, content: bytes) -> None:
        """Hand a file over, whole. The same name and bytes again change nothing."""
