"""Payers and providers to bill with."""

import uuid
from typing import Any

from tests.plugins.tenants import Tenant

from directory.public import NewPayer, NewProvider, add_payer, add_provider

NPI, OTHER_NPI = "2999901012", "2999901020"
"""Sound check digits, never issued."""


def new_payer(**changes: Any) -> NewPayer:
    """A payer, with these facts changed."""
    facts = {"code": "BHERON", "name": "Blue Heron Health Plan", "kind": "commercial", "edi_id": "90003"}
    return NewPayer(**{**facts, "timely_filing_days": 180, **changes})


def new_provider(**changes: Any) -> NewProvider:
    """A provider, with these facts changed."""
    facts = {"npi": NPI, "last_name": "Okaforson", "first_name": "Ines", "taxonomy": "207Q00000X"}
    return NewProvider(**{**facts, **changes})


async def have_payer(tenant: Tenant, **changes: Any) -> uuid.UUID:
    """A payer of the tenant's company."""
    async with tenant.tx() as tx:
        return await add_payer(tx, new_payer(**changes))


async def have_provider(tenant: Tenant, **changes: Any) -> uuid.UUID:
    """A provider of the tenant's practice."""
    async with tenant.tx() as tx:
        return await add_provider(tx, new_provider(**changes))
