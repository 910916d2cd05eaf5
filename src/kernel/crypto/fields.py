"""Encrypted values and their blind indexes, with a company's keys in hand.

A ciphertext is: version (1 byte, 1), id of the data key (16), nonce (12), AES-256-GCM ciphertext and tag. The associated data names
table, column, practice and row, so a value copied to another row or column does not open. Nonces are random: one data key is good
for about four billion values (NIST SP 800-38D, 8.3).
"""

import hashlib
import hmac
import os
import uuid
from collections.abc import Callable, Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.wrapping import derived_key

VERSION = 1
_KEY_ID, _NONCE = slice(1, 17), slice(17, 29)
_HEAD_BYTES = 29


class CannotDecrypt(Exception):
    """The value was encrypted for another row or column, under a key that is not at hand, or was changed."""


class Field(msgspec.Struct, frozen=True):
    """An encrypted column. `normal` makes equal what people write differently, for its blind index only."""

    table: str
    column: str
    normal: Callable[[str], str] = str.strip


def plain_identifier(text: str) -> str:
    """An id as on a card: case, spaces and hyphens tell nothing apart."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


class FieldKeys:
    """Encrypts under the newest data key of a company, decrypts under whichever the value names."""

    def __init__(self, data_keys: Mapping[uuid.UUID, bytes], *, newest: uuid.UUID, index_key: bytes) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in data_keys.items()}
        self._newest = newest
        self._index_key = index_key

    def encrypt(self, field: Field, row_id: uuid.UUID, text: str, *, practice_id: uuid.UUID | None = None) -> bytes:
        """The value for one row. A row of a practice names its practice too, as its key does."""
        nonce = os.urandom(12)
        sealed = self._ciphers[self._newest].encrypt(nonce, text.encode(), _place(field, practice_id, row_id))
        return bytes([VERSION]) + self._newest.bytes + nonce + sealed

    def decrypt(self, field: Field, row_id: uuid.UUID, sealed: bytes, *, practice_id: uuid.UUID | None = None) -> str:
        """The value again. Raises CannotDecrypt."""
        if len(sealed) < _HEAD_BYTES or sealed[0] != VERSION:
            raise CannotDecrypt(f"{field.table}.{field.column}: not a value in format {VERSION}")
        cipher = self._ciphers.get(uuid.UUID(bytes=sealed[_KEY_ID]))
        if cipher is None:
            raise CannotDecrypt(f"{field.table}.{field.column}: its data key is not one of this company's")
        try:
            return cipher.decrypt(sealed[_NONCE], sealed[_HEAD_BYTES:], _place(field, practice_id, row_id)).decode()
        except InvalidTag:
            raise CannotDecrypt(f"{field.table}.{field.column}: it belongs to another row or was changed") from None

    def blind_index(self, field: Field, text: str, *, practice_id: uuid.UUID | None = None) -> bytes:
        """Equal for equal values (after `field.normal`) of one column and practice, and telling nothing else without the key."""
        key = derived_key(self._index_key, f"billwright.blind-index.1:{field.table}.{field.column}")
        owner = practice_id.bytes if practice_id else b""
        return hmac.new(key, owner + field.normal(text).encode(), hashlib.sha256).digest()


def _place(field: Field, practice_id: uuid.UUID | None, row_id: uuid.UUID) -> bytes:
    """Which cell a value belongs in; the names hold no separator, the ids have a fixed length."""
    owner = practice_id.bytes if practice_id else bytes(16)
    return f"billwright.field.{VERSION}|{field.table}|{field.column}|".encode() + owner + row_id.bytes
