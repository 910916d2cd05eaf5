"""What others may ask of tenancy: the practice they act for, and the use cases that set a company up."""

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from kernel.crypto.keyring import company_keys
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from tenancy.companies import (
    NewPractice,
    company_id_of,
    company_name,
    list_companies,
    onboard_practice,
    open_company,
    practice_id_of,
)
from tenancy.grants import Grant
from tenancy.identity.api_keys import KeyShown, NewKey, list_keys, make_key, owner_scope, revoke_key
from tenancy.identity.authentication import Authentication, refuse_bad_key
from tenancy.identity.bill_access import (
    BillDoor,
    BillPractice,
    bill_practice,
    by_code,
    by_link,
    issue_bill_code,
    issue_bill_link,
    open_bill,
)
from tenancy.identity.cookies import COOKIE, cookie_name, session_cookie, session_token
from tenancy.identity.edge import leaving_scope, visitor_of
from tenancy.identity.key_scope import KeyScope
from tenancy.identity.password_change import issue_reset
from tenancy.identity.principal import HalfSession
from tenancy.identity.sessions import OpenedSession, Sessions
from tenancy.invitations import (
    NewInvitation,
    invitation_token,
    invite,
    list_invitations,
    show_invitation_token,
    withdraw_invitation,
)
from tenancy.lifecycle import (
    Offboarding,
    OpenWork,
    offboard_practice,
    preview_offboarding,
    resume_practice,
    suspend_practice,
)
from tenancy.memberships import grant_roles
from tenancy.names import names_of_people
from tenancy.people import NewMember, add_member, end_member, find_account, find_by_email, list_members
from tenancy.practices import PracticeEntry, company_practices
from tenancy.review import AccessReview, access_review, review_file
from tenancy.roles import ROLES
from tenancy.shapes import DisplayName, Email, KeyName, Reason, Slug
from tenancy.tables import practice
from tenancy.tax_ids import open_tax_id
from tenancy.transfers import TransferPlan, plan_transfer, transfer_roles

__all__ = [
    "COOKIE",
    "ROLES",
    "AccessReview",
    "Authentication",
    "BillDoor",
    "BillPractice",
    "BillingPractice",
    "DisplayName",
    "Email",
    "Grant",
    "HalfSession",
    "KeyName",
    "KeyScope",
    "KeyShown",
    "NewInvitation",
    "NewKey",
    "NewMember",
    "NewPractice",
    "Offboarding",
    "OpenWork",
    "OpenedSession",
    "PracticeEntry",
    "PracticeProfile",
    "Reason",
    "Sessions",
    "Slug",
    "TransferPlan",
    "access_review",
    "add_member",
    "bill_practice",
    "billing_practice",
    "by_code",
    "by_link",
    "company_id_of",
    "company_name",
    "company_practices",
    "cookie_name",
    "end_member",
    "find_account",
    "find_by_email",
    "grant_roles",
    "invitation_token",
    "invite",
    "issue_bill_code",
    "issue_bill_link",
    "issue_reset",
    "leaving_scope",
    "list_companies",
    "list_invitations",
    "list_keys",
    "list_members",
    "make_key",
    "names_of_people",
    "offboard_practice",
    "onboard_practice",
    "open_bill",
    "open_company",
    "owner_scope",
    "plan_transfer",
    "practice_id_of",
    "practice_profile",
    "preview_offboarding",
    "refuse_bad_key",
    "resume_practice",
    "review_file",
    "revoke_key",
    "session_cookie",
    "session_token",
    "show_invitation_token",
    "suspend_practice",
    "transfer_roles",
    "visitor_of",
    "withdraw_invitation",
]


class PracticeProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A client practice as bills and reports show it."""

    practice_id: uuid.UUID
    company_id: uuid.UUID
    slug: str
    name: str
    npi: str
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


class BillingPractice(PracticeProfile, frozen=True, kw_only=True):
    """A client practice as claims name it: with its tax id, nine digits, which is kept encrypted."""

    tax_id: str


async def practice_profile(tx: Tx) -> PracticeProfile:
    """The practice of this transaction, without its tax id. Raises NotFound when it does not exist."""
    row = await _row(tx)
    return PracticeProfile(**{name: getattr(row, name) for name in PracticeProfile.__struct_fields__})


async def billing_practice(tx: Tx) -> BillingPractice:
    """The practice of this transaction, for who bills in its name. Raises NotFound when it does not exist."""
    row = await _row(tx)
    tax_id = open_tax_id(await company_keys(tx), row.practice_id, row.tax_id_sealed)
    return BillingPractice(**{name: getattr(row, name) for name in PracticeProfile.__struct_fields__}, tax_id=tax_id)


async def _row(tx: Tx) -> sa.Row[Any]:
    row = (await tx.execute(sa.select(practice).where(practice.c.practice_id == tx.practice_id))).one_or_none()
    if row is None:
        raise NotFound("there is no such practice, or you have no access to it")
    return row
