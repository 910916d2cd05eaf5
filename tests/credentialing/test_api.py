"""The endpoints for enrollments."""

import asyncio
import datetime as dt

import httpx
from tests.factories.clients import signed_in
from tests.factories.credentialing import have_enrollment, have_parties
from tests.factories.directory import NPI
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import as_read

from credentialing.api import EnrollmentController
from credentialing.permissions import MANAGE_ENROLLMENTS, READ_ENROLLMENTS
from kernel.ids import new_id


async def decide(
    client: httpx.AsyncClient, enrollment: str, decision: str, body: dict[str, str] | None = None
) -> httpx.Response:
    """Decide about an enrollment as it is now."""
    return await client.post(f"{enrollment}/{decision}", json=body, headers=await as_read(client, enrollment))


async def test_an_application_is_requested_approved_and_ended(tenant: Tenant) -> None:
    parties = await have_parties(tenant)
    path = f"/api/v1/practices/{tenant.practice_id}/enrollments"
    body = {"provider_npi": NPI, "payer_id": str(parties.payer_id), "requested_date": "2026-04-20"}
    async with signed_in(tenant, EnrollmentController, READ_ENROLLMENTS, MANAGE_ENROLLMENTS) as client:
        requested = [await client.post(path, json=body) for _ in range(2)]
        one = f"{path}/{requested[0].json()['id']}"
        approved = await decide(client, one, "approve", {"effective_date": "2026-05-15"})
        ended = await decide(client, one, "end", {"ended_date": "2026-08-31"})
        refused = await decide(client, one, "refuse")
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
        approved = await decide(client, f"{path}/{enrollment_id}", "approve", {"effective_date": "2026-05-15"})
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
            await client.post(f"{path}/{key}/approve", json={"effective_date": "2026-05-15"}, headers={"If-Match": "*"})
            for key in (enrollment_id, new_id())
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_of_two_approvals_of_one_version_the_second_is_told_of_the_first(tenant: Tenant) -> None:
    """Each would write its date over the other's."""
    enrollment_id = await have_enrollment(tenant, await have_parties(tenant))
    one = f"/api/v1/practices/{tenant.practice_id}/enrollments/{enrollment_id}"
    async with signed_in(tenant, EnrollmentController, READ_ENROLLMENTS, MANAGE_ENROLLMENTS) as client:
        seen = await as_read(client, one)
        days = ("2026-05-15", "2026-06-01")
        answers = await asyncio.gather(
            *(client.post(f"{one}/approve", json={"effective_date": day}, headers=seen) for day in days)
        )
        blind = await client.post(f"{one}/approve", json={"effective_date": "2026-07-01"})
        now = await client.get(one)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert blind.status_code == 428
    (made,) = (answer for answer in answers if answer.status_code == 200)
    assert now.json() == made.json()
