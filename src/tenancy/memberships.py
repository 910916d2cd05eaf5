"""Giving and ending roles. Every change leaves a row in the history, which only grows, and an audit event."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from tenancy.grants import Grant, check_grants
from tenancy.held import Place
from tenancy.practices import company_practices
from tenancy.roles import ROLES, permissions_of
from tenancy.tables import invitation, membership, membership_change, user_account

NO_SUCH_PERSON = "there is no such person in your company"
KEEPS_PEOPLE = "people:manage"

_ACTIONS = {"granted": "tenancy.role.granted", "ended": "tenancy.role.ended"}

_ONE_AT_A_TIME = sa.text(
    "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('company people ' || :company, 0))"
)


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A role as it is held. `granted_by` is empty where the operator gave it."""

    id: uuid.UUID
    user_id: uuid.UUID
    practice_id: Place
    role: str
    created_at: dt.datetime
    starts_at: dt.datetime | None
    expires_at: dt.datetime | None
    granted_by: uuid.UUID | None
    reason: str


class RoleChange(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history: who changed whose role where, when and why. `purpose` is `cli` where the operator did it."""

    id: uuid.UUID
    changed_at: dt.datetime
    user_id: uuid.UUID
    membership_id: uuid.UUID
    practice_id: Place
    role: str
    change: str
    starts_at: dt.datetime | None
    expires_at: dt.datetime | None
    changed_by: uuid.UUID | None
    purpose: str
    reason: str


async def grant_roles(tx: Tx, user_id: uuid.UUID, grants: Sequence[Grant], *, reason: str) -> None:
    """Give a person roles; what is held for the same time already stays as it is, another time replaces the old grant.

    Raises NotFound for a person or practice of no or another company, Invalid or Conflict where `check_grants` refuses.
    """
    await lock_person(tx, user_id)
    held = await held_by(tx, user_id)
    replaced = [one for one in held if any(_same_place(one, grant) for grant in grants)]
    check_grants(grants, [as_grant(one) for one in held if one not in replaced], now=wall_now())
    await refuse_unknown_practices(tx, grants)
    for grant in dict.fromkeys(grants):
        same = next((one for one in replaced if _same_place(one, grant)), None)
        if same is not None and (same.starts_at, same.expires_at) == (grant.starts_at, grant.expires_at):
            continue
        if same is not None:
            await replace_role(tx, same, reason="replaced by a grant for another time")
        await give_role(tx, user_id, grant, reason)


async def end_membership(tx: Tx, membership_id: uuid.UUID, *, reason: str) -> None:
    """End a role; it is gone at its holder's next request. Raises NotFound, or Conflict for the last one who manages people."""
    row = await _find(tx, membership.c.id == membership_id)
    if not row:
        raise NotFound("nobody in your company holds a role of this id now")
    await _refuse_nobody_left(tx, row)
    await end_role(tx, row[0], reason=reason)


async def end_memberships(tx: Tx, user_id: uuid.UUID, *, reason: str) -> int:
    """End every role of a person; how many. Raises Conflict for the last one who manages people."""
    held = await held_by(tx, user_id)
    await _refuse_nobody_left(tx, held)
    for one in held:
        await end_role(tx, one, reason=reason)
    return len(held)


async def end_memberships_in(tx: Tx, practice_id: uuid.UUID, *, reason: str) -> int:
    """End every role in a practice; how many."""
    held = await held_in(tx, practice_id)
    for one in held:
        await end_role(tx, one, reason=reason)
    return len(held)


async def held_by(tx: Tx, user_id: uuid.UUID) -> list[Membership]:
    """The roles of a person that nobody has ended, the ones out of their time included."""
    return await _find(tx, membership.c.user_id == user_id)


async def held_in(tx: Tx, practice_id: uuid.UUID) -> list[Membership]:
    """The same for a practice."""
    return await _find(tx, membership.c.practice_id == practice_id)


async def history_of(tx: Tx, user_id: uuid.UUID, page: PageAsked | None = None) -> list[RoleChange]:
    """Every change of a person's roles, oldest first."""
    return await _history(tx, membership_change.c.user_id == user_id, page)


async def history_in(
    tx: Tx, practice_id: uuid.UUID, page: PageAsked | None = None, *, roles: Iterable[str] = ROLES
) -> list[RoleChange]:
    """Every change of the roles held in a practice, or of some of them, oldest first."""
    which = sa.and_(membership_change.c.practice_id == practice_id, membership_change.c.role.in_(sorted(roles)))
    return await _history(tx, which, page)


def as_grant(one: Membership) -> Grant:
    """A held role as it was given."""
    return Grant(role=one.role, practice_id=one.practice_id, starts_at=one.starts_at, expires_at=one.expires_at)


def _same_place(one: Membership, grant: Grant) -> bool:
    return (one.role, one.practice_id) == (grant.role, grant.practice_id)


async def lock_person(tx: Tx, user_id: uuid.UUID) -> None:
    """Two changes at once of one person wait for each other, so that together they cannot get round the rules. Raises NotFound."""
    statement = sa.select(user_account.c.id).where(
        user_account.c.company_id == tx.company_id, user_account.c.id == user_id, user_account.c.ended_at.is_(None)
    )
    if await tx.scalar(statement.with_for_update()) is None:
        raise NotFound(NO_SUCH_PERSON)


async def refuse_unknown_practices(tx: Tx, grants: Iterable[Grant]) -> None:
    """Raises NotFound for a practice of no or another company, Conflict for one that has left."""
    statuses = {one.practice_id: one.status for one in await company_practices(tx)}
    for practice_id in {grant.practice_id for grant in grants if grant.practice_id is not None}:
        if practice_id not in statuses:
            raise NotFound("there is no such practice, or you have no access to it")
        if statuses[practice_id] == "offboarded":
            raise Conflict("this practice has left: no role can be given in it")


async def give_role(tx: Tx, user_id: uuid.UUID, grant: Grant, reason: str) -> None:
    """Give one role that was checked before."""
    held = Membership(
        id=new_id(),
        user_id=user_id,
        practice_id=grant.practice_id,
        role=grant.role,
        created_at=wall_now(),
        starts_at=grant.starts_at,
        expires_at=grant.expires_at,
        granted_by=tx.scope.user_id,
        reason=reason,
    )
    await tx.execute(membership.insert().values(company_id=tx.company_id, **msgspec.structs.asdict(held)))
    await _remember(tx, held, "granted", reason)


async def end_role(tx: Tx, held: Membership, *, reason: str) -> None:
    """End one role. With the right to manage people go the invitations that its holder made by it and nobody accepted."""
    await replace_role(tx, held, reason=reason)
    if KEEPS_PEOPLE not in permissions_of(held.role):
        return
    by_it = () if held.practice_id is None else (invitation.c.practice_id == held.practice_id,)
    withdrawn = await tx.execute(
        invitation.update()
        .where(
            invitation.c.company_id == tx.company_id,
            invitation.c.created_by == held.user_id,
            invitation.c.accepted_at.is_(None),
            invitation.c.withdrawn_at.is_(None),
            *by_it,
        )
        .values(withdrawn_at=wall_now())
        .returning(invitation.c.id)
    )
    for invitation_id in withdrawn.scalars().all():
        record(tx, "tenancy.invitation.withdrawn", "invitation", invitation_id)


async def replace_role(tx: Tx, held: Membership, *, reason: str) -> None:
    """End one role whose holder is given another in its place."""
    ended = await tx.execute(
        membership.update()
        .where(membership.c.company_id == tx.company_id, membership.c.id == held.id, membership.c.ended_at.is_(None))
        .values(ended_at=wall_now())
    )
    if ended.rowcount == 0:
        return  # somebody else ended it a moment ago, and their reason is the one kept
    await _remember(tx, held, "ended", reason)


async def _remember(tx: Tx, held: Membership, change: str, reason: str) -> None:
    await tx.execute(
        membership_change.insert().values(
            company_id=tx.company_id,
            id=new_id(),
            changed_at=wall_now(),
            user_id=held.user_id,
            membership_id=held.id,
            practice_id=held.practice_id,
            role=held.role,
            change=change,
            starts_at=held.starts_at,
            expires_at=held.expires_at,
            changed_by=tx.scope.user_id,
            purpose=tx.scope.purpose,
            reason=reason,
        )
    )
    changed = {
        "role": held.role,
        "user_id": str(held.user_id),
        "practice_id": str(held.practice_id) if held.practice_id else None,
        "starts_at": held.starts_at.isoformat() if held.starts_at else None,
        "expires_at": held.expires_at.isoformat() if held.expires_at else None,
    }
    record(tx, _ACTIONS[change], "membership", held.id, changed=changed, reason=reason)


async def _refuse_nobody_left(tx: Tx, ending: Sequence[Membership]) -> None:
    """The company keeps somebody who can manage its people; two last ones going at once wait for each other here."""
    if not any(_keeps_people(one) for one in ending):
        return
    await tx.execute(_ONE_AT_A_TIME, {"company": str(tx.company_id)})
    going = {one.id for one in ending}
    staying = [one for one in await _find(tx, membership.c.practice_id.is_(None)) if one.id not in going]
    if not any(_keeps_people(one) and one.expires_at is None and one.starts_at is None for one in staying):
        raise Conflict("nobody would be left to manage the company's people: give somebody else that role first")


def _keeps_people(one: Membership) -> bool:
    return one.practice_id is None and KEEPS_PEOPLE in permissions_of(one.role)


async def _find(tx: Tx, which: sa.ColumnElement[bool]) -> list[Membership]:
    columns = [membership.c[name] for name in Membership.__struct_fields__]
    rows = await tx.execute(
        sa.select(*columns)
        .where(membership.c.company_id == tx.company_id, membership.c.ended_at.is_(None), which)
        .order_by(membership.c.created_at, membership.c.id)
    )
    return [Membership(**row._mapping) for row in rows]  # noqa: SLF001


async def _history(tx: Tx, which: sa.ColumnElement[bool], page: PageAsked | None) -> list[RoleChange]:
    columns = [membership_change.c[name] for name in RoleChange.__struct_fields__]
    statement = sa.select(*columns).where(membership_change.c.company_id == tx.company_id, which)
    rows = await tx.execute(paged(statement, page, membership_change.c.changed_at, membership_change.c.id))
    return [RoleChange(**row._mapping) for row in rows]  # noqa: SLF001
