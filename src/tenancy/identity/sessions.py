"""Server-side sessions: an opaque token in a cookie, its keyed hash in the database, limits that the database enforces.

Nothing about a person travels in the token, and revoking a session works on the next request.
"""

import datetime as dt
import hashlib
import hmac
import secrets
import uuid

import msgspec
import sqlalchemy as sa
from litestar.datastructures import Cookie

from kernel.clock import wall_now
from kernel.context import Principal, Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from tenancy.roles import permissions_of

COOKIE = "billwright_session"
IDLE = dt.timedelta(minutes=15)
ABSOLUTE = dt.timedelta(hours=12)


class OpenedSession(msgspec.Struct, frozen=True):
    """A session just opened; the token is shown once, to its owner."""

    token: str
    expires_at: dt.datetime


class SessionOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session: a user of the company, or a patient of one practice."""

    audience: str
    company_id: uuid.UUID
    user_id: uuid.UUID | None = None
    practice_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None


class Sessions:
    """Opens, finds and ends sessions, as the `identity` login role."""

    def __init__(self, database: Database, *, key: bytes) -> None:
        self._database = database
        self._key = key

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash for looking something up without keeping it: a token, a bill code, a birth date."""
        return hmac.new(self._key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()

    async def open(self, tx: Tx, owner: SessionOwner) -> OpenedSession:
        """Open a session in the transaction that proved who it is for."""
        token = secrets.token_urlsafe(32)
        expires_at = wall_now() + ABSOLUTE
        await tx.execute(
            _OPEN,
            {
                "company": owner.company_id,
                "id": new_id(),
                "audience": owner.audience,
                "user": owner.user_id,
                "practice": owner.practice_id,
                "patient": owner.patient_id,
                "token_hash": self.hash("session", token),
                "expires": expires_at,
            },
        )
        return OpenedSession(token, expires_at)

    async def principal(self, token: str) -> Principal | None:
        """Who a token stands for, with the roles held right now; None once it is expired, idle too long or revoked."""
        async with open_transaction(self._database, Scope(audience="identity")) as tx:
            row = (await tx.execute(_FIND, {"token_hash": self.hash("session", token), "idle": IDLE})).one_or_none()
            if row is None:
                return None
            if row.patient_id is not None:
                roles: dict[uuid.UUID | None, str] = {row.practice_id: "patient"}
            else:
                members = await tx.execute(_MEMBERSHIPS, {"company": row.company_id, "user": row.user_id})
                roles = {
                    member.practice_id: member.role for member in members if member.practice_status != "offboarded"
                }
        return Principal(
            audience=row.audience,
            company_id=row.company_id,
            session_id=row.session_id,
            user_id=row.user_id,
            patient_id=row.patient_id,
            roles=roles,
            permissions={practice_id: permissions_of(role) for practice_id, role in roles.items()},
        )

    async def end(self, token: str) -> None:
        """Sign out."""
        async with open_transaction(self._database, Scope(audience="identity")) as tx:
            await tx.execute(_REVOKE, {"token_hash": self.hash("session", token)})


def session_cookie(token: str, *, secure: bool) -> Cookie:
    """The session cookie: never readable by script, never sent with another site's form, `secure` wherever the site is https."""
    return Cookie(key=COOKIE, value=token, httponly=True, secure=secure, samesite="lax", path="/")


_OPEN = sa.text(
    "select identity.open_session(:company, :id, :audience, :user, :practice, :patient, :token_hash, :expires)"
)
_FIND = sa.text("select * from identity.find_session(:token_hash, cast(:idle as interval))")
_MEMBERSHIPS = sa.text("select practice_id, role, practice_status from identity.memberships(:company, :user)")
_REVOKE = sa.text("select identity.revoke_session(:token_hash)")
