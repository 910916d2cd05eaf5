"""Litestar middleware: the session cookie becomes a Principal, or nobody."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from tenancy.identity.sessions import COOKIE, Sessions


class Authentication(ASGIMiddleware):
    """Loads who is signed in before guards run. Routes without a guard are open to everybody."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set scope["user"]."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        token = connection.cookies.get(COOKIE)
        sessions: Sessions = scope["litestar_app"].state.sessions
        scope["user"] = await sessions.principal(token) if token else None
        await next_app(scope, receive, send)
