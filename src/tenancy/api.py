"""JSON endpoints: signing in and out, who am I, onboarding a practice and reading it."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body

from kernel.db.transaction import Tx, open_transaction
from kernel.http.scoping import AnyRequest, request_scope, requires, signed_in
from tenancy.companies import NewPractice, onboard_practice, practice_id_of
from tenancy.identity.cookies import session_cookie, session_token
from tenancy.identity.sessions import Sessions
from tenancy.identity.sign_in import sign_in
from tenancy.people import assign_role
from tenancy.permissions import MANAGE_COMPANY, READ_PRACTICE
from tenancy.public import PracticeProfile, practice_profile


class Credentials(msgspec.Struct, frozen=True):
    """What a person signs in with."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254, examples=["ana@northgate.example"])]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class SignedIn(msgspec.Struct, frozen=True):
    """A session is open; its token is in the cookie."""

    expires_at: dt.datetime


class RoleHeld(msgspec.Struct, frozen=True):
    """A role in a practice, or company-wide where there is no practice."""

    practice_id: uuid.UUID | None
    role: str


class Me(msgspec.Struct, frozen=True):
    """Who is signed in, and where they may work."""

    user_id: uuid.UUID | None
    company_id: uuid.UUID
    roles: list[RoleHeld]


class Created(msgspec.Struct, frozen=True):
    """The id of what was made, or found when it was made before."""

    id: uuid.UUID


class SessionController(Controller):
    """Sign in, look, sign out."""

    path = "/api/v1/session"
    tags = ("Sessions",)

    @post(status_code=201, summary="Sign in")
    async def open(self, request: AnyRequest, data: Annotated[Credentials, Body()]) -> Response[SignedIn]:
        """Open a session with e-mail and password; the cookie carries it from now on."""
        opened = await sign_in(
            request.app.state.database,
            request.app.state.sessions,
            email=data.email,
            password=data.password,
            request_id=str(request.state.request_id),
            address=request.client.host if request.client else "",
        )
        cookie = session_cookie(opened.token, request.app.state.settings.web)
        return Response(SignedIn(opened.expires_at), cookies=[cookie])

    @get(summary="Who is signed in")
    async def read(self, request: AnyRequest) -> Me:
        """The signed-in person and the roles held right now."""
        principal = signed_in(request)
        return Me(
            principal.user_id,
            principal.company_id,
            [RoleHeld(practice, role) for practice, role in principal.roles.items()],
        )

    @post("/end", status_code=204, summary="Sign out")
    async def end(self, request: AnyRequest) -> None:
        """End the session; it is refused from the next request on."""
        sessions: Sessions = request.app.state.sessions
        if token := session_token(request):
            await sessions.end(token)


class CompanyController(Controller):
    """Practices of the company."""

    path = "/api/v1"
    tags = ("Company",)

    @post("/practices", guards=[requires(MANAGE_COMPANY)], status_code=201, summary="Onboard a practice")
    async def onboard(self, request: AnyRequest, data: Annotated[NewPractice, Body()]) -> Created:
        """Add a client practice. An administrator who adds it is its administrator too. Adding again finds the same one."""
        company_scope = request_scope(request)
        practice_id = practice_id_of(signed_in(request).company_id, data.slug)
        scope = msgspec.structs.replace(company_scope, practice_id=practice_id)
        async with open_transaction(request.app.state.database, scope) as tx:
            await onboard_practice(tx, data)
            if scope.user_id is not None and "administrator" in scope.role.split("+"):
                await assign_role(tx, scope.user_id, practice_id, "administrator", reason="onboarded the practice")
        return Created(practice_id)

    @get("/practices/{practice_id:uuid}", guards=[requires(READ_PRACTICE)], summary="A practice")
    async def read_practice(self, tx: NamedDependency[Tx]) -> PracticeProfile:
        """The practice as claims and bills show it."""
        return await practice_profile(tx)
