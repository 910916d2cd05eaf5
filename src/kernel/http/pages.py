"""Pages of a list: `limit`, an opaque `cursor`, `next`. One mechanism for every list.

A cursor is the key of the last row seen, encrypted: keys hold account numbers, and addresses end up in logs. It is good for the
company, the address and the filters that made it, and for nothing else.
"""

import base64
import binascii
import datetime as dt
import os
import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar.params import QueryParameter

from kernel.crypto.wrapping import derived_key
from kernel.db.keyset import KeyPart, PageAsked
from kernel.errors import FieldError, Malformed
from kernel.http.scoping import AnyRequest, signed_in

MOST_ROWS = 200
_NONCE_BYTES = 12

Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """Part of a list. `next` is the cursor of what follows; without one this is the end."""

    items: list[Row]
    next: str | None = None


class PageSeal:
    """Makes cursors that only we can read. `key` is a secret of the installation."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(derived_key(key, "billwright.page-cursor.1"))

    def seal(self, last: tuple[KeyPart, ...], listed: str) -> str:
        """The cursor behind a row of one list."""
        nonce = os.urandom(_NONCE_BYTES)
        told = msgspec.json.encode([_told(part) for part in last])
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, told, listed.encode())).decode().rstrip("=")

    def open(self, cursor: str, listed: str) -> tuple[KeyPart, ...]:
        """The key in a cursor of this list. Raises Malformed for any other, however it came about."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            told = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], listed.encode())
        except (InvalidTag, ValueError, binascii.Error):
            message = (
                "this cursor is of another list or was changed; take `next` of the page before, with the same filters"
            )
            raise Malformed(message, fields=(FieldError("/cursor", message, "query"),)) from None
        return tuple(_read(kind, text) for kind, text in msgspec.json.decode(told, type=list[tuple[str, str]]))


async def provide_page(
    request: AnyRequest,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS, description="How many rows at most.")] = 50,
    cursor: Annotated[
        str | None,
        QueryParameter(max_length=2_000, description="`next` of the page before; the first page without one."),
    ] = None,
) -> PageAsked:
    """The page a request asks for. Raises Malformed for a cursor that is not of this list."""
    if cursor is None:
        return PageAsked(limit)
    seal: PageSeal = request.app.state.page_seal
    return PageAsked(limit, seal.open(cursor, _listed(request)))


def page_of(
    request: AnyRequest, asked: PageAsked, rows: Sequence[Row], key: Callable[[Row], tuple[KeyPart, ...]]
) -> Page[Row]:
    """The page out of what `paged` found; `key` gives the key of a row, in the order of the columns."""
    items = list(rows[: asked.limit])
    if len(rows) <= asked.limit:
        return Page(items)
    seal: PageSeal = request.app.state.page_seal
    return Page(items, seal.seal(key(items[-1]), _listed(request)))


def _listed(request: AnyRequest) -> str:
    """Which list a request asks for: whose, its address and filters."""
    filters = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in {"limit", "cursor"}
    )
    return msgspec.json.encode([signed_in(request).company_id, request.url.path, filters]).decode()


def _told(part: KeyPart) -> tuple[str, str]:
    return type(part).__name__, part.isoformat() if isinstance(part, dt.date) else str(part)


def _read(kind: str, text: str) -> KeyPart:
    readers: dict[str, Callable[[str], KeyPart]] = {
        "str": str,
        "int": int,
        "date": dt.date.fromisoformat,
        "datetime": dt.datetime.fromisoformat,
        "UUID": uuid.UUID,
    }
    return readers[kind](text)
