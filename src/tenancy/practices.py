"""The list of a company's practices."""

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx

_OF_COMPANY = sa.func.identity.company_practices().table_valued(
    sa.column("practice_id", sa.Uuid()),
    sa.column("slug", sa.Text()),
    sa.column("name", sa.Text()),
    sa.column("status", sa.Text()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    name="company_practice",
)


class PracticeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A practice in the company's own list."""

    practice_id: uuid.UUID
    slug: str
    name: str
    status: str
    created_at: dt.datetime


async def company_practices(tx: Tx, page: PageAsked | None = None) -> list[PracticeEntry]:
    """Every practice of the company of this transaction's signed scope, by slug."""
    rows = await tx.execute(paged(sa.select(_OF_COMPANY), page, _OF_COMPANY.c.slug))
    return [PracticeEntry(**row._mapping) for row in rows]  # noqa: SLF001
