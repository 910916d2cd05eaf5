"""Litestar middleware: the session cookie becomes a Principal, or nobody."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from kernel.context import Principal
from tenancy.identity.cookies import session_token
from tenancy.identity.principal import HalfSession
from tenancy.identity.sessions import Sessions


class Authentication(ASGIMiddleware):
    """Loads who is signed in before guards run. Routes without a guard are open to everybody."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set scope["user"]; a half session is nobody yet, and waits in scope["state"] for the second factor."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        token = session_token(connection)
        sessions: Sessions = scope["litestar_app"].state.sessions
        found = await sessions.find(token) if token else None
        scope["user"] = found if isinstance(found, Principal) else None
        scope["state"]["half_session"] = found if isinstance(found, HalfSession) else None
        await next_app(scope, receive, send)
