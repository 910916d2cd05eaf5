"""JSON endpoints of signing in: sessions, one's own and, for administrators, another person's."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath

from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, anybody_signed_in, requires, signed_in
from tenancy.identity.cookies import ended_cookie, session_cookie, session_token
from tenancy.identity.edge import (
    gave_password,
    half_session_of,
    in_person,
    leaving_scope,
    own_scope,
    person_of,
    provide_own_tx,
    visitor_of,
)
from tenancy.identity.own_sessions import (
    SessionShown,
    end_session,
    end_sessions,
    end_sessions_of_member,
    list_sessions,
)
from tenancy.identity.password_change import give_password_again
from tenancy.identity.principal import Stage
from tenancy.identity.sessions import OpenedSession, Sessions
from tenancy.identity.sign_in import answer_second_factor, sign_in
from tenancy.permissions import MANAGE_PEOPLE

Code = Annotated[str, msgspec.Meta(min_length=6, max_length=20, examples=["287082"])]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254, examples=["ana@northgate.example"])]
    password: Password


class SecondFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator app shows now, or a recovery code."""

    code: Code


class PasswordAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password of whoever is signed in."""

    password: Password


class SignedIn(msgspec.Struct, frozen=True):
    """A session is open; its token is in the cookie.

    `stage` is `open`, or what must happen before anything else: `second_factor` (answer it) or `enroll` (set one up).
    """

    expires_at: dt.datetime
    stage: Stage


class RoleHeld(msgspec.Struct, frozen=True):
    """A role in a practice, or company-wide where there is no practice."""

    practice_id: uuid.UUID | None
    role: str


class Me(msgspec.Struct, frozen=True):
    """Who is signed in, and where they may work."""

    user_id: uuid.UUID | None
    company_id: uuid.UUID
    roles: list[RoleHeld]


class Ended(msgspec.Struct, frozen=True):
    """How many sessions were ended."""

    sessions: int


def signed_in_answer(request: AnyRequest, opened: OpenedSession) -> Response[SignedIn]:
    """The answer that carries a session's cookie."""
    cookie = session_cookie(opened.token, request.app.state.settings.web)
    return Response(SignedIn(opened.expires_at, opened.stage), cookies=[cookie])


class SessionController(Controller):
    """Sign in, look, sign out."""

    path = "/api/v1/session"
    tags = ("Sessions",)

    @post(status_code=201, summary="Sign in")
    async def open(self, request: AnyRequest, data: Annotated[Credentials, Body()]) -> Response[SignedIn]:
        """Open a session with e-mail and password; the cookie carries it from now on."""
        state = request.app.state
        opened = await sign_in(
            state.database, state.sessions, email=data.email, password=data.password, visitor=visitor_of(request)
        )
        return signed_in_answer(request, opened)

    @post("/second-factor", guards=[gave_password], status_code=201, summary="Answer the second factor")
    async def answer(self, request: AnyRequest, data: Annotated[SecondFactor, Body()]) -> Response[SignedIn]:
        """Open the session fully with a code of the authenticator app or a recovery code; the cookie changes."""
        state = request.app.state
        opened = await answer_second_factor(
            state.database, state.sessions, half_session_of(request), code=data.code, visitor=visitor_of(request)
        )
        return signed_in_answer(request, opened)

    @get(guards=[anybody_signed_in], summary="Who is signed in")
    async def read(self, request: AnyRequest) -> Me:
        """The signed-in person and the roles held right now."""
        principal = signed_in(request)
        return Me(
            principal.user_id,
            principal.company_id,
            [RoleHeld(practice, role) for practice, role in principal.roles.items()],
        )

    @post("/password-again", guards=[in_person], status_code=204, summary="Give the password once more")
    async def prove(self, request: AnyRequest, data: Annotated[PasswordAgain, Body()]) -> Response[None]:
        """For five minutes from now, allow what changes how this person signs in. The cookie changes."""
        state = request.app.state
        opened = await give_password_again(state.database, state.sessions, own_scope(request), data.password)
        return Response(None, status_code=204, cookies=[session_cookie(opened.token, state.settings.web)])

    @post("/end", status_code=204, summary="Sign out")
    async def end(self, request: AnyRequest) -> Response[None]:
        """End the session; it is refused from the next request on."""
        sessions: Sessions = request.app.state.sessions
        if token := session_token(request):
            await sessions.end(token, leaving_scope(request))
        return Response(None, status_code=204, cookies=[ended_cookie(request.app.state.settings.web)])


class OwnSessionsController(Controller):
    """Where the signed-in person is signed in."""

    path = "/api/v1/sessions"
    tags = ("Sessions",)
    guards = (in_person,)
    dependencies = {"tx": Provide(provide_own_tx)}  # noqa: RUF012

    @get(summary="Own sessions")
    async def list_own(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[SessionShown]:
        """Every place this person is signed in at, the latest first: since when, from where, with what."""
        found = await list_sessions(tx, person_of(request).user_id, page)
        return page_of(request, page, found, lambda one: (one.opened_at, one.id))

    @post("/{session_id:uuid}/end", status_code=204, summary="End one session")
    async def end_one(self, request: AnyRequest, tx: NamedDependency[Tx], session_id: FromPath[uuid.UUID]) -> None:
        """End one of this person's sessions; it is refused from the next request on."""
        await end_session(tx, person_of(request).user_id, session_id)

    @post("/end-others", status_code=200, summary="End all other sessions")
    async def end_others(self, request: AnyRequest, tx: NamedDependency[Tx]) -> Ended:
        """Stay signed in here and nowhere else."""
        person = person_of(request)
        return Ended(await end_sessions(tx, person.user_id, but=person.session_id))


class MemberSessionsController(Controller):
    """Another person's sessions."""

    path = "/api/v1/members/{user_id:uuid}/sessions"
    tags = ("Sessions",)

    @post("/end", guards=[requires(MANAGE_PEOPLE)], status_code=200, summary="Sign a person out everywhere")
    async def end(self, tx: NamedDependency[Tx], user_id: FromPath[uuid.UUID]) -> Ended:
        """End every session of a person of the company."""
        return Ended(await end_sessions_of_member(tx, user_id))
