"""Every list comes in pages, and a cursor opens the list that made it and no other."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

import httpx
import pytest
from tests.api.conftest import Furnished, furnish
from tests.api.keys import key_of
from tests.api.test_foreign_ids import complete
from tests.factories.patients import have_patients, new_patient
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from audit.public import ACTIONS
from kernel.db.keyset import PageAsked
from kernel.http.pages import Page
from kernel.ids import new_id
from tenancy.public import ROLES

INVITED = {"display_name": "Sam Example", "roles": [{"role": "auditor", "practice_id": None}], "reason": "joins us"}
NUMBERS = [f"1000{digit}" for digit in range(1, 8)]


def paged_paths(document: dict[str, Any]) -> list[str]:
    """The addresses of all lists that come in pages."""
    return [
        path
        for path, methods in document["paths"].items()
        if any(one["name"] == "cursor" for one in methods.get("get", {}).get("parameters", ()))
    ]


def names(row: dict[str, Any]) -> Any:
    """What tells a row of a list from the others."""
    return row.get("id") or row.get("practice_id") or row


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who may read seven patients."""
    await have_patients(tenant, *(new_patient(number) for number in NUMBERS))
    return await web.signed_in(tenant, "biller")


async def listed(biller: httpx.AsyncClient, tenant: Tenant, **query: Any) -> Any:
    answer = await biller.get(f"{base_of(tenant)}/patients", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


NOT_PAGED = {
    "/api/v1/company/audit/actions": "the vocabulary of events, about a hundred lines",
    "/api/v1/practices/{practice_id}/audit/actions": "the vocabulary of events, about a hundred lines",
    "/api/v1/roles": "one entry for each role of the product, 15 of them",
}
"""Lists that come whole, with what bounds them."""

GROWS_BY_BEING_READ = {"/api/v1/company/audit/events", "/api/v1/practices/{practice_id}/audit/events"}
"""Whose pages are compared in tests/compliance, up to a moment."""


def test_every_list_is_paged(web: Web) -> None:
    """A route that returns a list without pages is named with its bound, and one that takes a page returns one."""
    bare, paged = set(), 0
    for route in web.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            signature = handler.parsed_fn_signature
            asks = any(one.annotation is PageAsked for one in signature.parameters.values())
            returned = get_origin(signature.return_type.annotation)
            assert asks == (returned is Page), handler
            paged += asks
            if returned in {list, tuple, dict, Sequence, Mapping} and "GET" in handler.http_methods:
                bare.add(route.path_format)
    assert paged >= 18
    assert bare == set(NOT_PAGED)


def test_what_comes_whole_is_as_small_as_it_says() -> None:
    assert len(ROLES) == 15
    assert 80 < len(ACTIONS) < 200


@pytest.fixture
async def office(web: Web, make_tenant: MakeTenant) -> tuple[httpx.AsyncClient, Furnished]:
    """A practice with several of everything that is listed about a company, and who may read it all."""
    ours = await complete(web, await furnish(web, await make_tenant()))
    await make_tenant(company_id=ours.tenant.company_id)
    boss = await web.signed_in(ours.tenant, "administrator", company_wide=True)
    me = (await boss.get("/api/v1/session")).json()["user_id"]
    for number in range(2):
        invited = {**INVITED, "email": f"{number}-{new_id()}@northgate.example"}
        assert (await boss.post("/api/v1/invitations", json=invited)).status_code == 201
        await key_of(web, boss, ours.tenant, ["people:read"], company_wide=True)
        given = {"roles": [{"role": ("auditor", "coder")[number], "practice_id": str(ours.tenant.practice_id)}]}
        body = {**given, "reason": "several"}
        assert (await boss.post(f"/api/v1/members/{me}/roles", json=body, headers={"If-Match": "*"})).status_code == 201
    return boss, Furnished(ours.tenant, {**ours.ids, "user_id": uuid.UUID(me)})


async def test_every_list_in_pages_of_one_is_the_whole_list(office: tuple[httpx.AsyncClient, Furnished]) -> None:
    boss, ours = office
    several = set()
    paths = set(paged_paths((await boss.get("/api/v1/openapi/openapi.json")).json()))
    assert paths > GROWS_BY_BEING_READ
    for path in sorted(paths - GROWS_BY_BEING_READ):
        address = path.format(**ours.ids)
        whole = (await boss.get(address, params={"limit": 200})).json()["items"]
        if len(whole) > 1:
            several.add(path)
        seen, cursor = [], {}
        for _ in range(len(whole) + 1):
            page = (await boss.get(address, params={"limit": 1, **cursor})).json()
            seen += page["items"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert [names(one) for one in seen] == [names(one) for one in whole], path
    assert {path for path in several if "{practice_id}" not in path} >= {
        "/api/v1/api-keys",
        "/api/v1/company/practices",
        "/api/v1/company/practices/{practice}/role-changes",
        "/api/v1/invitations",
        "/api/v1/members",
        "/api/v1/members/{user_id}/api-keys",
        "/api/v1/members/{user_id}/role-changes",
    }


async def test_ones_own_sessions_come_in_pages_the_latest_first(web: Web, tenant: Tenant) -> None:
    email = await web.member(tenant, "biller")
    for _ in range(3):
        client = web.visitor()
        signed_in = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        assert signed_in.status_code == 201
    first = (await client.get("/api/v1/sessions", params={"limit": 2})).json()
    rest = (await client.get("/api/v1/sessions", params={"cursor": first["next"]})).json()
    opened = [one["opened_at"] for one in (*first["items"], *rest["items"])]
    assert (len(opened), opened, rest["next"]) == (3, sorted(opened, reverse=True), None)
    assert [one["current"] for one in first["items"]] == [True, False]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_pages_hold_every_row_once_and_in_order(biller: httpx.AsyncClient, tenant: Tenant, limit: int) -> None:
    seen, page = [], await listed(biller, tenant, limit=limit)
    while True:
        assert len(page["items"]) <= limit
        seen += [one["account_number"] for one in page["items"]]
        if page["next"] is None:
            break
        page = await listed(biller, tenant, limit=limit, cursor=page["next"])
    assert seen == NUMBERS


async def test_a_row_added_meanwhile_neither_repeats_nor_hides_another(
    biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    first = await listed(biller, tenant, limit=3)
    await have_patients(tenant, new_patient("10000"), new_patient("10004-A"))
    rest = await listed(biller, tenant, cursor=first["next"])
    assert [one["account_number"] for one in rest["items"]] == ["10004", "10004-A", "10005", "10006", "10007"]


async def test_a_cursor_tells_nothing(biller: httpx.AsyncClient, tenant: Tenant) -> None:
    cursors = {(await listed(biller, tenant, limit=3))["next"] for _ in range(2)}
    assert len(cursors) == 2
    assert all("10003" not in cursor for cursor in cursors)


async def test_a_cursor_of_another_list_is_refused_as_a_changed_one_is(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant, make_tenant: MakeTenant
) -> None:
    cursor = (await listed(biller, tenant, limit=3))["next"]
    await listed(biller, tenant, limit=1, cursor=cursor)
    sister = await make_tenant()
    hers = await web.signed_in(sister, "biller")
    refused = [
        await biller.get(f"{base_of(tenant)}/patients", params={"cursor": cursor[:-4] + "AAAA"}),
        await biller.get(f"{base_of(tenant)}/patients", params={"cursor": "10003"}),
        await biller.get(f"{base_of(tenant)}/patients", params={"cursor": str(uuid.UUID(int=0))}),
        await biller.get(f"{base_of(tenant)}/claims", params={"cursor": cursor}),
        await hers.get(f"{base_of(sister)}/patients", params={"cursor": cursor}),
    ]
    for answer in refused:
        assert answer.status_code == 400
        (fault,) = answer.json()["errors"]
        assert (fault["source"], fault["pointer"]) == ("query", "/cursor")
