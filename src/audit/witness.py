"""Where copies of signed checkpoints go that the database's administrators cannot take back."""

import asyncio
import re
from pathlib import Path
from typing import Protocol

import msgspec

from kernel.errors import NotFound
from kernel.storage.folder import FolderStore

READ_ONLY = 0o444
FOLDER_SIZE = 10_000
_NAME = re.compile(r"[0-9]{6}/[0-9]{9}/[0-9]{13}\.json")


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint's body, to the byte, and the signature over it in hexadecimal."""

    body: str
    signature: str


class WitnessStore(Protocol):
    """Write-once copies by name; names sort in the order of their checkpoints."""

    async def put(self, name: str, content: bytes) -> None:
        """Keep the bytes. The same again is no change; other bytes under a taken name raise Conflict: the log has forked."""

    async def get(self, name: str) -> bytes:
        """The bytes under the name. Raises NotFound."""

    async def names_after(self, name: str) -> list[str]:
        """Every name that sorts after this one, in order."""


def witness_name(epoch: int, number: int) -> str:
    """The name of a checkpoint's copy; few enough in one folder to list."""
    return f"{epoch:06d}/{number // FOLDER_SIZE:09d}/{number:013d}.json"


class EpochBegun(msgspec.Struct, frozen=True):
    """Kept beside the copies when an operator begins an epoch: what came after the checkpoint in the epoch before is given up."""

    epoch: int
    after_checkpoint: int
    reason: str


async def keep_epoch(store: WitnessStore, begun: EpochBegun) -> None:
    """Say where the database's administrators cannot that the epoch is begun by an operator."""
    await store.put(_epoch_name(begun.epoch), msgspec.json.encode(begun, order="sorted"))


async def epoch_begun(store: WitnessStore, epoch: int) -> EpochBegun | None:
    """What an operator said of an epoch; None when nobody began it. The first one is begun by installing."""
    if epoch == 1:
        return EpochBegun(1, 0, "installed")
    try:
        return msgspec.json.decode(await store.get(_epoch_name(epoch)), type=EpochBegun)
    except (NotFound, msgspec.MsgspecError):
        return None


def _epoch_name(epoch: int) -> str:
    return f"{epoch:06d}/begun.json"


def is_witness_name(name: str) -> bool:
    """Whether this is the name of a checkpoint's copy; other things may lie beside them."""
    return _NAME.fullmatch(name) is not None


def number_of(name: str) -> int:
    """The checkpoint number in a copy's name."""
    return int(name.rpartition("/")[2].removesuffix(".json"))


class FolderWitness:
    """Copies as read-only files in a folder; put it on storage that another account owns."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = FolderStore(root)

    async def put(self, name: str, content: bytes) -> None:
        """See WitnessStore."""
        await self._files.put(name, content)
        await asyncio.to_thread((self._root / name).chmod, READ_ONLY)

    async def get(self, name: str) -> bytes:
        """See WitnessStore."""
        return await self._files.get(name)

    async def names_after(self, name: str) -> list[str]:
        """See WitnessStore."""
        return await asyncio.to_thread(self._list, name)

    def _list(self, name: str) -> list[str]:
        if self._root.exists():
            list(self._root.iterdir())  # a pattern finds nothing in what cannot be read, as if nothing were there
        found = (path.relative_to(self._root).as_posix() for path in self._root.glob("*/*/*.json"))
        return sorted(one for one in found if one > name and is_witness_name(one))


async def same_copy(store: WitnessStore, name: str, content: bytes) -> bool | None:
    """Whether the store holds exactly these bytes; None when it holds none."""
    try:
        return await store.get(name) == content
    except NotFound:
        return None


def copy_of(checkpoint: SignedCheckpoint) -> bytes:
    """What is kept: one JSON object."""
    return msgspec.json.encode(checkpoint, order="sorted")
