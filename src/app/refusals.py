"""A refusal or a failure leaves its audit event although its own transaction rolled back: it is written in a second one."""

import uuid
from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Send
from litestar.types import Scope as HttpScope

from audit.public import record
from kernel.context import Principal, Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.http.scoping import path_practice
from kernel.logging import error_place

FIRST_REFUSAL, FIRST_FAILURE = 400, 500

log = structlog.get_logger("http")


class RefusalAudit(ASGIMiddleware):
    """Records every answer from 400 up before it leaves, with the route as a pattern: ids of others never enter our log as facts."""

    async def handle(self, scope: HttpScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap the request."""

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= FIRST_REFUSAL:
                await _record(scope, message["status"])
            await send(message)

        await next_app(scope, receive, send_recorded)


async def _record(scope: HttpScope, status: int) -> None:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    database: Database = connection.app.state.database
    acting = _acting_scope(connection)
    outcome = "failed" if status >= FIRST_FAILURE else "refused"
    try:
        async with open_transaction(database, acting) as tx:
            await record(
                tx,
                f"http.request.{outcome}",
                "route",
                scope.get("path_template", ""),
                changed={"method": connection.scope.get("method", ""), "status": status},
                outcome=outcome,  # type: ignore[arg-type]
            )
    except Exception as error:
        log.error("refusal not recorded", status=status, error=type(error).__name__, error_at=error_place(error))


def _acting_scope(connection: ASGIConnection[Any, Any, Any, Any]) -> Scope:
    """Whoever was refused, in the practice they may act for; a practice they have no role in is not theirs to write into."""
    request_id = str(connection.state.get("request_id", ""))
    address = connection.client.host if connection.client else ""
    principal: Principal | None = connection.scope.get("user")
    if principal is None:
        return Scope(audience="identity", request_id=request_id, address=address)
    practice_id: uuid.UUID | None
    if principal.audience == "staff":
        practice_id = path_practice(connection)
        practice_id = practice_id if practice_id in principal.roles else None
    else:
        practice_id = next(iter(principal.roles), None)
    return principal.scope(practice_id, request_id=request_id, address=address)
