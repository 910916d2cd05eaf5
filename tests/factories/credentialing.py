"""A provider and a payer, and the enrollment of one with the other."""

import datetime as dt
import uuid

import msgspec
from tests.factories.directory import NPI, have_payer, have_provider
from tests.plugins.tenants import Tenant

from credentialing.public import NewEnrollment, request_enrollment

REQUESTED = dt.date(2026, 4, 20)


class Parties(msgspec.Struct, frozen=True):
    """Who wants to bill whom."""

    provider_id: uuid.UUID
    payer_id: uuid.UUID


async def have_parties(tenant: Tenant) -> Parties:
    """A provider of the practice and a payer of the company."""
    return Parties(await have_provider(tenant), await have_payer(tenant))


async def have_enrollment(tenant: Tenant, parties: Parties, *, effective_date: dt.date | None = None) -> uuid.UUID:
    """The provider's application to the payer; approved already where there is an effective date."""
    async with tenant.tx() as tx:
        return await request_enrollment(
            tx,
            NewEnrollment(
                provider_npi=NPI, payer_id=parties.payer_id, requested_date=REQUESTED, effective_date=effective_date
            ),
        )
