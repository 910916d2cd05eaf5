"""Invented people and their coverages."""

import datetime as dt
import uuid
from typing import Any

from tests.plugins.tenants import Tenant

from patients.public import NewCoverage, NewPatient, add_coverages, register_patients

BIRTH_DATE = dt.date(1980, 5, 17)


def new_patient(account_number: str = "10001", **changes: Any) -> NewPatient:
    """A person, with these facts changed."""
    facts = {"last_name": "Example", "first_name": "Robin", "birth_date": BIRTH_DATE, "sex": "F", "zip": "43215"}
    return NewPatient(account_number=account_number, **{**facts, **changes})


async def have_patients(tenant: Tenant, *people: NewPatient) -> list[uuid.UUID]:
    """These people on file, in the order given; without any, one."""
    people = people or (new_patient(),)
    async with tenant.tx() as tx:
        ids = await register_patients(tx, people)
    return [ids[one.account_number] for one in people]


def new_coverage(patient_id: uuid.UUID, payer_id: uuid.UUID, **changes: Any) -> NewCoverage:
    """A primary coverage of the patient's own, with these facts changed."""
    return NewCoverage(
        **{"patient_id": patient_id, "rank": 1, "payer_id": payer_id, "member_id": "SYN100200", **changes}
    )


async def have_coverages(tenant: Tenant, *coverages: NewCoverage) -> list[uuid.UUID]:
    """These coverages on file, in the order given."""
    async with tenant.tx() as tx:
        return await add_coverages(tx, coverages)
