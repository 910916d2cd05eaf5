"""Litestar middleware: a session cookie or an API key becomes a Principal, or nobody."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from kernel.context import Principal
from kernel.errors import Invalid, Unauthenticated
from kernel.http.same_site import BEARER
from tenancy.identity.api_keys import find_key
from tenancy.identity.cookies import session_token
from tenancy.identity.principal import HalfSession
from tenancy.identity.sessions import Sessions

SCHEME = "bearer "


class Authentication(ASGIMiddleware):
    """Loads who is signed in before guards run. Routes without a guard are open to everybody."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set scope["user"]; a half session is nobody yet, and waits in scope["state"] for the second factor."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        sessions: Sessions = scope["litestar_app"].state.sessions
        found: Principal | HalfSession | None = None
        scope["auth"] = None
        if (key := _bearer(connection)) is not None:
            scope["auth"] = BEARER
            found = (
                None if session_token(connection) else await find_key(connection.app.state.database, sessions.keys, key)
            )
        elif token := session_token(connection):
            found = await sessions.find(token)
        scope["user"] = found if isinstance(found, Principal) else None
        scope["state"]["half_session"] = found if isinstance(found, HalfSession) else None
        await next_app(scope, receive, send)


async def refuse_bad_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard over every route: a key that was sent must be good, and must come alone."""
    if connection.scope.get("auth") != BEARER or connection.scope.get("user") is not None:
        return
    if session_token(connection):
        raise Invalid("send either a key or a session cookie, not both")
    raise Unauthenticated("this key opens nothing: it was revoked, has expired, was mistyped, or its owner has left")


def _bearer(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """RFC 6750, section 2.1: the scheme's name is the same in any case."""
    header = connection.headers.get("authorization", "")
    return header[len(SCHEME) :].strip() if header.lower().startswith(SCHEME) else None
