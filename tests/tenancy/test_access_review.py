"""The access review: complete, at any moment, as JSON, CSV and XLSX, safe to open, and on record."""

import csv
import datetime as dt
import io

import httpx
import openpyxl
import psycopg
import pytest
from tests.factories.people import Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, as_read

from kernel.clock import wall_now

REVIEW = "/api/v1/access-review"
Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def auditor(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    return await sign_in(web, await add_person(tenant, {None: "auditor"}, name="Ada Auditor"))


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> Person:
    person = await add_person(tenant, {tenant.practice_id: "biller"}, name="=cmd|' /C calc'!A0")
    await sign_in(web, person)
    return person


async def lines(client: httpx.AsyncClient, as_of: dt.datetime | None = None) -> list[dict[str, str]]:
    answer = await client.get(REVIEW, params={"as_of": as_of.isoformat()} if as_of else {})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()["lines"]
    return found


async def test_it_says_who_holds_what_where_since_when_from_whom_and_why(
    web: Web, tenant: Tenant, auditor: httpx.AsyncClient, biller: Person
) -> None:
    keeper_person = await add_person(tenant, {None: "tenant_admin"}, name="Kim Keeper")
    keeper = await sign_in(web, keeper_person)
    until = (wall_now() + dt.timedelta(days=30)).isoformat()
    wanted = {"role": "poster", "practice_id": str(tenant.practice_id), "expires_at": until}
    body = {"roles": [wanted], "reason": "year-end help"}
    address = f"/api/v1/members/{biller.user_id}"
    given = await keeper.post(f"{address}/roles", json=body, headers=await as_read(keeper, address))
    assert given.status_code == 201
    mine = {one["role"]: one for one in await lines(auditor) if one["user_id"] == str(biller.user_id)}
    assert set(mine) == {"biller", "poster"}
    assert mine["poster"]["granted_by"] == "Kim Keeper"
    assert mine["poster"]["reason"] == "year-end help"
    assert mine["poster"]["practice_name"] == "Riverbend Family Medicine"
    assert dt.datetime.fromisoformat(mine["poster"]["held_until"]) == dt.datetime.fromisoformat(until)
    assert mine["poster"]["held_since"]
    assert mine["biller"]["last_signed_in"]


async def test_it_looks_back(
    web: Web, tenant: Tenant, auditor: httpx.AsyncClient, biller: Person, admin: Admin
) -> None:
    keeper = await sign_in(web, await add_person(tenant, {None: "tenant_admin"}))
    before = wall_now()
    assert (await keeper.post(f"/api/v1/members/{biller.user_id}/end", json={"reason": "new job"})).status_code == 204
    assert str(biller.user_id) not in {one["user_id"] for one in await lines(auditor)}
    assert str(biller.user_id) in {one["user_id"] for one in await lines(auditor, before)}
    assert await lines(auditor, before - dt.timedelta(days=1)) == []


async def test_a_role_out_of_its_time_is_not_in_it(
    tenant: Tenant, auditor: httpx.AsyncClient, biller: Person, admin: Admin
) -> None:
    assert [one["role"] for one in await lines(auditor) if one["user_id"] == str(biller.user_id)] == ["biller"]
    admin.execute("update app.membership set expires_at = now() where user_id = %s", [biller.user_id])
    mine = [one for one in await lines(auditor) if one["user_id"] == str(biller.user_id)]
    assert [(one["role"], one["practice_id"]) for one in mine] == [("", None)]


async def test_files_hold_the_same_lines_and_run_nothing(auditor: httpx.AsyncClient, biller: Person) -> None:
    shown = await lines(auditor)
    as_csv = await auditor.get(f"{REVIEW}/files/csv")
    as_xlsx = await auditor.get(f"{REVIEW}/files/xlsx")
    assert "attachment" in as_csv.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"), newline="")))
    assert [(one["user_id"], one["role"]) for one in rows] == [(one["user_id"], one["role"]) for one in shown]
    assert {one["person"][0] for one in rows if one["user_id"] == str(biller.user_id)} == {"'"}
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert (await auditor.get(f"{REVIEW}/files/pdf")).status_code in {400, 404}


async def test_only_the_own_company_is_in_it_and_looking_is_on_record(
    tenant: Tenant, make_tenant: MakeTenant, auditor: httpx.AsyncClient, admin: Admin
) -> None:
    stranger = await make_tenant()
    theirs = await add_person(stranger, {stranger.practice_id: "biller"})
    assert str(theirs.user_id) not in {one["user_id"] for one in await lines(auditor)}
    events = admin.execute(
        "select count(*) from app.audit_event where company_id = %s and action = 'tenancy.access.reviewed'",
        [tenant.company_id],
    ).fetchall()
    assert events == [(1,)]


async def test_a_person_s_keys_are_shown_until_they_are_revoked(
    web: Web, tenant: Tenant, auditor: httpx.AsyncClient
) -> None:
    owner = await add_person(tenant, {tenant.practice_id: "biller"})
    program = await sign_in(web, owner)
    until = (wall_now() + dt.timedelta(days=30)).isoformat()
    wanted = {"name": "Nightly export", "expires_at": until}
    scope = {"permissions": ["claims:read"], "practice_ids": [str(tenant.practice_id)]}
    made = await program.post("/api/v1/api-keys", json={**wanted, **scope})
    assert made.status_code == 201, made.text
    shown = made.json()["shown"]
    before = wall_now()
    (mine,) = [one for one in await lines(auditor) if one["user_id"] == str(owner.user_id)]
    (key,) = mine["api_keys"]
    assert key["prefix"] == shown["prefix"]  # type: ignore[index]
    assert key["permissions"] == ["claims:read"]  # type: ignore[index]
    spreadsheet = (await auditor.get(f"{REVIEW}/files/csv")).text
    assert f"Nightly export ({shown['prefix']}) until" in spreadsheet
    assert made.json()["key"] not in spreadsheet
    assert (await program.post(f"/api/v1/api-keys/{shown['id']}/revoke")).status_code == 204
    (mine,) = [one for one in await lines(auditor) if one["user_id"] == str(owner.user_id)]
    assert mine["api_keys"] == []
    (mine,) = [one for one in await lines(auditor, before) if one["user_id"] == str(owner.user_id)]
    assert len(mine["api_keys"]) == 1


async def test_a_moment_without_a_zone_is_refused_and_a_biller_does_not_look(
    web: Web, tenant: Tenant, auditor: httpx.AsyncClient
) -> None:
    assert (await auditor.get(REVIEW, params={"as_of": "2026-01-31T17:00:00Z"})).status_code == 200
    refused = await auditor.get(REVIEW, params={"as_of": "2026-01-31T17:00:00"})
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/as_of"]
    assert (await (await web.signed_in(tenant, "biller")).get(REVIEW)).status_code == 403


async def test_roles_are_shown_with_what_they_may_do(auditor: httpx.AsyncClient) -> None:
    matrix = (await auditor.get("/api/v1/roles")).json()
    assert matrix["tenant_admin"] == [
        "company:manage",
        "payers:manage",
        "people:manage",
        "people:read",
        "rules:approve",
    ]
    assert "lead" in matrix
