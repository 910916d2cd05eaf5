"""The list of a company's practices."""

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from kernel.db.transaction import Tx

_OF_COMPANY = sa.text("select practice_id, slug, name, status, created_at from identity.company_practices()")


class PracticeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A practice in the company's own list."""

    practice_id: uuid.UUID
    slug: str
    name: str
    status: str
    created_at: dt.datetime


async def company_practices(tx: Tx) -> list[PracticeEntry]:
    """Every practice of the company of this transaction's signed scope, by slug."""
    return [PracticeEntry(**row._mapping) for row in await tx.execute(_OF_COMPANY)]  # noqa: SLF001
