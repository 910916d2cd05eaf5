"""Server-side sessions: an opaque token in a cookie, its keyed hash in the database, limits that the database enforces.

Nothing about a person travels in the token, and revoking a session works on the next request.
"""

import datetime as dt
import secrets
import uuid

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Audience, Principal, Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from kernel.settings import SessionSettings
from tenancy.identity.keys import IdentityKeys
from tenancy.identity.principal import HalfSession, Held, Stage, principal_of
from tenancy.identity.tables import session

HALF_SESSION = dt.timedelta(minutes=5)
"""How long somebody has to find the second factor."""
ENROLLING = dt.timedelta(minutes=30)
"""How long somebody who must have a second factor has to set one up."""
DEVICE_LENGTH = 120


class OpenedSession(msgspec.Struct, frozen=True):
    """A session just opened; the token is shown once, to its owner."""

    id: uuid.UUID
    token: str
    expires_at: dt.datetime
    stage: Stage = "open"


class SessionOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session: a user of the company, or a patient of one practice. `device` is what their browser calls itself."""

    audience: Audience
    company_id: uuid.UUID
    user_id: uuid.UUID | None = None
    practice_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None
    stage: Stage = "open"
    device: str = ""


class Sessions:
    """Opens, finds and ends sessions, as the `identity` login role."""

    def __init__(self, database: Database, *, key: bytes, limits: SessionSettings) -> None:
        self._database = database
        self._limits = limits
        self.keys = IdentityKeys(key)

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash for looking something up without keeping it: a token, a bill code, a birth date."""
        return self.keys.hash(kind, value)

    async def open(self, tx: Tx, owner: SessionOwner) -> OpenedSession:
        """Open a session in the transaction that proved who it is for."""
        session_id, token = new_id(), secrets.token_urlsafe(32)
        limits = self._limits.of(owner.audience)
        expires_at = wall_now() + _lifetime(owner.stage, dt.timedelta(minutes=limits.absolute_minutes))
        await tx.execute(
            _OPEN,
            {
                "company": owner.company_id,
                "id": session_id,
                "audience": owner.audience,
                "user": owner.user_id,
                "practice": owner.practice_id,
                "patient": owner.patient_id,
                "token_hash": self.hash("session", token),
                "expires": expires_at,
                "idle": limits.idle_minutes * 60,
                "stage": owner.stage,
                "address": tx.scope.address,
                "device": owner.device[:DEVICE_LENGTH],
            },
        )
        return OpenedSession(session_id, token, expires_at, owner.stage)

    async def renew(
        self, tx: Tx, session_id: uuid.UUID, *, audience: Audience, factor_passed: bool = False
    ) -> OpenedSession:
        """A new token for a session whose owner has just proved who they are: the one before opens nothing."""
        token = secrets.token_urlsafe(32)
        now = wall_now()
        expires_at = now + dt.timedelta(minutes=self._limits.of(audience).absolute_minutes)
        passed = {"second_factor_passed": True} if factor_passed else {}
        await tx.execute(
            session.update()
            .where(session.c.company_id == tx.company_id, session.c.id == session_id)
            .values(
                token_hash=self.hash("session", token),
                stage="open",
                authenticated_at=now,
                expires_at=expires_at,
                **passed,
            )
        )
        return OpenedSession(session_id, token, expires_at)

    async def find(self, token: str) -> Principal | HalfSession | None:
        """Who a token stands for, with the roles held right now; None once it is expired, idle too long or revoked.

        One statement and one round trip, because every request begins with it.
        """
        rows = await self._database.ask("identity", _FIND, {"token_hash": self.hash("session", token)})
        return principal_of(Held(**rows[0])) if rows else None

    async def end(self, token: str, scope: Scope) -> None:
        """Sign out; `scope` says who that is, and is nobody's when the session was over already."""
        async with open_transaction(self._database, scope) as tx:
            await tx.execute(_REVOKE, {"token_hash": self.hash("session", token)})
            if scope.session_id is not None:
                record(tx, "tenancy.session.closed", "session", scope.session_id)


def _lifetime(stage: Stage, whole: dt.timedelta) -> dt.timedelta:
    return {"open": whole, "second_factor": HALF_SESSION, "enroll": ENROLLING}[stage]


_OPEN = sa.text(
    "select identity.open_session(:company, :id, :audience, :user, :practice, :patient, :token_hash, :expires, :idle, :stage,"
    " :address, :device)"
)
_FIND = Fixed(sa.text("select * from identity.find_session(:token_hash)"))
_REVOKE = sa.text("select identity.revoke_session(:token_hash)")
