"""Bodies are measured while they arrive: size, speed, media type and shape, before anything is parsed.

The checks run when the body is first read, which is after the guards: a stranger is told to sign in, not that the file is too large.
A route says otherwise with Litestar's `request_max_body_size` (None: it measures by itself, as it reads).
"""

import asyncio
import codecs
import re
import time
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from kernel.errors import AppError, Malformed, TooLarge
from kernel.http.json_names import text_fault
from kernel.http.json_shape import json_fault
from kernel.settings import LimitSettings

JSON_BODY = "json_body"
"""Where the request's state keeps the bytes of a JSON body, for saying all that is wrong with it."""


_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]*)")
_UTF_8 = {"utf-8", "utf8"}
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnsupportedMedia(AppError):
    """The body is of a media type that this address does not take."""

    status = 415
    slug = "unsupported-media-type"


class NotAcceptable(AppError):
    """The caller takes no media type in which this address answers."""

    status = 406
    slug = "not-acceptable"


class TooSlow(AppError):
    """The body did not arrive in time."""

    status = 408
    slug = "too-slow"


class HeadersTooLarge(AppError):
    """More header fields, or longer ones, than are read."""

    status = 431
    slug = "headers-too-large"


class BodyLimits(ASGIMiddleware):
    """Wraps what a request reads from."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse outsized headers now, and a body while it is read."""
        refuse_headers(scope["headers"], self._limits)
        headers = Headers.from_scope(scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            raise Malformed(
                "the body has both a Content-Length and a Transfer-Encoding; send one of them (RFC 9112, 6.2)"
            )
        if "content-length" in headers or "transfer-encoding" in headers:
            receive = _MeasuredBody(scope, receive, headers, self._limits)
        await next_app(scope, receive, send)


def refuse_headers(headers: Any, limits: LimitSettings) -> None:
    """Raises HeadersTooLarge. The server refuses what is larger still before it reaches us."""
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > limits.header_count or size > limits.header_bytes:
        raise HeadersTooLarge(
            f"the header fields are over {limits.header_count} or {limits.header_bytes:,} bytes; send fewer or shorter ones"
        )


async def answers_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route. Raises NotAcceptable where a JSON route is asked for something else by name."""
    asked = connection.headers.get("accept")
    if not asked or not isinstance(handler, HTTPRouteHandler) or not connection.scope["path"].startswith("/api/"):
        return
    taken = {one.partition(";")[0].strip().lower() for one in asked.split(",")}
    if taken & {"*/*", "application/*", "application/json", "application/problem+json"} or not _declares_json(handler):
        return
    raise NotAcceptable("this address answers with application/json; leave Accept out or name that")


def _declares_json(handler: HTTPRouteHandler) -> bool:
    """Whether a route answers a typed value, or a page of such."""
    return hasattr(handler.parsed_fn_signature.return_type.annotation, "__struct_fields__")


class _MeasuredBody:
    """An ASGI receive that counts, and gives up on what is too large, too slow or no JSON where JSON is asked for."""

    def __init__(self, scope: Scope, receive: Receive, headers: Headers, limits: LimitSettings) -> None:
        handler = cast("HTTPRouteHandler", scope["route_handler"])
        self._receive, self._limits = receive, limits
        self._most = handler.resolve_request_max_body_size()
        self._is_json = handler.parsed_data_field is not None
        self._announced = int(headers.get("content-length") or 0)
        self._content_type = headers.get("content-type", "").lower()
        self._state = scope["state"]
        self._started = self._received = 0.0
        self._ended = False
        self._kept = bytearray()

    async def __call__(self) -> HTTPReceiveMessage:
        """The next piece of the body. Raises TooLarge, TooSlow, UnsupportedMedia or Malformed."""
        if self._ended:
            return cast("HTTPReceiveMessage", await self._receive())
        if not self._started:
            self._refuse_announced()
            self._started = time.monotonic()
        message = await self._next()
        if message["type"] == "http.disconnect":  # the caller has gone, or the chunks of the body cannot be told apart
            raise Malformed("the body broke off before its end; send it again")
        if message["type"] == "http.request":
            self._measure(message.get("body", b""), last=not message.get("more_body", False))
        return message

    async def _next(self) -> HTTPReceiveMessage:
        """A body may rest for a moment, and must on the whole keep up a least speed."""
        allowed = self._limits.body_idle_seconds + self._received / self._limits.body_bytes_per_second
        left = self._started + allowed - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(left, self._limits.body_idle_seconds))):
                return cast("HTTPReceiveMessage", await self._receive())
        except TimeoutError:
            raise TooSlow("the body did not arrive in time; send it again over a faster connection") from None

    def _refuse_announced(self) -> None:
        if self._most is not None and self._announced > self._most:
            raise too_large(self._most)
        if not self._is_json:
            return
        media_type, _, parameters = self._content_type.partition(";")
        if not _is_json(media_type.strip()):
            raise UnsupportedMedia("this address takes JSON; send it with Content-Type: application/json")
        if (charset := _CHARSET.search(parameters)) and charset[1] not in _UTF_8:
            raise UnsupportedMedia("this address takes JSON as UTF-8 alone; encode the body so and leave charset out")

    def _measure(self, piece: bytes, *, last: bool) -> None:
        self._received += len(piece)
        self._ended = last
        if self._most is not None and self._received > self._most:
            raise too_large(self._most)
        if not self._is_json:
            return
        self._kept += piece
        if last:
            body = bytes(self._kept)
            self._state[JSON_BODY] = body
            _refuse_unreadable(body)


def too_large(most: int | None) -> TooLarge:
    """The refusal of a body over this many bytes."""
    return TooLarge(f"the body is over {most:,} bytes, the most that this address takes")


def _refuse_unreadable(body: bytes) -> None:
    """Raises Malformed for JSON that is expensive, in another encoding, or says one thing twice."""
    if costly := json_fault(body):
        raise Malformed(f"{costly}; send a plain object as the manual shows it")
    if body.startswith(_MARKS):
        raise Malformed("the body begins with a byte order mark; send JSON as UTF-8 without one (RFC 8259, 8.1)")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        message = f"the body is not UTF-8: byte {error.start + 1:,} cannot be read; encode the whole body as UTF-8"
        raise Malformed(message) from None
    if text and (fault := text_fault(text)):
        raise Malformed(fault.message, fields=(fault,))


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
