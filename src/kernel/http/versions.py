"""Versions of what is read: a strong ETag on every single read, and 304 for who has that version already (RFC 9110, 13.1.2).

The version is a digest of the answer itself, so it changes exactly when what a caller sees does. The reading still happens, and is
on record: 304 saves the sending.
"""

import hashlib
from typing import Any, get_origin

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from kernel.http.pages import Page

_OK = 200


class ReadVersions(ASGIMiddleware):
    """Gives the answers of single reads their ETag."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Hold the head of an answer back until its body is known, which comes in one piece."""
        if scope.get("method") != "GET" or not _is_single(scope["route_handler"]):
            await next_app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        held = connection.headers.get("if-none-match", "")
        start: HTTPResponseStartEvent | None = None

        async def send_versioned(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == _OK:
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                message = _versioned(start, message, held)
                await send(start)
                start = None
            await send(message)

        await next_app(scope, receive, send_versioned)


def version_of(body: bytes) -> str:
    """The strong ETag of these bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_held(version: str, if_none_match: str) -> bool:
    """Whether the caller has this version, by a list of ETags or `*`; the comparison is the weak one, as the RFC says."""
    held = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return version in held or "*" in held


def _versioned(start: HTTPResponseStartEvent, message: Any, held: str) -> Any:
    headers = MutableScopeHeaders.from_message(start)
    headers["ETag"] = version = version_of(message["body"])
    if not is_held(version, held):
        return message
    start["status"] = 304
    for name in ("content-length", "content-type"):
        if name in headers:
            del headers[name]
    return {**message, "body": b""}


def _is_single(handler: Any) -> bool:
    """Whether a route answers one typed value: no list, no file."""
    returned = handler.parsed_fn_signature.return_type.annotation
    return get_origin(returned) is not Page and hasattr(returned, "__struct_fields__")
