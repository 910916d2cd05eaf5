"""Keys for programs: never more than their owner, for a limited time, gone on the next request."""

import datetime as dt
import re
import uuid

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of, request_id_of
from tests.tenancy.identity.accounts import SESSION, Account, Admin, account, pass_time
from tests.tenancy.identity.sent import statements

from audit.tables import audit_event
from kernel.clock import wall_now

KEYS = "/api/v1/api-keys"


class Made(msgspec.Struct, frozen=True):
    """A key, and a program that sends it."""

    id: str
    key: str
    program: httpx.AsyncClient


def wanted(tenant: Tenant, *permissions: str, **more: object) -> dict[str, object]:
    return {
        "name": "Nightly export",
        "permissions": list(permissions or ("practice:read", "claims:read")),
        "practice_ids": [str(tenant.practice_id)],
        "expires_at": (wall_now() + dt.timedelta(days=30)).isoformat(),
        **more,
    }


def program(web: Web, key: str) -> httpx.AsyncClient:
    """It is no browser: it sends the key and says nothing about where it comes from."""
    client = web.visitor()
    del client.headers["Sec-Fetch-Site"]
    client.headers["Authorization"] = f"Bearer {key}"
    return client


@pytest.fixture
async def ana(web: Web, tenant: Tenant) -> Account:
    return await account(web, tenant)


@pytest.fixture
async def office(ana: Account) -> httpx.AsyncClient:
    """Ana, who just gave her password."""
    return await ana.signed_in()


@pytest.fixture
async def made(web: Web, tenant: Tenant, office: httpx.AsyncClient) -> Made:
    answer = await office.post(KEYS, json=wanted(tenant))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Made(body["shown"]["id"], body["key"], program(web, body["key"]))


async def test_a_key_is_shown_once_and_does_what_it_was_made_for(
    tenant: Tenant, office: httpx.AsyncClient, made: Made
) -> None:
    assert re.fullmatch(r"bw_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", made.key)
    assert (await made.program.get(base_of(tenant))).status_code == 200
    assert (await made.program.get(f"{base_of(tenant)}/claims")).status_code == 200
    (shown,) = (await office.get(KEYS)).json()["items"]
    assert made.key.startswith(shown["prefix"] + "_")
    assert made.key not in str(shown)
    assert shown["last_used_at"] is not None


