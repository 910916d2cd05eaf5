"""Key-encryption keys: what wraps the data keys, so that the database alone, or a backup of it, opens nothing."""

import os
import threading
from collections import OrderedDict
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES, _KEY_BYTES = 12, 32
_MOST_CACHED = 2_000


class CannotUnwrap(Exception):
    """A data key was wrapped by another key-encryption key, for another company, or was changed."""


class KeyWrapper(Protocol):
    """Wraps and unwraps data keys. `context` says whose key it is; unwrapping under another context fails.

    Both calls may block on a network: call them in a thread. Raises CannotUnwrap.
    """

    @property
    def key_id(self) -> str:
        """Names the key-encryption key; kept beside what it wrapped, so that a later rotation knows what to do again."""

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """The data key, readable by nobody without the key-encryption key."""

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The data key again."""


class LocalKeyWrapper:
    """AES-256-GCM under a key derived from a secret of this installation."""

    key_id = "local:1"

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(derived_key(secret, "billwright.key-encryption.1"))

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data_key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise CannotUnwrap("this data key was wrapped by another key or for another company") from None


class CachingKeyWrapper:
    """Remembers what it unwrapped, by the wrapped bytes: a request then needs no call to a key service."""

    def __init__(self, inner: KeyWrapper) -> None:
        self._inner = inner
        self._unwrapped: OrderedDict[tuple[bytes, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def key_id(self) -> str:
        """See KeyWrapper."""
        return self._inner.key_id

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        return self._inner.wrap(data_key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        with self._lock:
            known = self._unwrapped.get((wrapped, context))
        if known is not None:
            return known
        data_key = self._inner.unwrap(wrapped, context)
        with self._lock:
            self._unwrapped[wrapped, context] = data_key
            if len(self._unwrapped) > _MOST_CACHED:
                self._unwrapped.popitem(last=False)
        return data_key


def derived_key(secret: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose out of a secret (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(secret)


def new_data_key() -> bytes:
    """256 random bits."""
    return AESGCM.generate_key(256)
