"""What happens to every request before and after anybody looks at it."""

import uuid

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kernel.ids import new_id

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""For every answer that does not set its own."""


class RequestContext(ASGIMiddleware):
    """Gives each request an id that its answer, log lines and audit events carry, and each answer its security headers."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap the request."""
        request_id: uuid.UUID = new_id()
        scope["state"]["request_id"] = str(request_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                headers["X-Request-Id"] = str(request_id)
                for name, value in SECURITY_HEADERS.items():
                    if name not in headers:
                        headers[name] = value
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=str(request_id)):
            await next_app(scope, receive, send_with_headers)
