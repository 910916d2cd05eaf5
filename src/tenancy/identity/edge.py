"""From a request to the person it is about: who may act on their own account, and in which transaction."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kernel.clock import wall_now
from kernel.context import Principal, Scope
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Forbidden, NotFound, Unauthenticated
from kernel.http.same_site import BEARER
from kernel.http.scoping import AnyRequest, signed_in, taking
from tenancy.identity.cookies import session_token
from tenancy.identity.device import device_words
from tenancy.identity.principal import HalfSession, Stage
from tenancy.identity.sign_in import Visitor

FRESH = dt.timedelta(minutes=5)
"""How long a password given counts for acts that change how somebody signs in."""

Connection = ASGIConnection[Any, Any, Any, Any]


class PasswordNeeded(Forbidden):
    """Signed in, and the password must be given once more before this."""

    slug = "password-needed"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody acting on their own account, in a session of their own."""

    company_id: uuid.UUID
    user_id: uuid.UUID
    session_id: uuid.UUID
    stage: Stage


def visitor_of(request: AnyRequest) -> Visitor:
    """What a request says about where it comes from."""
    return Visitor(
        request_id=str(request.state.request_id),
        address=request.client.host if request.client else "",
        device=device_words(request.headers.get("user-agent", "")),
        token=session_token(request),
    )


def person_of(connection: Connection) -> Person:
    """Who is signed in, in person. Raises Unauthenticated; Forbidden for a key, which is no person at a screen."""
    half: HalfSession | None = connection.scope["state"].get("half_session")
    if half is not None:
        return Person(company_id=half.company_id, user_id=half.user_id, session_id=half.session_id, stage=half.stage)
    principal = signed_in(connection)
    if connection.scope.get("auth") == BEARER:
        raise Forbidden("a key cannot do this; sign in with your password")
    if principal.user_id is None:
        raise NotFound("there is no account behind a bill")
    return Person(
        company_id=principal.company_id, user_id=principal.user_id, session_id=principal.session_id, stage="open"
    )


def half_session_of(connection: Connection) -> HalfSession:
    """Who has given the password and not yet the second factor. Raises Unauthenticated."""
    half: HalfSession | None = connection.scope["state"].get("half_session")
    if half is None or half.stage != "second_factor":
        raise Unauthenticated("give your password first")
    return half


@taking("session")
async def gave_password(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: somebody whose second factor is still to come."""
    half_session_of(connection)


@taking("session")
async def in_person(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: a person with a session that is fully open."""
    if person_of(connection).stage != "open":
        raise Unauthenticated("sign in with your password first")


@taking("session")
async def may_enroll(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: as `in_person`, or somebody who must set up a second factor before anything else."""
    if person_of(connection).stage == "second_factor":
        raise Unauthenticated("sign in with your password first")


async def password_given_lately(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard for acts that change how somebody signs in. Somebody still setting up a factor gave the password for just that."""
    principal: Principal | None = connection.scope.get("user")
    if principal is None:
        return
    given = principal.authenticated_at
    if given is None or wall_now() - given > FRESH:
        raise PasswordNeeded("give your password once more, then repeat this within five minutes")


def own_scope(request: AnyRequest) -> Scope:
    """The scope of somebody acting on their own account."""
    person = person_of(request)
    return msgspec.structs.replace(
        visitor_of(request).scope(),
        company_id=person.company_id,
        user_id=person.user_id,
        session_id=person.session_id,
        role="self",
    )


def leaving_scope(request: AnyRequest) -> Scope:
    """The scope of whoever signs out: a person, a patient, or nobody any more."""
    scope = visitor_of(request).scope()
    leaving: Principal | HalfSession | None = request.scope.get("user") or request.scope["state"].get("half_session")
    if leaving is None:
        return scope
    scope = msgspec.structs.replace(
        scope, company_id=leaving.company_id, user_id=leaving.user_id, session_id=leaving.session_id, role="self"
    )
    if isinstance(leaving, HalfSession) or leaving.patient_id is None:
        return scope
    return msgspec.structs.replace(scope, practice_id=next(iter(leaving.roles)), patient_id=leaving.patient_id)


async def provide_own_tx(request: AnyRequest) -> AsyncIterator[Tx]:
    """A transaction that sees this person's own sessions, factor and keys, and nothing else."""
    async with open_transaction(request.app.state.database, own_scope(request)) as tx:
        yield tx