async def test_a_key_has_only_the_permissions_and_practices_it_was_given(
    tenant: Tenant, make_tenant: MakeTenant, made: Made
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    assert (await made.program.get(f"{base_of(tenant)}/patients")).status_code == 403
    assert (await made.program.get(base_of(sister))).status_code == 404


async def test_a_key_cannot_be_made_for_more_than_its_owner_holds(
    tenant: Tenant, make_tenant: MakeTenant, office: httpx.AsyncClient
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    late = (wall_now() + dt.timedelta(days=366)).isoformat()
    faulty = {
        "/permissions/1": wanted(tenant, "claims:read", "remittances:post"),
        "/permissions": {**wanted(tenant), "permissions": []},
        "/practice_ids/0": wanted(sister),
        "/practice_ids": wanted(tenant, practice_ids=[]),
        "/company_wide": wanted(tenant, company_wide=True),
        "/expires_at": wanted(tenant, expires_at=late),
    }
    for pointer, body in faulty.items():
        refused = await office.post(KEYS, json=body)
        assert refused.status_code == 422, pointer
        assert pointer in {one["pointer"] for one in refused.json()["errors"]}
    over = wanted(tenant, expires_at=(wall_now() - dt.timedelta(seconds=1)).isoformat())
    assert (await office.post(KEYS, json=over)).status_code == 422
    without_end = {name: value for name, value in wanted(tenant).items() if name != "expires_at"}
    assert (await office.post(KEYS, json=without_end)).status_code == 400
    assert (await office.get(KEYS)).json()["items"] == []


async def test_a_permission_its_owner_loses_is_lost_to_the_key_on_the_next_request(
    tenant: Tenant, made: Made, admin: Admin
) -> None:
    assert (await made.program.get(f"{base_of(tenant)}/claims")).status_code == 200
    admin.execute("update app.membership set role = 'credentialing' where practice_id = %s", [tenant.practice_id])
    assert (await made.program.get(f"{base_of(tenant)}/claims")).status_code == 403
    assert (await made.program.get(base_of(tenant))).status_code == 200
    admin.execute("update app.membership set ended_at = now() where practice_id = %s", [tenant.practice_id])
    assert (await made.program.get(base_of(tenant))).status_code == 404


@pytest.mark.parametrize("end", ["revoked", "expired", "owner left"])
async def test_an_ended_key_is_refused_on_the_next_request(
    tenant: Tenant, office: httpx.AsyncClient, made: Made, admin: Admin, end: str
) -> None:
    assert (await made.program.get(base_of(tenant))).status_code == 200
    if end == "revoked":
        assert (await office.post(f"{KEYS}/{made.id}/revoke")).status_code == 204
        assert (await office.post(f"{KEYS}/{made.id}/revoke")).status_code == 404
    elif end == "expired":
        pass_time(admin, tenant, "api_key", "expires_at", dt.timedelta(days=30))
    else:
        admin.execute("update app.user_account set ended_at = now() where company_id = %s", [tenant.company_id])
    refused = await made.program.get(base_of(tenant))
    assert refused.status_code == 401
    assert refused.json()["detail"].startswith("this key opens nothing")


@pytest.mark.parametrize("fault", ["truncated", "longer", "changed", "no key", "empty", "prefix alone"])
async def test_what_is_no_key_opens_nothing(web: Web, tenant: Tenant, made: Made, fault: str) -> None:
    damaged = {
        "truncated": made.key[:-1],
        "longer": f"{made.key}A",
        "changed": made.key[:-1] + ("A" if made.key[-1] != "A" else "B"),
        "no key": "' or true --",
        "empty": "",
        "prefix alone": made.key[:12],
    }[fault]
    assert (await program(web, damaged).get(base_of(tenant))).status_code == 401
    assert (await program(web, made.key).get(base_of(tenant))).status_code == 200


async def test_a_key_comes_without_a_cookie_and_a_cookie_without_a_key(
    tenant: Tenant, office: httpx.AsyncClient, made: Made
) -> None:
    headers = {"Authorization": f"Bearer {made.key}"}
    both = await office.get(base_of(tenant), headers=headers)
    assert both.status_code == 422
    assert "not both" in both.json()["detail"]
    assert (await office.get(base_of(tenant))).status_code == 200


async def test_a_program_writes_without_saying_where_it_comes_from(web: Web, tenant: Tenant, ana: Account) -> None:
    office = await ana.signed_in()
    key = (await office.post(KEYS, json=wanted(tenant, "claims:submit"))).json()["key"]
    answer = await program(web, key).post(f"{base_of(tenant)}/claims/{uuid.uuid4()}/scrub")
    assert answer.status_code == 404
    office.headers.pop("Sec-Fetch-Site")
    assert (await office.post(f"{base_of(tenant)}/claims/{uuid.uuid4()}/scrub")).status_code == 403


async def test_a_key_is_no_person(tenant: Tenant, made: Made) -> None:
    """It can neither make keys, nor see or end sessions, nor change how its owner signs in."""
    assert (await made.program.get(SESSION)).status_code == 200
    for method, path, body in (
        ("POST", KEYS, wanted(tenant)),
        ("GET", KEYS, None),
        ("GET", "/api/v1/sessions", None),
        ("POST", "/api/v1/second-factor", None),
        ("POST", f"{SESSION}/password-again", {"password": "x"}),
    ):
        answer = await made.program.request(method, path, json=body)
        assert answer.status_code == 403, path


async def test_making_a_key_needs_a_fresh_password(
    tenant: Tenant, ana: Account, office: httpx.AsyncClient, admin: Admin
) -> None:
    pass_time(admin, tenant, "session", "authenticated_at", dt.timedelta(minutes=5, seconds=1))
    assert (await office.post(KEYS, json=wanted(tenant))).status_code == 403
    assert (await office.post(f"{SESSION}/password-again", json={"password": ana.password})).status_code == 204
    assert (await office.post(KEYS, json=wanted(tenant))).status_code == 201


async def test_events_of_a_key_name_its_owner_and_the_key(
    tenant: Tenant, office: httpx.AsyncClient, made: Made
) -> None:
    owner = (await office.get(SESSION)).json()["user_id"]
    refused = await made.program.get(f"{base_of(tenant)}/patients")
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.user_id, audit_event.c.session_id).where(
                audit_event.c.practice_id == tenant.practice_id, audit_event.c.request_id == request_id_of(refused)
            )
        )
        assert [(str(row.user_id), str(row.session_id)) for row in rows] == [(owner, made.id)]


async def test_finding_a_key_is_one_statement_and_its_use_is_written_once_a_minute(
    web: Web, tenant: Tenant, made: Made, admin: Admin
) -> None:
    await made.program.get(base_of(tenant))
    version = "select xmin::text from app.api_key where company_id = %s"
    used = admin.execute(version, [tenant.company_id]).fetchall()
    async with statements(web, "identity") as sent:
        assert (await made.program.get(base_of(tenant))).status_code == 200
    assert len(sent) == 1
    assert "identity.find_api_key" in sent[0]
    assert admin.execute(version, [tenant.company_id]).fetchall() == used


async def test_an_administrator_ends_a_persons_key_and_a_stranger_sees_none(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, office: httpx.AsyncClient, made: Made
) -> None:
    user_id = (await office.get(SESSION)).json()["user_id"]
    address = f"/api/v1/members/{user_id}/api-keys"
    stranger = await web.signed_in(await make_tenant(), "administrator", company_wide=True)
    assert (await stranger.get(address)).json()["items"] == []
    assert (await stranger.post(f"{address}/{made.id}/revoke")).status_code == 404
    assert (await made.program.get(base_of(tenant))).status_code == 200
    administrator = await web.signed_in(tenant, "administrator", company_wide=True)
    assert [one["id"] for one in (await administrator.get(address)).json()["items"]] == [made.id]
    assert (await administrator.post(f"{address}/{made.id}/revoke")).status_code == 204
    assert (await made.program.get(base_of(tenant))).status_code == 401


async def test_the_key_itself_is_not_kept(tenant: Tenant, made: Made, admin: Admin) -> None:
    (row,) = admin.execute(
        "select row_to_json(k)::text from app.api_key k where company_id = %s", [tenant.company_id]
    ).fetchall()
    assert made.key not in str(row)
    assert made.key[12:] not in str(row)
