"""People of a company: adding, renaming, ending, listing.

An e-mail address belongs to one person at a time across all companies, and is free again when that person's account has ended.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from tenancy.grants import Grant
from tenancy.held import Place
from tenancy.identity.passwords import hash_password
from tenancy.memberships import NO_SUCH_PERSON, Membership, end_memberships, grant_roles, lock_person
from tenancy.tables import membership, user_account


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the company and the role held in each practice; the key None is company-wide."""

    email: str
    display_name: str
    password: str
    roles: dict[uuid.UUID | None, str]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the company, with the roles nobody has ended."""

    id: uuid.UUID
    email: str
    display_name: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    roles: Sequence[Membership]


async def add_member(tx: Tx, new: NewMember) -> uuid.UUID:
    """Add a person who has their password already: the first administrator, and people of a demonstration.

    Known people keep their password; missing roles are added. Raises Conflict for an address that cannot be used.
    """
    email = new.email.lower()
    user_id = await find_account(tx, email)
    if user_id is None:
        user_id = new_id()
        if not await add_account(tx, user_id, email=email, display_name=new.display_name, password=new.password):
            raise Conflict("this e-mail address cannot be used; take another one")
    grants = [Grant(role=role, practice_id=practice_id) for practice_id, role in new.roles.items()]
    await grant_roles(tx, user_id, grants, reason="added with the person")
    return user_id


async def add_account(tx: Tx, user_id: uuid.UUID, *, email: str, display_name: str, password: str) -> bool:
    """Add somebody who can sign in and may do nothing yet; False when the address belongs to somebody, wherever."""
    stored = await tx.execute(
        insert(user_account)
        .values(
            company_id=tx.company_id,
            id=user_id,
            email=email.lower(),
            display_name=display_name,
            password_hash=await hash_password(password, email=email, display_name=display_name),
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount == 0:
        return False
    record(tx, "tenancy.member.added", "user_account", user_id)
    return True


async def lock_member(tx: Tx, user_id: uuid.UUID) -> Member:
    """One person, for whoever edits them: other edits wait until this transaction ends. Raises NotFound for who is gone."""
    await lock_person(tx, user_id)
    return await find_member(tx, user_id)


async def rename_member(tx: Tx, user_id: uuid.UUID, display_name: str) -> None:
    """Change the name that others see."""
    await _update(tx, user_id, display_name=display_name)
    record(tx, "tenancy.member.renamed", "user_account", user_id, changed={"fields": ["display_name"]})


async def end_member(tx: Tx, user_id: uuid.UUID, *, reason: str) -> None:
    """Somebody leaves: every role ends, and with the account all its sessions and keys, at the next request.

    Raises NotFound, or Conflict for the last one who manages the company's people.
    """
    ended = await end_memberships(tx, user_id, reason=reason)
    await _update(tx, user_id, ended_at=wall_now())
    record(tx, "tenancy.member.ended", "user_account", user_id, changed={"roles_ended": ended})


async def list_members(tx: Tx, page: PageAsked | None = None, *, user_id: uuid.UUID | None = None) -> list[Member]:
    """The people of the company by name, the ones who left included; with `user_id` that one alone."""
    statement = sa.select(user_account).where(user_account.c.company_id == tx.company_id)
    if user_id is not None:
        statement = statement.where(user_account.c.id == user_id)
    people = (await tx.execute(paged(statement, page, user_account.c.display_name, user_account.c.id))).all()
    held = sa.select(membership).where(
        membership.c.company_id == tx.company_id,
        membership.c.ended_at.is_(None),
        membership.c.user_id.in_([row.id for row in people]),
    )
    roles: dict[uuid.UUID, list[Membership]] = {}
    for row in await tx.execute(held.order_by(membership.c.created_at, membership.c.id)):
        one = Membership(**{name: row._mapping[name] for name in Membership.__struct_fields__})  # noqa: SLF001
        roles.setdefault(one.user_id, []).append(one)
    return [
        Member(
            id=row.id,
            email=row.email,
            display_name=row.display_name,
            created_at=row.created_at,
            ended_at=row.ended_at,
            roles=roles.get(row.id, []),
        )
        for row in people
    ]


async def find_member(tx: Tx, user_id: uuid.UUID) -> Member:
    """One person of the company. Raises NotFound."""
    found = await list_members(tx, user_id=user_id)
    if not found:
        raise NotFound(NO_SUCH_PERSON)
    return found[0]


async def find_by_email(tx: Tx, email: str) -> uuid.UUID:
    """The person of this company who has this address now. Raises NotFound."""
    user_id = await find_account(tx, email.lower())
    if user_id is None:
        raise NotFound(NO_SUCH_PERSON)
    return user_id


async def assign_role(tx: Tx, user_id: uuid.UUID, practice_id: Place, role: str, *, reason: str) -> None:
    """Give one role from now on, until it is ended."""
    await grant_roles(tx, user_id, [Grant(role=role, practice_id=practice_id)], reason=reason)


async def find_account(tx: Tx, email: str) -> uuid.UUID | None:
    """The person of this company who has this lower-case address now, if any."""
    found: uuid.UUID | None = await tx.scalar(
        sa.select(user_account.c.id).where(
            user_account.c.company_id == tx.company_id,
            user_account.c.email == email,
            user_account.c.ended_at.is_(None),
        )
    )
    return found


async def _update(tx: Tx, user_id: uuid.UUID, **values: object) -> None:
    """Raises NotFound for somebody of another company, or who has left."""
    changed = await tx.execute(
        user_account.update()
        .where(
            user_account.c.company_id == tx.company_id,
            user_account.c.id == user_id,
            user_account.c.ended_at.is_(None),
        )
        .values(**values)
    )
    if changed.rowcount == 0:
        raise NotFound(NO_SUCH_PERSON)
