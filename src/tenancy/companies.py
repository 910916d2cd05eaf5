"""Use cases of the billing company: open it, add practices and people. All are keyed by name and may be run again."""

import uuid

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import Invalid
from kernel.ids import named_id
from tenancy.identity.passwords import hash_password
from tenancy.roles import ROLES
from tenancy.tables import company, membership, practice, user_account

ASSIGNABLE = frozenset(ROLES) - {"patient"}
"""What a person of the company or of a practice can be; patients are not members."""


class NewPractice(msgspec.Struct, frozen=True, kw_only=True):
    """A client practice as it will appear on claims. `claim_prefix` begins its claim numbers; `zip` has nine digits."""

    slug: str
    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: str
    city: str
    state_code: str
    zip: str
    phone: str
    time_zone: str
    claim_prefix: str


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the company and the role held in each practice; the key None is company-wide."""

    email: str
    display_name: str
    password: str
    roles: dict[uuid.UUID | None, str]


def company_id_of(slug: str) -> uuid.UUID:
    """A company's id, from its name."""
    return named_id("company", slug)


def practice_id_of(company_id: uuid.UUID, slug: str) -> uuid.UUID:
    """A practice's id, from its name within its company."""
    return named_id("practice", company_id, slug)


async def open_company(tx: Tx, *, slug: str, name: str) -> uuid.UUID:
    """Open a billing company; the transaction's scope names the id that `company_id_of` gives."""
    stored = await tx.execute(
        insert(company)
        .values(company_id=tx.company_id, slug=slug, name=name, currency="USD", created_at=wall_now())
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        await record(tx, "tenancy.company.opened", "company", tx.company_id)
    return tx.company_id


async def onboard_practice(tx: Tx, new: NewPractice) -> uuid.UUID:
    """Add a client practice; the transaction's scope names the id that `practice_id_of` gives."""
    stored = await tx.execute(
        insert(practice)
        .values(
            **msgspec.structs.asdict(new),
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            status="active",
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        await record(tx, "tenancy.practice.onboarded", "practice", tx.practice_id)
    return tx.practice_id


async def add_member(tx: Tx, new: NewMember) -> uuid.UUID:
    """Add a person with their roles. Known people keep their password; missing roles are added. Raises Invalid for an unknown role."""
    unknown = sorted(set(new.roles.values()) - ASSIGNABLE)
    if unknown:
        raise Invalid(f"unknown role {', '.join(unknown)}; the roles are {', '.join(sorted(ASSIGNABLE))}")
    email = new.email.lower()
    user_id = named_id("user", email)
    known = await tx.scalar(
        sa.select(user_account.c.id).where(user_account.c.company_id == tx.company_id, user_account.c.id == user_id)
    )
    if known is None:
        await tx.execute(
            user_account.insert().values(
                company_id=tx.company_id,
                id=user_id,
                email=email,
                display_name=new.display_name,
                password_hash=await hash_password(new.password),
                created_at=wall_now(),
            )
        )
        await record(tx, "tenancy.member.added", "user_account", user_id)
    for practice_id, role in new.roles.items():
        await assign_role(tx, user_id, practice_id, role)
    return user_id


async def assign_role(tx: Tx, user_id: uuid.UUID, practice_id: uuid.UUID | None, role: str) -> None:
    """Give a person a role in a practice, or company-wide; a role already held stays as it is."""
    membership_id = named_id("membership", user_id, practice_id, role)
    stored = await tx.execute(
        insert(membership)
        .values(
            company_id=tx.company_id,
            id=membership_id,
            user_id=user_id,
            practice_id=practice_id,
            role=role,
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        await record(
            tx,
            "tenancy.role.granted",
            "membership",
            membership_id,
            changed={"role": role, "practice_id": str(practice_id) if practice_id else None},
        )
