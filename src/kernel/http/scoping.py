"""From a signed-in person to an open transaction.

Litestar runs guards before dependencies open, so a guard decides from the loaded Principal alone; the transaction dependency then
commits after the answer is encoded and rolls back if anything raised.
"""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from kernel.context import Principal, Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Forbidden, NotFound, Unauthenticated
from kernel.http.once import begin_once
from kernel.http.same_site import BEARER
from kernel.permissions import Permission

AnyRequest = Request[Principal | None, Any, Any]
SIGN_IN = "sign in first, or send an API key as Authorization: Bearer"
Credential = Literal["session", "key"]
"""What a caller proves with who they are: a session's cookie, or an API key."""


def taking(*credentials: Credential) -> Callable[[Guard], Guard]:
    """Says which credentials a guard lets in, for the manual; the guard itself decides."""

    def declare(guard: Guard) -> Guard:
        guard.credentials = credentials  # type: ignore[attr-defined]
        return guard

    return declare


def requires(permission: Permission) -> Guard:
    """A guard for one permission in the practice the path names (`practice_id`), or company-wide where it names none.

    Not signed in is 401. A practice the person has no role in is 404, as if it did not exist; a role that lacks the permission
    is 403. (A coroutine that awaits nothing, because Litestar would run a plain function in a thread.)
    """

    @taking("session", "key")
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        principal = signed_in(connection)
        practice_id = acting_practice(connection, principal)
        if practice_id is not None and practice_id not in principal.roles:
            raise NotFound("there is no such practice, or you have no access to it")
        if not principal.may(permission, practice_id):
            if practice_id in principal.read_only:
                raise Forbidden("this practice is not active: its records can be read, and nothing changed or sent")
            if connection.scope.get("auth") == BEARER:
                raise Forbidden(f"this key does not include {permission} here; its owner can make one that does")
            raise Forbidden(f"your role does not include {permission}; an administrator of the company can grant it")

    guard.permission = permission  # type: ignore[attr-defined]
    return guard


@taking("session", "key")
async def anybody_signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for what everybody may ask about themselves."""
    signed_in(connection)


def signed_in(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """Who is signed in. Raises Unauthenticated."""
    principal: Principal | None = connection.scope.get("user")
    if principal is None:
        raise Unauthenticated(SIGN_IN)
    return principal


def path_practice(connection: ASGIConnection[Any, Any, Any, Any]) -> uuid.UUID | None:
    """The practice named in the path, if the route has one."""
    value = connection.path_params.get("practice_id")
    return value if value is None or isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def acting_practice(connection: ASGIConnection[Any, Any, Any, Any], principal: Principal) -> uuid.UUID | None:
    """The practice a request is about: the one in the path; for a patient, always the one whose patient it is."""
    if principal.patient_id is not None:
        return next(iter(principal.roles))
    return path_practice(connection)


def request_scope(request: AnyRequest) -> Scope:
    """The scope of this request: the signed-in person, acting for the practice in the path (a patient: for their own)."""
    principal = signed_in(request)
    return principal.scope(
        acting_practice(request, principal),
        request_id=str(request.state.request_id),
        address=request.client.host if request.client else "",
    )


async def provide_tx(request: AnyRequest) -> AsyncIterator[Tx]:
    """The transaction of this request."""
    database: Database = request.app.state.database
    async with open_transaction(database, request_scope(request)) as tx:
        await begin_once(tx, request)
        yield tx
