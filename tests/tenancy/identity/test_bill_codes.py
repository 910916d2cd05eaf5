"""The code on a paper bill: how it looks, what opens it, and what closes it."""

import datetime as dt
import re
import uuid

import httpx
import psycopg
import pytest
from tests.factories.claims import Visit, build, open_clinic
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from tenancy.identity.bill_access import ALPHABET

RIGHT = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
WRONG = {**RIGHT, "birth_day": "28"}
ACCOUNT = "/bill/account"


@pytest.fixture
async def patient_id(tenant: Tenant) -> uuid.UUID:
    """A patient born on February 29, 1980, with one visit."""
    clinic = await open_clinic(tenant)
    found: uuid.UUID = (await build(clinic, Visit()))["E-1"].patient_id
    return found


@pytest.fixture
async def code(web: Web, tenant: Tenant, patient_id: uuid.UUID) -> str:
    return await issue(web, tenant, patient_id)


async def issue(web: Web, tenant: Tenant, patient_id: uuid.UUID) -> str:
    biller = await web.signed_in(tenant, "biller")
    answer = await biller.post(f"{base_of(tenant)}/patients/{patient_id}/bill-code")
    assert answer.status_code == 201
    code: str = answer.json()["code"]
    assert answer.json()["link"].endswith(f"/bill/link/{code}")
    return code


async def try_code(visitor: httpx.AsyncClient, code: str, birth: dict[str, str]) -> httpx.Response:
    return await visitor.post("/bill", data={"bill_code": code, **birth})


async def test_a_code_is_three_times_four_letters_nobody_confuses_and_stays_the_same(
    web: Web, tenant: Tenant, patient_id: uuid.UUID, code: str
) -> None:
    assert re.fullmatch(f"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{2}}", code)
    assert not set("O0I1LU") & set(ALPHABET)
    assert await issue(web, tenant, patient_id) == code


async def test_code_and_birth_date_open_the_bill_however_the_code_is_typed(web: Web, code: str) -> None:
    for typed in (code, code.lower().replace("-", " "), code.replace("-", "")):
        visitor = web.visitor()
        assert (await visitor.get(ACCOUNT)).headers["Location"] == "/bill"
        assert (await try_code(visitor, typed, RIGHT)).headers["Location"] == ACCOUNT
        assert (await visitor.get(ACCOUNT)).status_code == 200


async def test_a_wrong_date_and_a_wrong_code_read_the_same(web: Web, code: str) -> None:
    visitor = web.visitor()
    wrong_date = await try_code(visitor, code, WRONG)
    wrong_code = await try_code(visitor, "AAAA-BBBB-CCCC", RIGHT)
    assert wrong_date.status_code == wrong_code.status_code == 422

    def words(answer: httpx.Response) -> str:
        return re.sub(r'value="[^"]*"', "", answer.text)

    assert words(wrong_date) == words(wrong_code)
    assert (await visitor.get(ACCOUNT)).status_code == 303


async def test_five_wrong_dates_lock_the_code_even_for_the_right_one_for_an_hour(
    web: Web, tenant: Tenant, code: str, admin: psycopg.Connection[tuple[object, ...]]
) -> None:
    for _ in range(5):
        assert (await try_code(web.visitor(), code, WRONG)).status_code == 422
    locked = await try_code(web.visitor(), code, RIGHT)
    assert locked.status_code == 429
    admin.execute(
        "update app.patient_access set locked_until = locked_until - %s where practice_id = %s",
        [dt.timedelta(hours=1, seconds=1), tenant.practice_id],
    )
    assert (await try_code(web.visitor(), code, RIGHT)).headers["Location"] == ACCOUNT


async def test_the_right_date_forgets_the_wrong_ones(web: Web, code: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert (await try_code(web.visitor(), code, WRONG)).status_code == 422
        assert (await try_code(web.visitor(), code, RIGHT)).headers["Location"] == ACCOUNT


async def test_a_link_asks_for_the_birth_date_and_names_nobody(web: Web, code: str) -> None:
    visitor = web.visitor()
    page = await visitor.get(f"/bill/link/{code}")
    assert page.status_code == 200
    assert "Riverbend Family Medicine" in page.text
    assert "Marlowe" not in page.text
    assert (await visitor.post(f"/bill/link/{code}", data=WRONG)).status_code == 422
    assert (await visitor.post(f"/bill/link/{code}", data=RIGHT)).headers["Location"] == ACCOUNT
    assert (await visitor.get("/bill/link/AAAA-BBBB-CCCC")).status_code == 404


async def test_neither_code_nor_birth_date_is_kept(
    tenant: Tenant, code: str, admin: psycopg.Connection[tuple[object, ...]]
) -> None:
    rows = admin.execute(
        "select row_to_json(a)::text from app.patient_access a where practice_id = %s", [tenant.practice_id]
    ).fetchall()
    assert len(rows) == 1
    assert code.replace("-", "") not in str(rows)
    assert "1980-02-29" not in str(rows)


async def test_a_patient_reaches_no_staff_endpoint(web: Web, tenant: Tenant, code: str) -> None:
    visitor = web.visitor()
    await try_code(visitor, code, RIGHT)
    for path in ("", "/claims", "/patients", "/reports/summary"):
        assert (await visitor.get(base_of(tenant) + path)).status_code in {403, 404}, path
