"""Inviting people: whoever holds the mailed link chooses the password, so nobody else ever knows it.

The token is derived from the invitation and our lookup key: the mail can be written again, and the database alone, which keeps a
hash, opens nothing. Nothing here tells a company whether an address is known to another one: an invitation to it is made like any
other, and only its owner learns that it cannot be used.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from kernel.jobs.outbox import announce
from tenancy.grants import Grant, check_grants
from tenancy.held import Place
from tenancy.identity.sessions import Sessions
from tenancy.memberships import grant_roles, refuse_unknown_practices
from tenancy.people import add_account, find_account
from tenancy.practice_grants import place_of, refuse_above_practice
from tenancy.tables import invitation

LIFETIME = dt.timedelta(days=7)
UNUSABLE = "this invitation cannot be used: it was used or withdrawn, or is over 7 days old; ask for a new one"

NO_OPEN = "there is no open invitation of this id"

_FIND = sa.text("select company_id, practice_id, invitation_id from identity.find_invitation(:token_hash)")


_SHOWN = tuple(column for column in invitation.c if column.name != "token_hash")
"""What a practice's administrator may read; the hash is for finding alone."""


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite, to which roles, and why; the reason becomes that of the roles."""

    email: str
    display_name: str
    roles: Sequence[Grant]
    reason: str


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the company sees it. `state` is open, accepted, withdrawn or expired.

    `practice_id` is of the practice whose own person is invited, and which manages the invitation too.
    """

    id: uuid.UUID
    practice_id: Place
    email: str
    display_name: str
    roles: Sequence[Grant]
    reason: str
    created_at: dt.datetime
    created_by: uuid.UUID | None
    expires_at: dt.datetime
    state: str


async def invite(tx: Tx, sessions: Sessions, new: NewInvitation) -> uuid.UUID:
    """Invite somebody; an open invitation of the same address is withdrawn. The mail is announced with its id alone.

    Raises Conflict for somebody who works for the company already, and what `grant_roles` raises.
    """
    if await find_account(tx, new.email.lower()) is not None:
        raise Conflict("this person is a member of your company already; give them the role instead")
    check_grants(new.roles, [], now=wall_now())
    await refuse_unknown_practices(tx, new.roles)
    return await make_invitation(tx, sessions, new)


async def make_invitation(tx: Tx, sessions: Sessions, new: NewInvitation) -> uuid.UUID:
    """Store and announce an invitation whose roles were checked; the open ones of the same address are withdrawn."""
    email, invitation_id = new.email.lower(), new_id()
    earlier = invitation.c.email == email, invitation.c.accepted_at.is_(None), invitation.c.withdrawn_at.is_(None)
    await tx.execute(
        invitation.update().where(invitation.c.company_id == tx.company_id, *earlier).values(withdrawn_at=wall_now())
    )
    await tx.execute(
        invitation.insert().values(
            company_id=tx.company_id,
            id=invitation_id,
            practice_id=place_of(new.roles),
            email=email,
            display_name=new.display_name,
            roles=msgspec.to_builtins(new.roles),
            reason=new.reason,
            token_hash=sessions.hash("invitation", invitation_token(sessions, invitation_id)),
            created_by=tx.scope.user_id,
            created_at=wall_now(),
            expires_at=wall_now() + LIFETIME,
        )
    )
    await announce(tx, "tenancy.invitation.made", {"invitation_id": str(invitation_id)})
    offered = [{"role": one.role, "practice_id": one.practice_id and str(one.practice_id)} for one in new.roles]
    record(tx, "tenancy.invitation.made", "invitation", invitation_id, changed={"roles": offered}, reason=new.reason)
    return invitation_id


def invitation_token(sessions: Sessions, invitation_id: uuid.UUID) -> str:
    """What the mailed link carries: 256 bits that only this installation can compute."""
    return sessions.hash("invitation-token", str(invitation_id))


async def show_invitation_token(tx: Tx, sessions: Sessions, invitation_id: uuid.UUID) -> str:
    """The token of an open invitation, for whoever hands it over instead of a mail; on record. Raises NotFound."""
    if await _lock_open(tx, invitation_id) is None:
        raise NotFound(NO_OPEN)
    record(tx, "tenancy.invitation.shown", "invitation", invitation_id)
    return invitation_token(sessions, invitation_id)


