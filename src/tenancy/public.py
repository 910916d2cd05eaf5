"""What others may ask of tenancy: the practice they act for, and the use cases that set a company up."""

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from kernel.db.transaction import Tx
from kernel.errors import NotFound
from tenancy.companies import NewPractice, company_id_of, onboard_practice, open_company, practice_id_of
from tenancy.identity.authentication import Authentication
from tenancy.identity.bill_access import BillPractice, bill_practice, issue_bill_code, open_bill
from tenancy.identity.cookies import COOKIE, session_cookie, session_token
from tenancy.identity.sessions import OpenedSession, Sessions
from tenancy.people import NewMember, add_member
from tenancy.roles import ROLES
from tenancy.tables import practice

__all__ = [
    "COOKIE",
    "ROLES",
    "Authentication",
    "BillPractice",
    "NewMember",
    "NewPractice",
    "OpenedSession",
    "PracticeProfile",
    "Sessions",
    "add_member",
    "bill_practice",
    "company_id_of",
    "issue_bill_code",
    "onboard_practice",
    "open_bill",
    "open_company",
    "practice_id_of",
    "practice_profile",
    "session_cookie",
    "session_token",
]


class PracticeProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A client practice as claims, bills and reports show it."""

    practice_id: uuid.UUID
    company_id: uuid.UUID
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
    status: str
    created_at: dt.datetime


async def practice_profile(tx: Tx) -> PracticeProfile:
    """The practice of this transaction. Raises NotFound when it does not exist."""
    row = (await tx.execute(sa.select(practice).where(practice.c.practice_id == tx.practice_id))).one_or_none()
    if row is None:
        raise NotFound("there is no such practice, or you have no access to it")
    return PracticeProfile(**row._mapping)  # noqa: SLF001
