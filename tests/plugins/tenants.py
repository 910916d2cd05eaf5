"""A company and practice of a test's own, and transactions in their scope."""

import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import msgspec
import pytest

from kernel.clock import wall_now
from kernel.context import Audience, Scope
from kernel.crypto.keyring import company_keys
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from tenancy.tables import company, practice
from tenancy.tax_ids import seal_tax_id


class Tenant(msgspec.Struct, frozen=True):
    """A practice of a company, and how to act in it."""

    database: Database
    company_id: uuid.UUID
    practice_id: uuid.UUID
    user_id: uuid.UUID

    def scope(self, audience: Audience = "staff", patient_id: uuid.UUID | None = None) -> Scope:
        """The scope of somebody of this practice."""
        return Scope(
            audience=audience,
            company_id=self.company_id,
            practice_id=self.practice_id,
            patient_id=patient_id,
            user_id=None if audience == "patient" else self.user_id,
            role="biller" if audience == "staff" else audience,
            request_id="test",
        )

    def tx(self, audience: Audience = "staff", patient_id: uuid.UUID | None = None) -> AbstractAsyncContextManager[Tx]:
        """A transaction that commits when its block ends."""
        return open_transaction(self.database, self.scope(audience, patient_id))


MakeTenant = Callable[..., Awaitable[Tenant]]


@pytest.fixture
def make_tenant(database: Database) -> MakeTenant:
    """Make a practice; with `company_id`, one more practice of that company."""

    async def make(*, company_id: uuid.UUID | None = None) -> Tenant:
        return await make_tenant_in(database, company_id=company_id)

    return make


@pytest.fixture
async def tenant(make_tenant: MakeTenant) -> Tenant:
    """A practice of this test's own."""
    return await make_tenant()


async def make_tenant_in(database: Database, *, company_id: uuid.UUID | None = None) -> Tenant:
    """A practice in this database; with `company_id`, one more practice of that company."""
    tenant = Tenant(database, company_id or new_id(), new_id(), new_id())
    async with tenant.tx() as tx:
        if company_id is None:
            await tx.execute(
                company.insert().values(
                    company_id=tenant.company_id,
                    slug="northgate",
                    name="Northgate Billing",
                    currency="USD",
                    created_at=wall_now(),
                )
            )
        await add_practice(tx)
    return tenant


async def add_practice(tx: Tx) -> None:
    """The practice that this transaction acts for, without the event that onboarding it would leave."""
    sealed = seal_tax_id(await company_keys(tx), tx.practice_id, "311234567")
    await tx.execute(practice.insert().values(**_practice_values(tx), tax_id_sealed=sealed))


def _practice_values(tx: Tx) -> dict[str, object]:
    return {
        "practice_id": tx.practice_id,
        "company_id": tx.company_id,
        "slug": f"practice-{tx.practice_id}",
        "name": "Riverbend Family Medicine",
        "npi": "1234567893",
        "taxonomy": "207Q00000X",
        "address": "12 Mill Street",
        "city": "Columbus",
        "state_code": "OH",
        "zip": "432151234",
        "phone": "6145550100",
        "time_zone": "America/New_York",
        "claim_prefix": "RB",
        "status": "active",
        "created_at": wall_now(),
    }
