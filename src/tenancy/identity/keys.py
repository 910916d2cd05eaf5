"""One secret, and a key of its own for each use of it: keyed hashes and signed links."""

import hmac
import uuid

from kernel.crypto.wrapping import derived_key


class IdentityKeys:
    """What proves and hides who somebody is, made from the lookup key of the settings."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.links = derived_key(key, "billwright.links.1")

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash for looking something up without keeping it: a token, a bill code, a birth date."""
        return self._digest(kind, value).hex()

    def id(self, kind: str, value: str) -> uuid.UUID:
        """A keyed hash in the form of an id, for something that must be counted or told of and not named: an address."""
        return uuid.UUID(bytes=self._digest(kind, value)[:16])

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), "sha256")
