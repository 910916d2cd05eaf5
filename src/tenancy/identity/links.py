"""Signed links: a token that names a row and says until when, which nobody else can make; pure.

The database keeps no part of it, so whoever reads the database has no link. Whether it was used already, the row knows.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import uuid
from typing import Literal

LinkKind = Literal["password-reset", "bill"]

_ID, _EXPIRY, _MAC = 16, 4, 32


def make_link_token(kind: LinkKind, row_id: uuid.UUID, expires_at: dt.datetime, key: bytes) -> str:
    """The token of one row, for one purpose, good until then."""
    body = row_id.bytes + int(expires_at.timestamp()).to_bytes(_EXPIRY, "big")
    return base64.urlsafe_b64encode(body + _mac(kind, body, key)).rstrip(b"=").decode()


def read_link_token(kind: LinkKind, token: str, key: bytes, *, now: dt.datetime) -> uuid.UUID | None:
    """The row a token names; None for one that is damaged, forged, of another purpose or expired."""
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[: _ID + _EXPIRY], raw[_ID + _EXPIRY :]
    if len(mac) != _MAC or not hmac.compare_digest(mac, _mac(kind, body, key)):
        return None
    if int.from_bytes(body[_ID:], "big") <= now.timestamp():
        return None
    return uuid.UUID(bytes=body[:_ID])


def _mac(kind: LinkKind, body: bytes, key: bytes) -> bytes:
    return hmac.new(key, kind.encode() + b"\0" + body, hashlib.sha256).digest()
