"""Patients of a practice that is suspended read their bill and pay nothing; of one that has left there is no bill."""

import httpx
import pytest
from tests.factories.claims import Visit, build, open_clinic
from tests.factories.people import add_person, sign_in
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

BIRTH = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
ACCOUNT, PAY = "/bill/account", "/bill/pay"
WHY = {"reason": "the contract is being renewed"}


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    return await sign_in(web, await add_person(tenant, {None: "tenant_admin"}))


@pytest.fixture
async def code(web: Web, tenant: Tenant) -> str:
    """The bill code of somebody born on February 29, 1980."""
    clinic = await open_clinic(tenant)
    patient_id = (await build(clinic, Visit()))["E-1"].patient_id
    biller = await web.signed_in(tenant, "biller")
    found: str = (await biller.post(f"{base_of(tenant)}/patients/{patient_id}/bill-code")).json()["code"]
    return found


async def opened(web: Web, code: str) -> httpx.AsyncClient:
    """Somebody who tried the code with the right date of birth."""
    visitor = web.visitor()
    await visitor.post("/bill", data={"bill_code": code, **BIRTH})
    return visitor


async def test_a_suspended_practices_bill_is_read_and_not_paid(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, code: str
) -> None:
    patient, practice = await opened(web, code), f"/api/v1/company/practices/{tenant.practice_id}"
    assert (await patient.get(ACCOUNT)).status_code == 200
    assert (await patient.get(PAY)).status_code in {200, 303}
    assert (await keeper.post(f"{practice}/suspend", json=WHY)).status_code == 204
    assert (await patient.get(ACCOUNT)).status_code == 200
    assert (await (await opened(web, code)).get(ACCOUNT)).status_code == 200
    for refused in (await patient.get(PAY), await patient.post(PAY, data={"choice": "all"})):
        assert refused.status_code == 403
    assert (await keeper.post(f"{practice}/resume", json=WHY)).status_code == 204
    assert (await patient.get(PAY)).status_code in {200, 303}


async def test_an_offboarded_practices_bill_is_gone_at_the_next_request(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, code: str
) -> None:
    patient, practice = await opened(web, code), f"/api/v1/company/practices/{tenant.practice_id}"
    assert (await patient.get(ACCOUNT)).status_code == 200
    assert (await web.visitor().get(f"/bill/link/{code}")).status_code == 200
    digest = (await keeper.get(f"{practice}/offboarding")).json()["digest"]
    assert (await keeper.post(f"{practice}/offboard", json={"digest": digest, **WHY})).status_code == 200
    assert (await patient.get(ACCOUNT)).headers["Location"] == "/bill"
    assert (await (await opened(web, code)).get(ACCOUNT)).headers["Location"] == "/bill"
    assert (await web.visitor().get(f"/bill/link/{code}")).status_code == 404
