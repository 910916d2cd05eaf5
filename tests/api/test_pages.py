"""Every list comes in pages, and a cursor opens the list that made it and no other."""

import uuid
from typing import Any, get_origin

import httpx
import pytest
from tests.factories.patients import have_patients, new_patient
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from kernel.db.keyset import PageAsked
from kernel.http.pages import Page

NUMBERS = [f"1000{digit}" for digit in range(1, 8)]


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
    "/api/v1/api-keys",
    "/api/v1/company/practices",
    "/api/v1/company/practices/{practice}/role-changes",
    "/api/v1/members",
    "/api/v1/members/{user_id}/api-keys",
    "/api/v1/members/{user_id}/role-changes",
    "/api/v1/practices/{practice_id}/audit/checkpoints",
    "/api/v1/roles",
    "/api/v1/sessions",
}
"""Not paged yet: lists of a company about itself (clients, members, roles, keys), of own sessions, and of checkpoints."""


def test_every_list_is_paged(web: Web) -> None:
    """A route that returns a list without pages is named with its reason, and one that takes a page returns one."""
    bare, paged = set(), 0
    for route in web.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            signature = handler.parsed_fn_signature
            asks = any(one.annotation is PageAsked for one in signature.parameters.values())
            answers = get_origin(signature.return_type.annotation) is Page
            assert asks == answers, handler
            paged += answers
            if get_origin(signature.return_type.annotation) is list and "GET" in handler.http_methods:
                bare.add(route.path_format)
    assert paged >= 9
    assert bare - NOT_PAGED == set()


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
        await biller.get(f"{base_of(tenant)}/patients", params={"cursor": cursor, "other": "filter"}),
        await hers.get(f"{base_of(sister)}/patients", params={"cursor": cursor}),
    ]
    for answer in refused:
        assert answer.status_code == 400
        (fault,) = answer.json()["errors"]
        assert (fault["source"], fault["pointer"]) == ("query", "/cursor")
