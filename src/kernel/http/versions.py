"""Versions of what is read and edited: a strong ETag on every single read, 304 for who has that version already (RFC 9110, 13.1.2),
and If-Match on edits, so that nobody overwrites what they have not seen (13.1.1; RFC 6585, 3).

The version is a digest of the answer itself, so it changes exactly when what a caller sees does. The reading still happens, and is
on record: 304 saves the sending.

An edit declares `version: NamedDependency[AskedVersion]`. In its transaction it locks the row, loads what the single read shows,
and calls `version.require` with that before it writes: of two edits at once the second waits, and is refused.
"""

import hashlib
from typing import Annotated, Any, get_origin

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.params import HeaderParameter
from litestar.serialization import encode_json
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from kernel.errors import AppError, FieldError
from kernel.http.pages import Page

HEADER = "If-Match"
_DEPENDENCY = "version"
_SUCCESSES = {200, 201}


class VersionNeeded(AppError):
    """An edit that does not say which version it is an edit of."""

    status = 428
    slug = "version-needed"


class VersionStale(AppError):
    """An edit of a version that is no longer there; `version` is the one that is."""

    status = 412
    slug = "version-stale"

    def __init__(self, message: str, *, version: str) -> None:
        super().__init__(message, fields=(FieldError(f"/{HEADER}", message, "header"),))
        self.version = version


class AskedVersion(msgspec.Struct, frozen=True):
    """What a caller sent as If-Match: the versions that the edit is meant for."""

    if_match: str

    def require(self, current: msgspec.Struct) -> None:
        """Hold it against what the single read shows now, loaded under a lock. Raises VersionStale."""
        version = version_of(encode_json(current))
        if not is_current(version, self.if_match):
            raise VersionStale(
                "this was changed since you read it, and nothing was done: read it again, look at what changed, and send"
                f" the edit with the ETag you get then as {HEADER}",
                version=version,
            )


async def provide_version(
    if_match: Annotated[
        str | None,
        HeaderParameter(
            name=HEADER,
            max_length=2_000,
            description="The ETag of what you read and mean to change; 428 without one, 412 when it has changed since.",
        ),
    ] = None,
) -> AskedVersion:
    """The version that an edit is meant for. Raises VersionNeeded."""
    if not if_match:
        message = f"read what you mean to change first, and send its ETag as {HEADER}"
        raise VersionNeeded(message, fields=(FieldError(f"/{HEADER}", message, "header"),))
    return AskedVersion(if_match)


def takes_version(handler: Any) -> bool:
    """Whether a route is an edit that asks for If-Match."""
    return _DEPENDENCY in handler.parsed_fn_signature.parameters


class ReadVersions(ASGIMiddleware):
    """Gives the answers of single reads their ETag, and the answers of edits the one that follows."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Hold the head of an answer back until its body is known, which comes in one piece."""
        if not _is_versioned(scope):
            await next_app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        held = connection.headers.get("if-none-match", "") if scope.get("method") == "GET" else ""
        start: HTTPResponseStartEvent | None = None

        async def send_versioned(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] in _SUCCESSES:
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


def is_current(version: str, if_match: str) -> bool:
    """Whether an edit is meant for this version: the comparison is the strong one, and `*` is whichever there is."""
    return if_match.strip() == "*" or version in {one.strip() for one in if_match.split(",")}


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


def _is_versioned(scope: Scope) -> bool:
    handler = scope["route_handler"]
    return is_single(handler) and (scope.get("method") == "GET" or takes_version(handler))


def is_single(handler: Any) -> bool:
    """Whether a route answers one typed value: no list, no file."""
    returned = handler.parsed_fn_signature.return_type.annotation
    return get_origin(returned) is not Page and hasattr(returned, "__struct_fields__")
