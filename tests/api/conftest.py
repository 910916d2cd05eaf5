"""A practice with one of everything that has an id, and its neighbor."""

import uuid

import msgspec
import pytest
from tests.api.encounter_files import csv_bytes
from tests.api.remittances import small_remittance
from tests.factories.claims import Clinic, Visit, build, open_clinic
from tests.factories.clearinghouse import connect, leave
from tests.interop.encounter_rows import row
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from tenancy.public import find_by_email

MARKER = "Zebulonovich"
"""A name that no answer about anything else may hold."""


class Furnished(msgspec.Struct, frozen=True):
    """A practice and the ids of what it has, by the name of their path parameter."""

    tenant: Tenant
    ids: dict[str, uuid.UUID]


async def furnish(web: Web, tenant: Tenant, *, folder: str = "riverbend", name: str = MARKER) -> Furnished:
    """A claim of a patient of that name, an enrollment, refused rows, a file and its remittance; each through its own door."""
    clinic: Clinic = await open_clinic(tenant, connected=False)
    await connect(tenant, folder=folder)
    claim = (await build(clinic, Visit(patient={"last_name": name})))["E-1"]
    biller = await web.signed_in(tenant, "biller")
    base = base_of(tenant)
    mailboxes = web.resources.settings.home / "exchange" / str(tenant.company_id)
    leave(mailboxes, f"{tenant.practice_id}.835", small_remittance(), folder=folder)
    assert (await biller.post(f"{base}/edi-files/poll")).status_code == 202
    bad = csv_bytes(row("E-9", service_date="someday", patient_last_name=name))
    imported = await biller.post(f"{base}/imports/encounters", content=bad, params={"file_name": "bad.csv"})
    assert imported.status_code == 201, imported.text
    begun = await biller.post(f"{base}/imports/encounters/uploads", json={"size_bytes": 10, "sha256": "0" * 64})
    assert begun.status_code == 201, begun.text
    await web.run_jobs(tenant)
    (file,) = (await biller.get(f"{base}/edi-files")).json()["items"]
    (remittance,) = (await biller.get(f"{base}/remittances")).json()["items"]
    own_person = await web.member(tenant, "practice_admin")
    async with tenant.tx() as tx:
        person_id = await find_by_email(tx, own_person)
    return Furnished(
        tenant,
        {
            "practice_id": tenant.practice_id,
            "person_id": person_id,
            "claim_id": claim.id,
            "patient_id": claim.patient_id,
            "edi_file_id": uuid.UUID(file["id"]),
            "upload_id": uuid.UUID(begun.json()["id"]),
            "run_id": uuid.UUID(imported.json()["id"]),
            "remittance_id": uuid.UUID(remittance["id"]),
            "enrollment_id": next(iter(clinic.enrollments.values())),
        },
    )


@pytest.fixture
async def theirs(web: Web, make_tenant: MakeTenant) -> Furnished:
    """A practice of another company, with one of everything."""
    return await furnish(web, await make_tenant())
