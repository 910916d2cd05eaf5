"""Where somebody is signed in, and ending it."""

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from tenancy.identity.tables import session
from tenancy.tables import user_account


class SessionShown(msgspec.Struct, frozen=True, kw_only=True):
    """One place somebody is signed in at. `device` is what the browser calls itself, in a few words."""

    id: uuid.UUID
    opened_at: dt.datetime
    last_seen_at: dt.datetime
    expires_at: dt.datetime
    address: str
    device: str
    current: bool


async def list_sessions(tx: Tx, user_id: uuid.UUID, page: PageAsked | None = None) -> list[SessionShown]:
    """The sessions a person has open, the latest opened first."""
    statement = sa.select(
        session.c.id,
        session.c.created_at.label("opened_at"),
        session.c.last_seen_at,
        session.c.expires_at,
        session.c.address,
        session.c.device,
        (session.c.id == tx.scope.session_id).label("current"),
    ).where(_open(tx, user_id))
    rows = await tx.execute(paged(statement, page, session.c.created_at, session.c.id, newest_first=True))
    record(tx, "tenancy.session.listed", "user_account", user_id)
    return [SessionShown(**row._mapping) for row in rows]  # noqa: SLF001


async def end_session(tx: Tx, user_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """End one session of a person. Raises NotFound for one that is not theirs or over."""
    if not await _end(tx, user_id, session.c.id == session_id):
        raise NotFound("there is no such session, or it is over")
    record(tx, "tenancy.session.ended", "session", session_id)


async def end_sessions(tx: Tx, user_id: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """End every session of a person, but one; how many there were."""
    ended = await _end(tx, user_id, session.c.id != but if but is not None else sa.true())
    record(tx, "tenancy.sessions.ended", "user_account", user_id, changed={"sessions": ended})
    return ended


async def end_sessions_of_member(tx: Tx, user_id: uuid.UUID) -> int:
    """An administrator ends all of another person's sessions. Raises NotFound for a person of another company."""
    known = await tx.scalar(
        sa.select(user_account.c.id).where(user_account.c.company_id == tx.company_id, user_account.c.id == user_id)
    )
    if known is None:
        raise NotFound("there is no such person in your company")
    return await end_sessions(tx, user_id)


async def _end(tx: Tx, user_id: uuid.UUID, which: sa.ColumnElement[bool]) -> int:
    ended = await tx.execute(session.update().where(_open(tx, user_id), which).values(revoked_at=wall_now()))
    return ended.rowcount


def _open(tx: Tx, user_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        session.c.company_id == tx.company_id,
        session.c.user_id == user_id,
        session.c.revoked_at.is_(None),
        session.c.expires_at > sa.func.clock_timestamp(),
    )
