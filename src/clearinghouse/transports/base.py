"""What every way of exchanging files with a partner can do."""

import datetime as dt
from typing import Protocol

import msgspec


class PartnerFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file the partner has for us. `stamp` differs whenever the file was written again; `changed_at` is the partner's time."""

    name: str
    size_bytes: int
    stamp: str
    changed_at: dt.datetime


class Transport(Protocol):
    """One partner's mailbox. Reading leaves files where they are; what was seen before is known by us, not by the partner."""

    async def list(self) -> list[PartnerFile]:
        """Files waiting for us, by name; none whose name says that it is still being written."""

    async def get(self, file: PartnerFile) -> bytes:
        """The bytes of a listed file. Raises FileChanged when they are no longer the listed ones."""

    async def digest(self, file: PartnerFile) -> str:
        """The sha256 of a listed file that is too large to hold. Raises FileChanged."""

    async def put(self, name: str, content: bytes) -> None:
        """Hand a file over, whole or not at all. Again with the same bytes changes nothing.

        Raises NameTaken when other bytes are there under this name, Unavailable when the partner cannot be reached.
        """
