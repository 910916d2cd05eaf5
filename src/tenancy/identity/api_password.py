"""JSON endpoints for passwords: changing one's own, and a new one by a mailed link."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, post
from litestar.params import Body

from kernel.http.scoping import AnyRequest
from tenancy.identity.api_session import Password, SignedIn, signed_in_answer
from tenancy.identity.edge import in_person, own_scope, visitor_of
from tenancy.identity.password_change import ask_reset, change_password, finish_reset

NewPassword = Annotated[str, msgspec.Meta(min_length=12, max_length=200, examples=["orbit lantern meadow brick"])]


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password so far and the one from now on."""

    current_password: Password
    new_password: NewPassword


class ResetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254, examples=["ana@northgate.example"])]


class ResetDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the mailed link, and the password from now on."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    new_password: NewPassword


class PasswordController(Controller):
    """Passwords."""

    path = "/api/v1"
    tags = ("Sessions",)

    @post("/session/password", guards=[in_person], status_code=200, summary="Change the password")
    async def change(self, request: AnyRequest, data: Annotated[PasswordChange, Body()]) -> Response[SignedIn]:
        """Set a new password. Every other session of this person ends, and this one's cookie changes."""
        state = request.app.state
        opened = await change_password(
            state.database, state.sessions, own_scope(request), current=data.current_password, new=data.new_password
        )
        return signed_in_answer(request, opened)

    @post("/password-reset", status_code=202, summary="Ask for a link to set a new password")
    async def ask(self, request: AnyRequest, data: Annotated[ResetAsked, Body()]) -> None:
        """If the address belongs to an account, a link is mailed that works once within 30 minutes. The answer is always the same."""
        state = request.app.state
        await ask_reset(state.database, state.sessions, email=data.email, visitor=visitor_of(request))

    @post("/password-reset/finish", status_code=204, summary="Set a new password with a mailed link")
    async def finish(self, request: AnyRequest, data: Annotated[ResetDone, Body()]) -> None:
        """Use the link up. Every session of the person ends; a second factor is still asked at the next sign-in."""
        state = request.app.state
        await finish_reset(
            state.database, state.sessions, token=data.token, new=data.new_password, visitor=visitor_of(request)
        )
