"""A refusal, a failure or an answer given again leaves its audit event although its own transaction rolled back: it is written
in a second one, or kept until the database is back."""

import uuid
from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Send
from litestar.types import Scope as HttpScope

from app.audit_spool import AuditSpool, RefusedRequest
from audit.public import Outcome
from kernel.clock import now
from kernel.context import Principal, Scope
from kernel.http.once import SAID_AGAIN
from kernel.http.scoping import path_practice
from tenancy.public import HalfSession

FIRST_REFUSAL, FIRST_FAILURE = 400, 500


class RefusalAudit(ASGIMiddleware):
    """Records every answer from 400 up, and every stored answer, before it leaves.

    The route is kept as a pattern: ids of others never enter our log as facts.
    """

    async def handle(self, scope: HttpScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap the request."""

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start" and (outcome := _outcome(scope, message["status"])):
                await _record(scope, message["status"], outcome)
            await send(message)

        await next_app(scope, receive, send_recorded)


def _outcome(scope: HttpScope, status: int) -> Outcome | None:
    """What is to be recorded here; None for a request that left its event in its own transaction."""
    if status >= FIRST_FAILURE:
        return "failed"
    if status >= FIRST_REFUSAL:
        return "refused"
    return "done" if SAID_AGAIN in scope["state"] else None


async def _record(scope: HttpScope, status: int, outcome: Outcome) -> None:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    spool: AuditSpool = connection.app.state.audit_spool
    event = RefusedRequest(
        scope=_acting_scope(connection),
        route=scope.get("path_template", ""),
        method=str(connection.scope.get("method", "")),
        status=status,
        outcome=outcome,
        happened_at=now(),
    )
    await spool.write(connection.app.state.database, event)


def _acting_scope(connection: ASGIConnection[Any, Any, Any, Any]) -> Scope:
    """Whoever was refused, in the practice they may act for; a practice they have no role in is not theirs to write into."""
    request_id = str(connection.state.get("request_id", ""))
    address = connection.client.host if connection.client else ""
    principal: Principal | None = connection.scope.get("user")
    if principal is None:
        nobody = Scope(audience="identity", request_id=request_id, address=address)
        half: HalfSession | None = connection.scope["state"].get("half_session")
        return half.acting(nobody) if half else nobody
    practice_id: uuid.UUID | None
    if principal.audience == "staff":
        practice_id = path_practice(connection)
        practice_id = practice_id if practice_id in principal.roles else None
    else:
        practice_id = next(iter(principal.roles), None)
    return principal.scope(practice_id, request_id=request_id, address=address)
