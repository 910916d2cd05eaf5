"""Opening a billing company and adding practices to it. Both are keyed by name and may be run again."""

import datetime as dt
import uuid
from typing import Annotated
from zoneinfo import available_timezones

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.crypto.keyring import company_keys
from kernel.db.transaction import Tx
from kernel.errors import Conflict, FieldError, Invalid, NotFound
from kernel.ids import named_id
from tenancy.shapes import Slug, Words
from tenancy.tables import company, practice
from tenancy.tax_ids import open_tax_id, seal_tax_id


def _shape(pattern: str, example: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=pattern, examples=[example])


class NewPractice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client practice as it will appear on claims. `claim_prefix` begins its claim numbers; `zip` has nine digits."""

    slug: Slug
    name: Words
    npi: Annotated[str, _shape("^[0-9]{10}$", "1234567893")]
    tax_id: Annotated[str, _shape("^[0-9]{9}$", "310000001")]
    taxonomy: Annotated[str, _shape("^[0-9A-Z]{10}$", "207Q00000X")]
    address: Words
    city: Words
    state_code: Annotated[str, _shape("^[A-Z]{2}$", "OH")]
    zip: Annotated[str, _shape("^[0-9]{9}$", "432151234")]
    phone: Annotated[str, _shape("^[0-9]{10}$", "6145550100")]
    time_zone: Annotated[str, msgspec.Meta(max_length=60)]
    claim_prefix: Annotated[str, _shape("^[A-Z]{1,8}$", "RB")]


class CompanyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A billing company in the operator's list."""

    company_id: uuid.UUID
    slug: str
    name: str
    created_at: dt.datetime
    practices: int


def company_id_of(slug: str) -> uuid.UUID:
    """A company's id, from its name."""
    return named_id("company", slug)


def practice_id_of(company_id: uuid.UUID, slug: str) -> uuid.UUID:
    """A practice's id, from its name within its company."""
    return named_id("practice", company_id, slug)


async def open_company(tx: Tx, *, slug: str, name: str) -> uuid.UUID:
    """Open a billing company; the transaction's scope names the id that `company_id_of` gives.

    Opening it again changes nothing. Raises Conflict when it was opened under another name.
    """
    stored = await tx.execute(
        insert(company)
        .values(company_id=tx.company_id, slug=slug, name=name, currency="USD", created_at=wall_now())
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "tenancy.company.opened", "company", tx.company_id)
    elif (known := await company_name(tx)) != name:
        raise Conflict(f"{slug} is open already, as {known}; choose another short name for another company")
    return tx.company_id


async def onboard_practice(tx: Tx, new: NewPractice) -> uuid.UUID:
    """Add a client practice; the transaction's scope names the id that `practice_id_of` gives. Adding it again changes nothing.

    Raises Invalid for no time zone, Conflict when its short name stands for another practice or for one that was offboarded.
    """
    if new.time_zone not in available_timezones():
        message = "time_zone is an IANA name, for example America/New_York"
        raise Invalid(message, fields=(FieldError("/time_zone", message),))
    told = msgspec.structs.asdict(new)
    sealed = seal_tax_id(await company_keys(tx), tx.practice_id, told.pop("tax_id"))
    stored = await tx.execute(
        insert(practice)
        .values(
            **told,
            tax_id_sealed=sealed,
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            status="active",
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "tenancy.practice.onboarded", "practice", tx.practice_id)
    else:
        await _refuse_another(tx, new)
    return tx.practice_id


async def _refuse_another(tx: Tx, new: NewPractice) -> None:
    """A short name stands for one practice for good: its id is made from it."""
    row = (await tx.execute(sa.select(practice).where(practice.c.practice_id == tx.practice_id))).one()
    if row.status == "offboarded":
        raise Conflict(f"{new.slug} was offboarded; choose another short name for it to come back under")
    told = msgspec.structs.asdict(new)
    known = dict(row._mapping) | {"tax_id": open_tax_id(await company_keys(tx), row.practice_id, row.tax_id_sealed)}  # noqa: SLF001
    other = [name for name, value in told.items() if known[name] != value]
    if other:
        raise Conflict(f"{new.slug} is a practice already, with another {', '.join(other)}; choose another short name")


async def list_companies(tx: Tx) -> list[CompanyEntry]:
    """Every company of the installation by slug, for its operator; only the scheduler's login role may see them."""
    practices = sa.select(sa.func.count()).where(practice.c.company_id == company.c.company_id).scalar_subquery()
    rows = await tx.execute(
        sa.select(
            company.c.company_id, company.c.slug, company.c.name, company.c.created_at, practices.label("practices")
        ).order_by(company.c.slug, company.c.company_id)
    )
    return [CompanyEntry(**row._mapping) for row in rows]  # noqa: SLF001


async def company_name(tx: Tx) -> str:
    """The name of this transaction's company. Raises NotFound when it does not exist."""
    name: str | None = await tx.scalar(sa.select(company.c.name).where(company.c.company_id == tx.company_id))
    if name is None:
        raise NotFound("there is no such company; `billwright company list` shows the ones there are")
    return name
