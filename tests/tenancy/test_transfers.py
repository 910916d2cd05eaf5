"""Handing one person's work to another: seen first, confirmed as seen, all or nothing."""

import httpx
import pytest
from tests.factories.people import Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

MEMBERS = "/api/v1/members"


@pytest.fixture
async def sister(tenant: Tenant, make_tenant: MakeTenant) -> Tenant:
    """Another practice of the same company."""
    return await make_tenant(company_id=tenant.company_id)


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    return await sign_in(web, await add_person(tenant, {None: "tenant_admin"}))


@pytest.fixture
async def giver(tenant: Tenant, sister: Tenant) -> Person:
    return await add_person(tenant, {tenant.practice_id: "biller", sister.practice_id: "poster", None: "auditor"})


def address(giver: Person) -> str:
    return f"{MEMBERS}/{giver.user_id}/transfer"


async def hand_over(
    keeper: httpx.AsyncClient, giver: Person, taker: Person, *, practice: Tenant | None = None
) -> httpx.Response:
    """Look, then confirm what was seen."""
    only = {"practice": str(practice.practice_id)} if practice else {}
    seen = await keeper.get(address(giver), params={"to": str(taker.user_id), **only})
    assert seen.status_code == 200, seen.text
    body = {"to_user_id": str(taker.user_id), "digest": seen.json()["digest"], "reason": "parental leave"}
    return await keeper.post(address(giver), json={**body, "practice_id": only.get("practice")})


async def statuses(client: httpx.AsyncClient, *tenants: Tenant) -> list[int]:
    return [(await client.get(base_of(one))).status_code for one in tenants]


async def test_all_practices_move_and_what_is_company_wide_stays(
    web: Web, tenant: Tenant, sister: Tenant, keeper: httpx.AsyncClient, giver: Person
) -> None:
    taker = await add_person(tenant, {sister.practice_id: "poster"})
    old, new = await sign_in(web, giver), await sign_in(web, taker)
    assert await statuses(old, tenant, sister) == [200, 200]
    assert await statuses(new, tenant, sister) == [404, 200]
    done = await hand_over(keeper, giver, taker)
    assert done.status_code == 200
    assert [one["role"] for one in done.json()["roles"]] == ["biller"]
    assert [one["role"] for one in done.json()["held_already"]] == ["poster"]
    assert await statuses(old, tenant, sister) == [404, 404]
    assert await statuses(new, tenant, sister) == [200, 200]
    left = (await keeper.get(f"{MEMBERS}/{giver.user_id}")).json()["roles"]
    assert [(one["role"], one["practice_id"]) for one in left] == [("auditor", None)]
    changes = (await keeper.get(f"{MEMBERS}/{taker.user_id}/role-changes")).json()["items"]
    assert changes[-1]["reason"] == "parental leave"


async def test_one_practice_moves_alone(
    web: Web, tenant: Tenant, sister: Tenant, keeper: httpx.AsyncClient, giver: Person
) -> None:
    taker = await add_person(tenant, {tenant.practice_id: "coder"})
    old, new = await sign_in(web, giver), await sign_in(web, taker)
    assert (await hand_over(keeper, giver, taker, practice=sister)).status_code == 200
    assert await statuses(old, tenant, sister) == [200, 404]
    assert await statuses(new, tenant, sister) == [200, 200]


async def test_a_role_the_other_may_not_hold_stops_the_whole_transfer(
    web: Web, tenant: Tenant, sister: Tenant, keeper: httpx.AsyncClient, giver: Person
) -> None:
    taker = await add_person(tenant, {tenant.practice_id: "lead"})
    refused = await keeper.get(address(giver), params={"to": str(taker.user_id)})
    assert refused.status_code == 409
    assert "biller and lead cannot be held together" in refused.json()["detail"]
    assert await statuses(await sign_in(web, giver), tenant, sister) == [200, 200]
    assert (await hand_over(keeper, giver, taker, practice=sister)).status_code == 200


async def test_a_preview_that_has_aged_moves_nothing(
    web: Web, tenant: Tenant, sister: Tenant, keeper: httpx.AsyncClient, giver: Person
) -> None:
    taker = await add_person(tenant, {tenant.practice_id: "coder"})
    seen = (await keeper.get(address(giver), params={"to": str(taker.user_id)})).json()
    await keeper.post(f"{MEMBERS}/roles/{seen['roles'][0]['id']}/end", json={"reason": "no longer needed"})
    body = {"to_user_id": str(taker.user_id), "digest": seen["digest"], "reason": "parental leave"}
    refused = await keeper.post(address(giver), json=body)
    assert refused.status_code == 409
    assert "changed since the preview" in refused.json()["detail"]
    assert await statuses(await sign_in(web, taker), tenant, sister) == [200, 404]
    assert (await hand_over(keeper, giver, taker)).status_code == 200


async def test_nobody_hands_over_to_themselves_to_a_leaver_or_nothing(
    tenant: Tenant, keeper: httpx.AsyncClient, giver: Person
) -> None:
    leaver = await add_person(tenant, {tenant.practice_id: "coder"})
    assert (await keeper.get(address(giver), params={"to": str(leaver.user_id)})).status_code == 200
    assert (await keeper.post(f"{MEMBERS}/{leaver.user_id}/end", json={"reason": "new job"})).status_code == 204
    to_leaver = await keeper.get(address(giver), params={"to": str(leaver.user_id)})
    assert (to_leaver.status_code, "has left" in to_leaver.json()["detail"]) == (409, True)
    assert (await keeper.get(address(giver), params={"to": str(giver.user_id)})).status_code == 422
    nothing = await keeper.get(address(leaver), params={"to": str(giver.user_id)})
    assert (nothing.status_code, "nothing to hand over" in nothing.json()["detail"]) == (409, True)
