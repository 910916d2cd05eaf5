"""The endpoints for patients."""

from tests.factories.clients import signed_in
from tests.factories.directory import have_payer
from tests.factories.patients import have_coverages, have_patients, new_coverage, new_patient
from tests.plugins.tenants import MakeTenant, Tenant

from audit.public import count_by_action
from kernel.ids import new_id
from patients.api import PatientController
from patients.permissions import READ_PATIENTS


async def test_patients_come_in_pages_and_one_by_one(tenant: Tenant) -> None:
    ids = await have_patients(tenant, *(new_patient(number) for number in ("10001", "10002", "10003")))
    path = f"/api/v1/practices/{tenant.practice_id}/patients"
    async with signed_in(tenant, PatientController, READ_PATIENTS) as client:
        first = (await client.get(path, params={"limit": 2})).json()
        rest = (await client.get(path, params={"limit": 2, "cursor": first["next"]})).json()
        one = (await client.get(f"{path}/{ids[1]}")).json()
        too_many = await client.get(path, params={"limit": 100_000})
    assert [patient["id"] for patient in first["items"] + rest["items"]] == [str(key) for key in ids]
    assert one == first["items"][1]
    assert rest["next"] is None
    assert too_many.status_code == 400


async def test_coverages_are_shown_and_the_reading_is_on_record(tenant: Tenant) -> None:
    (patient_id,) = await have_patients(tenant)
    (coverage_id,) = await have_coverages(tenant, new_coverage(patient_id, await have_payer(tenant)))
    async with signed_in(tenant, PatientController, READ_PATIENTS) as client:
        answer = await client.get(f"/api/v1/practices/{tenant.practice_id}/patients/{patient_id}/coverages")
    assert [one["id"] for one in answer.json()["items"]] == [str(coverage_id)]
    async with tenant.tx() as tx:
        assert (await count_by_action(tx))["patients.patient.read"] == 1


async def test_the_id_of_another_practice_and_no_id_at_all_read_the_same(
    tenant: Tenant, make_tenant: MakeTenant
) -> None:
    (patient_id,) = await have_patients(tenant)
    sister = await make_tenant(company_id=tenant.company_id)
    path = f"/api/v1/practices/{sister.practice_id}/patients"
    async with signed_in(sister, PatientController, READ_PATIENTS) as client:
        answers = [
            await client.get(f"{path}/{key}{part}") for key in (patient_id, new_id()) for part in ("", "/coverages")
        ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_without_the_permission_nobody_is_shown(tenant: Tenant) -> None:
    (patient_id,) = await have_patients(tenant)
    async with signed_in(tenant, PatientController, "claims:read") as client:
        answer = await client.get(f"/api/v1/practices/{tenant.practice_id}/patients/{patient_id}")
    assert answer.status_code == 403
