"""JSON endpoints of the second factor: one's own, and what the company asks of everybody."""

import base64
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import Body

from audit.public import record
from kernel.db.transaction import Tx
from kernel.http.scoping import AnyRequest, requires
from kernel.http.versions import AskedVersion
from tenancy.identity.api_session import Code
from tenancy.identity.cookies import session_cookie
from tenancy.identity.edge import in_person, may_enroll, password_given_lately, person_of, provide_own_tx
from tenancy.identity.one_time_codes import otpauth_uri
from tenancy.identity.own_sessions import end_sessions
from tenancy.identity.second_factor import (
    FactorState,
    confirm,
    disable,
    enroll,
    factor_state,
    renew_recovery_codes,
)
from tenancy.identity.sessions import Sessions
from tenancy.identity.sign_in import audience_of
from tenancy.permissions import MANAGE_COMPANY
from tenancy.tables import company, user_account

ISSUER = "Billwright"


class Enrollment(msgspec.Struct, frozen=True):
    """What goes into the authenticator app: the secret (base32), and the same as the URI of a QR code. Shown once."""

    secret: str
    otpauth_uri: str


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first code the app shows."""

    code: Code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Ten codes that each open one sign-in when the app is lost. Shown once."""

    recovery_codes: list[str]


class SignInPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the company asks of everybody who signs in."""

    second_factor_required: bool


class SecondFactorController(Controller):
    """The second factor of the signed-in person."""

    path = "/api/v1/second-factor"
    tags = ("Sessions",)
    dependencies = {"tx": Provide(provide_own_tx)}  # noqa: RUF012

    @get(guards=[may_enroll], summary="Own second factor")
    async def read(self, tx: NamedDependency[Tx]) -> FactorState:
        """Whether one is set up, whether the company asks for it, and how many recovery codes are left."""
        return await factor_state(tx)

    @post(guards=[may_enroll, password_given_lately], status_code=201, summary="Set up a second factor")
    async def enroll(self, tx: NamedDependency[Tx]) -> Enrollment:
        """A secret for an authenticator app. It counts once a first code has been confirmed."""
        secret = await enroll(tx)
        email = await tx.scalar(sa.select(user_account.c.email).where(user_account.c.id == tx.scope.user_id))
        return Enrollment(base64.b32encode(secret).decode(), otpauth_uri(secret, str(email), ISSUER))

    @post("/confirm", guards=[may_enroll, password_given_lately], status_code=200, summary="Turn it on")
    async def confirm(
        self, request: AnyRequest, tx: NamedDependency[Tx], data: Annotated[Confirmation, Body()]
    ) -> Response[RecoveryCodes]:
        """Turn the second factor on with a first code. Other sessions end, and this one's cookie changes."""
        sessions: Sessions = request.app.state.sessions
        person = person_of(request)
        codes = await confirm(tx, sessions.keys, data.code)
        await end_sessions(tx, person.user_id, but=person.session_id)
        audience = await audience_of(tx, person.user_id)
        opened = await sessions.renew(tx, person.session_id, audience=audience, factor_passed=True)
        cookie = session_cookie(opened.token, request.app.state.settings.web)
        return Response(RecoveryCodes(codes), cookies=[cookie])

    @post("/recovery-codes", guards=[in_person, password_given_lately], status_code=201, summary="New recovery codes")
    async def renew(self, request: AnyRequest, tx: NamedDependency[Tx]) -> RecoveryCodes:
        """Ten new recovery codes; the ones before count no more."""
        sessions: Sessions = request.app.state.sessions
        return RecoveryCodes(await renew_recovery_codes(tx, sessions.keys))

    @post("/disable", guards=[in_person, password_given_lately], status_code=204, summary="Turn it off")
    async def disable(self, tx: NamedDependency[Tx]) -> None:
        """Forget the secret and the recovery codes. Refused where the company asks everybody for a second factor."""
        await disable(tx)


class SignInPolicyController(Controller):
    """What the company asks of everybody who signs in."""

    path = "/api/v1/sign-in-policy"
    tags = ("Company",)

    @get(guards=[requires(MANAGE_COMPANY)], summary="Sign-in policy")
    async def read(self, tx: NamedDependency[Tx]) -> SignInPolicy:
        """Whether everybody needs a second factor."""
        record(tx, "tenancy.sign_in_policy.read", "company", tx.company_id)
        return await _policy(tx)

    @put(guards=[requires(MANAGE_COMPANY)], summary="Change the sign-in policy")
    async def change(
        self, tx: NamedDependency[Tx], version: NamedDependency[AskedVersion], data: Annotated[SignInPolicy, Body()]
    ) -> SignInPolicy:
        """Ask everybody for a second factor, or no longer. Whoever has none can, from the next request on, only set one up."""
        before = await _policy(tx, lock=True)
        version.require(before)
        await tx.execute(
            company.update()
            .where(company.c.company_id == tx.company_id)
            .values(second_factor_required=data.second_factor_required)
        )
        record(
            tx,
            "tenancy.sign_in_policy.changed",
            "company",
            tx.company_id,
            changed={
                "second_factor_required": {
                    "before": before.second_factor_required,
                    "after": data.second_factor_required,
                }
            },
        )
        return data


async def _policy(tx: Tx, *, lock: bool = False) -> SignInPolicy:
    """What the company asks for; with `lock` other changes of it wait until this transaction ends."""
    asked = sa.select(company.c.second_factor_required).where(company.c.company_id == tx.company_id)
    return SignInPolicy(bool(await tx.scalar(asked.with_for_update() if lock else asked)))