async def withdraw_invitation(tx: Tx, invitation_id: uuid.UUID, *, practice_id: Place = None) -> None:
    """Take an open invitation back; with `practice_id` one of that practice's own people. Raises NotFound when there is none."""
    row = await _lock_open(tx, invitation_id)
    if row is None or practice_id not in {None, row.practice_id}:
        raise NotFound(NO_OPEN)
    await _close(tx, invitation_id, withdrawn_at=wall_now())
    record(tx, "tenancy.invitation.withdrawn", "invitation", invitation_id)


async def list_invitations(tx: Tx, page: PageAsked | None = None, *, practice_id: Place = None) -> list[Invitation]:
    """The company's invitations, newest first; with `practice_id` those of that practice's own people."""
    of_practice = () if practice_id is None else (invitation.c.practice_id == practice_id,)
    statement = sa.select(*_SHOWN).where(invitation.c.company_id == tx.company_id, *of_practice)
    order = invitation.c.created_at, invitation.c.id
    rows = await tx.execute(paged(statement, page, *order, newest_first=True))
    return [
        Invitation(
            id=row.id,
            practice_id=row.practice_id,
            email=row.email,
            display_name=row.display_name,
            roles=_grants(row.roles),
            reason=row.reason,
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
            state=_state(row),
        )
        for row in rows
    ]


async def accept_invitation(
    database: Database, sessions: Sessions, *, token: str, password: str, request_id: str, address: str
) -> uuid.UUID:
    """Make the invited person's account with the password they choose, and give them their roles; the account's id.

    Raises NotFound, in the same words, for a token that is unknown, used, withdrawn or expired and for an address that belongs to
    somebody by now. What the password itself breaks is Invalid, and the link stays good.
    """
    looking = Scope(audience="identity", request_id=request_id, address=address)
    async with open_transaction(database, looking) as tx:
        found = (await tx.execute(_FIND, {"token_hash": sessions.hash("invitation", token)})).one_or_none()
    if found is None:
        raise NotFound(UNUSABLE)
    scope = Scope(
        audience="staff",
        company_id=found.company_id,
        practice_id=found.practice_id,
        role="invited",
        purpose="invitation",
        request_id=request_id,
        address=address,
    )
    async with open_transaction(database, scope) as tx:
        return await _accept(tx, found.invitation_id, password)


async def _accept(tx: Tx, invitation_id: uuid.UUID, password: str) -> uuid.UUID:
    row = await _lock_open(tx, invitation_id)
    if row is None:
        raise NotFound(UNUSABLE)
    user_id = new_id()
    themselves = tx.acting(msgspec.structs.replace(tx.scope, user_id=user_id))
    added = await add_account(themselves, user_id, email=row.email, display_name=row.display_name, password=password)
    if not added:
        raise NotFound(UNUSABLE)
    granting = tx.acting(msgspec.structs.replace(tx.scope, user_id=row.created_by))
    grants = _grants(row.roles)
    if row.practice_id is not None:
        refuse_above_practice(grants, row.practice_id)
    await grant_roles(granting, user_id, grants, reason=row.reason)
    await _close(tx, invitation_id, accepted_at=wall_now(), user_id=user_id)
    record(themselves, "tenancy.invitation.accepted", "invitation", invitation_id)
    return user_id


async def _lock_open(tx: Tx, invitation_id: uuid.UUID) -> sa.Row[tuple[object, ...]] | None:
    return (
        await tx.execute(
            sa.select(*_SHOWN)
            .where(
                invitation.c.company_id == tx.company_id,
                invitation.c.id == invitation_id,
                invitation.c.accepted_at.is_(None),
                invitation.c.withdrawn_at.is_(None),
                invitation.c.expires_at > wall_now(),
            )
            .with_for_update()
        )
    ).one_or_none()


async def _close(tx: Tx, invitation_id: uuid.UUID, **values: object) -> None:
    await tx.execute(
        invitation.update()
        .where(invitation.c.company_id == tx.company_id, invitation.c.id == invitation_id)
        .values(**values)
    )


def _grants(stored: object) -> list[Grant]:
    return msgspec.convert(stored, list[Grant])


def _state(row: sa.Row[tuple[object, ...]]) -> str:
    if row.accepted_at is not None:
        return "accepted"
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "open" if row.expires_at > wall_now() else "expired"
