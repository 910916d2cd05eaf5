"""One line for each request, and on every line written during it: which route, which company and practice, and who."""

import time
from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kernel.context import Principal
from kernel.http.scoping import path_practice

log = structlog.get_logger("http")


class RequestLog(ASGIMiddleware):
    """Stands behind authentication, so that it knows the person. Routes are logged as patterns, never as addresses."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap the request."""
        started = time.perf_counter()
        status = 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with structlog.contextvars.bound_contextvars(**_context(scope)):
            try:
                await next_app(scope, receive, send_noted)
            finally:
                # A status of 0 is a request whose client was gone before there was an answer.
                spent = round((time.perf_counter() - started) * 1000, 1)
                log.info("request answered", status=status, milliseconds=spent)


def _context(scope: Scope) -> dict[str, str]:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    principal: Principal | None = scope.get("user")
    known = {
        "method": scope.get("method"),
        "route": scope.get("path_template"),
        "practice_id": path_practice(connection),
    }
    if principal is not None:
        known |= {"company_id": principal.company_id, "user_id": principal.user_id, "session_id": principal.session_id}
    return {name: str(value) for name, value in known.items() if value is not None}
