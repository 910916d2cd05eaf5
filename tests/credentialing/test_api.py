"""The endpoints for enrollments."""

import datetime as dt

from tests.factories.clients import signed_in
from tests.factories.credentialing import have_enrollment, have_parties
from tests.factories.directory import NPI
from tests.plugins.tenants import MakeTenant, Tenant

from credentialing.api import EnrollmentController
from credentialing.permissions import MANAGE_ENROLLMENTS, READ_ENROLLMENTS
from kernel.ids import new_id


async def test_an_application_is_requested_approved_and_ended(tenant: Tenant) -> None:
    parties = await have_parties(tenant)
    path = f"/api/v1/practices/{tenant.practice_id}/enrollments"
    body = {"provider_npi": NPI, "payer_id": str(parties.payer_id), "requested_date": "2026-04-20"}
    async with signed_in(tenant, EnrollmentController, READ_ENROLLMENTS, MANAGE_ENROLLMENTS) as client:
        requested = [await client.post(path, json=body) for _ in range(2)]
        one = f"{path}/{requested[0].json()['id']}"
        approved = await client.post(f"{one}/approve", json={"effective_date": "2026-05-15"})
        ended = await client.post(f"{one}/end", json={"ended_date": "2026-08-31"})
        refused = await client.post(f"{one}/refuse")
        listed = await client.get(path)
    assert [answer.status_code for answer in requested] == [201, 201]
    assert requested[0].json() == requested[1].json()
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert (ended.status_code, ended.json()["ended_date"]) == (200, "2026-08-31")
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "enrollment-state")
    assert listed.json()["items"] == [ended.json()]


async def test_reading_is_not_managing(tenant: Tenant) -> None:
    enrollment_id = await have_enrollment(tenant, await have_parties(tenant))
    path = f"/api/v1/practices/{tenant.practice_id}/enrollments"
    async with signed_in(tenant, EnrollmentController, READ_ENROLLMENTS) as client:
        listed = await client.get(path)
        approved = await client.post(f"{path}/{enrollment_id}/approve", json={"effective_date": "2026-05-15"})
    assert [one["state"] for one in listed.json()["items"]] == ["requested"]
    assert approved.status_code == 403


async def test_the_id_of_another_practice_and_no_id_at_all_read_the_same(
    tenant: Tenant, make_tenant: MakeTenant
) -> None:
    enrollment_id = await have_enrollment(tenant, await have_parties(tenant), effective_date=dt.date(2026, 5, 15))
    sister = await make_tenant(company_id=tenant.company_id)
    path = f"/api/v1/practices/{sister.practice_id}/enrollments"
    async with signed_in(sister, EnrollmentController, MANAGE_ENROLLMENTS) as client:
        answers = [
            await client.post(f"{path}/{key}/approve", json={"effective_date": "2026-05-15"})
            for key in (enrollment_id, new_id())
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
