"""Links to files of the folder store: sealed tokens that say what may be done with which file, until when.

A token is good for one method and one file. It is encrypted and authenticated (AES-256-GCM), so that an address shows neither key nor
name, and a changed token is no token; the tag is compared in constant time.
"""

import base64
import binascii
import datetime as dt
import os
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.wrapping import derived_key
from kernel.errors import NotFound
from kernel.storage.base import Announced, Presigned, Shown

PATH = "/files"
_NONCE_BYTES = 12


class GetGrant(msgspec.Struct, frozen=True):
    """What a link to download says."""

    key: str
    shown: Shown
    expires_at: dt.datetime


class PutGrant(msgspec.Struct, frozen=True):
    """What a link to upload says."""

    key: str
    announced: Announced
    expires_at: dt.datetime


Grant = TypeVar("Grant", GetGrant, PutGrant)


class FolderDoor:
    """Makes links and reads them again.

    `key` is a secret of the installation, `public_url` where its web process is reached, `now` tells the time by which links expire.
    """

    def __init__(self, key: bytes, public_url: str, now: Callable[[], dt.datetime]) -> None:
        self._cipher = AESGCM(derived_key(key, "billwright.stored-file.1"))
        self._public_url = public_url.rstrip("/")
        self._now = now

    def link_to_get(self, key: str, shown: Shown, *, seconds: int) -> Presigned:
        """A download for so many seconds."""
        grant = GetGrant(key, shown, self._now() + dt.timedelta(seconds=seconds))
        return Presigned(method="GET", url=self._url("GET", grant), headers={}, expires_at=grant.expires_at)

    def link_to_put(self, key: str, announced: Announced, *, seconds: int) -> Presigned:
        """An upload for so many seconds."""
        grant = PutGrant(key, announced, self._now() + dt.timedelta(seconds=seconds))
        headers = {"Content-Type": announced.content_type}
        return Presigned(method="PUT", url=self._url("PUT", grant), headers=headers, expires_at=grant.expires_at)

    def opened_to_get(self, token: str) -> GetGrant:
        """What a token grants. Raises NotFound for one that expired, was changed, or is for another method: they read the same."""
        return self._in_time(msgspec.json.decode(self._open("GET", token), type=GetGrant))

    def opened_to_put(self, token: str) -> PutGrant:
        """The same for an upload."""
        return self._in_time(msgspec.json.decode(self._open("PUT", token), type=PutGrant))

    def _url(self, method: Literal["GET", "PUT"], grant: GetGrant | PutGrant) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(grant), method.encode())
        return f"{self._public_url}{PATH}/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def _open(self, method: str, token: str) -> bytes:
        try:
            sealed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], method.encode())
        except (InvalidTag, ValueError, binascii.Error):
            raise _no_link() from None

    def _in_time(self, grant: Grant) -> Grant:
        if grant.expires_at <= self._now():
            raise _no_link()
        return grant


def _no_link() -> NotFound:
    return NotFound("this link is not good, or not any more; ask for a new one")
