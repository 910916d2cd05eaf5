"""A practice's administrator looks after the practice's own people: invites them, changes their role, ends it.

Who works for the billing company is nobody here; row security of the login role `practice` says the same.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Forbidden, NotFound
from tenancy.grants import Grant, check_grants
from tenancy.identity.sessions import Sessions
from tenancy.invitations import NewInvitation, make_invitation
from tenancy.memberships import Membership, RoleChange, as_grant, end_role, give_role, held_in, history_in, replace_role
from tenancy.practice_grants import refuse_above_practice, refuse_longer_than_own
from tenancy.roles import PRACTICE_PEOPLE
from tenancy.tables import membership

NO_SUCH_PERSON = "there is no such person among your practice's own people"
OWN_ROLE = "nobody changes their own role; another administrator of the practice does, or your billing company"


_PEOPLE = sa.func.identity.practice_people().table_valued(
    sa.column("user_id", sa.Uuid()),
    sa.column("email", sa.Text()),
    sa.column("display_name", sa.Text()),
    sa.column("ended_at", sa.DateTime(timezone=True)),
    name="practice_person",
)
"""Everybody who ever held a role of the practice's own people in the practice of the signed scope."""


class PracticePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the practice itself, with the roles held in it that nobody has ended."""

    id: uuid.UUID
    email: str
    display_name: str
    roles: Sequence[Membership]


class NewPracticePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite to the practice, as what, until when and why."""

    email: str
    display_name: str
    role: str
    expires_at: dt.datetime | None
    reason: str


async def practice_people(
    tx: Tx, page: PageAsked | None = None, *, user_id: uuid.UUID | None = None
) -> list[PracticePerson]:
    """The practice's own people by name; with `user_id` that one alone."""
    held = await _own_roles(tx, user_id)
    statement = sa.select(_PEOPLE).where(_PEOPLE.c.user_id.in_({one.user_id for one in held}))
    people = await tx.execute(paged(statement, page, _PEOPLE.c.display_name, _PEOPLE.c.user_id))
    return [
        PracticePerson(
            id=row.user_id,
            email=row.email,
            display_name=row.display_name,
            roles=[one for one in held if one.user_id == row.user_id],
        )
        for row in people
    ]


async def practice_person(tx: Tx, user_id: uuid.UUID) -> PracticePerson:
    """One of the practice's own people. Raises NotFound."""
    found = await practice_people(tx, user_id=user_id)
    if not found:
        raise NotFound(NO_SUCH_PERSON)
    return found[0]


async def lock_practice_person(tx: Tx, user_id: uuid.UUID) -> PracticePerson:
    """The same for whoever edits them: other edits wait until this transaction ends.

    Raises NotFound also for somebody whose time is over: the billing company may have taken them on since, which cannot be seen here.
    """
    now = wall_now()
    locked = await tx.execute(
        sa.select(membership.c.id)
        .where(
            membership.c.company_id == tx.company_id,
            membership.c.practice_id == tx.practice_id,
            membership.c.user_id == user_id,
            membership.c.role.in_(sorted(PRACTICE_PEOPLE)),
            membership.c.ended_at.is_(None),
            sa.or_(membership.c.expires_at.is_(None), membership.c.expires_at > now),
        )
        .with_for_update()
    )
    if not locked.all():
        raise NotFound(NO_SUCH_PERSON)
    return await practice_person(tx, user_id)


async def practice_role_changes(tx: Tx, page: PageAsked | None = None) -> list[RoleChange]:
    """Every role given to and taken from the practice's own people, by whom, when and why, oldest first."""
    return await history_in(tx, tx.practice_id, page, roles=PRACTICE_PEOPLE)


async def invite_to_practice(tx: Tx, sessions: Sessions, new: NewPracticePerson) -> uuid.UUID:
    """Invite somebody of the practice; an open invitation of the same address is withdrawn.

    Raises Forbidden for a role above the practice's own or longer than the inviter's, Invalid for an end in the past, Conflict for
    somebody who has worked for the practice before. An address that is known elsewhere is invited like any other.
    """
    grant = Grant(role=new.role, practice_id=tx.practice_id, expires_at=new.expires_at)
    await _refuse_above_giver(tx, grant)
    check_grants([grant], [], now=wall_now())
    known = sa.select(_PEOPLE.c.user_id).where(_PEOPLE.c.email == new.email.lower(), _PEOPLE.c.ended_at.is_(None))
    if await tx.scalar(known) is not None:
        raise Conflict("this person has an account already; change their role, or ask your billing company to give one")
    invitation = NewInvitation(email=new.email, display_name=new.display_name, roles=[grant], reason=new.reason)
    return await make_invitation(tx, sessions, invitation)


async def change_practice_role(
    tx: Tx, person: PracticePerson, role: str, *, expires_at: dt.datetime | None, reason: str
) -> None:
    """Let a person, locked before, hold this role alone in the practice, from now on.

    Raises Forbidden for a role above the practice's own or longer than the giver's, and for one's own.
    """
    _refuse_oneself(tx, person)
    grant = Grant(role=role, practice_id=tx.practice_id, expires_at=expires_at)
    await _refuse_above_giver(tx, grant)
    check_grants([grant], [], now=wall_now())
    kept = [one for one in person.roles if as_grant(one) == grant]
    for one in person.roles:
        if one not in kept:
            await (replace_role if one.role == role else end_role)(tx, one, reason=reason)
    if not kept:
        await give_role(tx, person.id, grant, reason)


async def end_practice_roles(tx: Tx, person: PracticePerson, *, reason: str) -> None:
    """Somebody, locked before, leaves the practice: their roles in it end at their next request. Raises Forbidden for oneself."""
    _refuse_oneself(tx, person)
    for one in person.roles:
        await end_role(tx, one, reason=reason)


def _refuse_oneself(tx: Tx, person: PracticePerson) -> None:
    if person.id == tx.scope.user_id:
        raise Forbidden(OWN_ROLE)


async def _refuse_above_giver(tx: Tx, grant: Grant) -> None:
    refuse_above_practice([grant], tx.practice_id)
    own = [as_grant(one) for one in await held_in(tx, tx.practice_id) if one.user_id == tx.scope.user_id]
    refuse_longer_than_own(grant, own, now=wall_now())


async def _own_roles(tx: Tx, user_id: uuid.UUID | None) -> list[Membership]:
    return [
        one
        for one in await held_in(tx, tx.practice_id)
        if one.role in PRACTICE_PEOPLE and user_id in {None, one.user_id}
    ]
