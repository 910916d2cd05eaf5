"""A link that opens a bill once: with the birth date, within a week, and under the same lock as the code."""

import base64
import datetime as dt
import uuid

import httpx
import pytest
from tests.factories.claims import Visit, build, open_clinic
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of
from tests.tenancy.identity.accounts import Admin, pass_time

from kernel.clock import wall_now
from tenancy.identity.bill_access import LINK_LIFETIME
from tenancy.identity.links import make_link_token

RIGHT = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
WRONG = {**RIGHT, "birth_day": "28"}
ACCOUNT = "/bill/account"


@pytest.fixture
async def patient_id(tenant: Tenant) -> uuid.UUID:
    clinic = await open_clinic(tenant)
    found: uuid.UUID = (await build(clinic, Visit()))["E-1"].patient_id
    return found


async def issue(web: Web, tenant: Tenant, patient_id: uuid.UUID) -> str:
    """The path of a new link."""
    biller = await web.signed_in(tenant, "biller")
    answer = await biller.post(f"{base_of(tenant)}/patients/{patient_id}/bill-link")
    assert answer.status_code == 201, answer.text
    return httpx.URL(answer.json()["link"]).path


@pytest.fixture
async def link(web: Web, tenant: Tenant, patient_id: uuid.UUID) -> str:
    return await issue(web, tenant, patient_id)


async def test_a_link_opens_the_bill_once_after_the_birth_date(web: Web, link: str) -> None:
    visitor = web.visitor()
    for _ in range(2):  # a mail program that looks at the link first does not use it up
        page = await visitor.get(link)
        assert page.status_code == 200
        assert "Riverbend Family Medicine" in page.text
        assert "Marlowe" not in page.text
    assert (await visitor.post(link, data=WRONG)).status_code == 422
    assert (await visitor.get(ACCOUNT)).status_code == 303
    assert (await visitor.post(link, data=RIGHT)).headers["Location"] == ACCOUNT
    assert (await visitor.get(ACCOUNT)).status_code == 200
    other = web.visitor()
    assert (await other.post(link, data=RIGHT)).status_code == 404
    assert (await other.get(link)).status_code == 404
    assert (await visitor.get(ACCOUNT)).status_code == 200


async def test_a_spent_link_is_replaced_by_a_new_one_and_the_code_stays(
    web: Web, tenant: Tenant, patient_id: uuid.UUID, link: str
) -> None:
    assert (await web.visitor().post(link, data=RIGHT)).status_code == 303
    again = await issue(web, tenant, patient_id)
    assert again != link
    assert (await web.visitor().post(again, data=RIGHT)).headers["Location"] == ACCOUNT
    biller = await web.signed_in(tenant, "biller")
    code = (await biller.post(f"{base_of(tenant)}/patients/{patient_id}/bill-code")).json()["code"]
    assert (await web.visitor().post("/bill", data={"bill_code": code, **RIGHT})).headers["Location"] == ACCOUNT


async def test_five_wrong_dates_lock_every_link_and_the_code_for_an_hour(
    web: Web, tenant: Tenant, patient_id: uuid.UUID, link: str, admin: Admin
) -> None:
    second = await issue(web, tenant, patient_id)
    biller = await web.signed_in(tenant, "biller")
    code = (await biller.post(f"{base_of(tenant)}/patients/{patient_id}/bill-code")).json()["code"]
    for path in (link, link, link, second, second):
        assert (await web.visitor().post(path, data=WRONG)).status_code == 422
    assert (await web.visitor().post(link, data=RIGHT)).status_code == 429
    assert (await web.visitor().post(second, data=RIGHT)).status_code == 429
    assert (await web.visitor().post("/bill", data={"bill_code": code, **RIGHT})).status_code == 429
    pass_time(admin, tenant, "patient_access", "locked_until", dt.timedelta(hours=1, seconds=1))
    assert (await web.visitor().post(link, data=RIGHT)).headers["Location"] == ACCOUNT


@pytest.mark.parametrize("fault", ["truncated", "longer", "changed", "another key", "expired", "of nobody", "no token"])
async def test_a_link_that_is_not_ours_opens_nothing(web: Web, link: str, fault: str) -> None:
    key = web.resources.sessions.keys.links
    token = link.rpartition("/")[2]
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    row_id = uuid.UUID(bytes=bytes(raw[:16]))
    raw[17] ^= 1
    later = wall_now() + LINK_LIFETIME
    faulty = {
        "truncated": token[:-2],
        "longer": token + "AA",
        "changed": base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="),
        "another key": make_link_token("bill", row_id, later, b"k" * 32),
        "expired": make_link_token("bill", row_id, wall_now(), key),
        "of nobody": make_link_token("bill", uuid.UUID(int=7), later, key),
        "no token": "%20%25-",
    }[fault]
    for method in ("GET", "POST"):
        answer = await web.visitor().request(method, f"/bill/once/{faulty}", data=RIGHT if method == "POST" else None)
        assert answer.status_code == 404
    assert (await web.visitor().post(link, data=RIGHT)).status_code == 303


async def test_the_row_of_a_link_expires_too(web: Web, tenant: Tenant, link: str, admin: Admin) -> None:
    pass_time(admin, tenant, "bill_link", "expires_at", LINK_LIFETIME + dt.timedelta(seconds=1))
    assert (await web.visitor().post(link, data=RIGHT)).status_code == 404


async def test_another_practices_staff_cannot_make_a_link(
    web: Web, make_tenant: MakeTenant, patient_id: uuid.UUID, tenant: Tenant
) -> None:
    stranger = await make_tenant()
    theirs = await web.signed_in(stranger, "biller")
    assert (await theirs.post(f"{base_of(stranger)}/patients/{patient_id}/bill-link")).status_code == 404
    assert (await theirs.post(f"{base_of(tenant)}/patients/{patient_id}/bill-link")).status_code == 404
    assert await issue(web, tenant, patient_id)


async def test_guessing_codes_makes_an_address_wait(web: Web, link: str) -> None:
    visitor = web.visitor()
    for number in range(30):
        answer = await visitor.post("/bill", data={"bill_code": f"AAAA-BBBB-CC{number:02d}", **RIGHT})
        assert answer.status_code == 422
    assert (await visitor.post(link, data=RIGHT)).status_code == 429
    elsewhere = Web(web.app, web.resources)
    assert (await elsewhere.visitor().post(link, data=RIGHT)).status_code == 303
    await elsewhere.close()
