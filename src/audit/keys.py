"""Who signs checkpoints: a small protocol, and keys kept in a local folder.

Only an installation on one machine keeps its keys in a folder; production signs in KMS (`audit.aws`), so that nobody can take the
key away. Which key signs next is said by the log itself, signed by the one before (`Checkpoint.next_key`).
"""

import os
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from kernel.errors import Conflict

SIGNED_AS = b"billwright audit checkpoint 1\n"
"""Goes before a checkpoint's body when it is signed, so that the signature says what it is of."""


class Signer(Protocol):
    """One Ed25519 key (RFC 8032)."""

    @property
    def public_key(self) -> str:
        """The 32 bytes of the public key, in hexadecimal."""

    async def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""


class Signers(Protocol):
    """The keys that this sealer may use."""

    async def first(self) -> Signer:
        """The key that a log begins with."""

    async def of(self, public_key: str) -> Signer:
        """The key the log asks for. Raises Conflict when it is not here."""

    async def new(self) -> Signer:
        """The key to go on with when keys are changed."""


class LocalSigner:
    """A key held in memory."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    async def sign(self, message: bytes) -> bytes:
        """See Signer."""
        return self._key.sign(message)


class LocalSigners:
    """Keys in a folder that only this account can read (0700), each in a file (0600) named by its public key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, LocalSigner] = {}

    async def first(self) -> LocalSigner:
        """See Signers; a key that was made for a log that never began is used."""
        made = sorted(self._folder.glob("*.pem"))
        return self._read(made[0]) if made else await self.new()

    async def of(self, public_key: str) -> LocalSigner:
        """See Signers."""
        if public_key not in self._known:
            path = self._folder / f"{public_key}.pem"
            if not path.exists():
                raise Conflict(f"the key {public_key} that must sign next is not in this installation's key folder")
            self._known[public_key] = self._read(path)
        return self._known[public_key]

    async def new(self) -> LocalSigner:
        """See Signers."""
        key = Ed25519PrivateKey.generate()
        signer = LocalSigner(key)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / f"{signer.public_key}.pem", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        return signer

    def _read(self, path: Path) -> LocalSigner:
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Conflict(
                f"{path.name} in the key folder cannot be read as a key; put it back from its backup"
            ) from error
        signer = LocalSigner(key) if isinstance(key, Ed25519PrivateKey) else None
        if signer is None or signer.public_key != path.stem:
            raise Conflict(
                f"{path.name} in the key folder is not the Ed25519 key that its name says; put that one back"
            )
        return signer
