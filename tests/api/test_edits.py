"""Nobody overwrites what they have not seen: edits carry the version they are edits of."""

import asyncio
from collections import Counter

import httpx
import pytest
from tests.api.edits import TAKES_IF_MATCH
from tests.factories.people import add_person
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web

from kernel.http.versions import is_current, is_single

POLICY = "/api/v1/sign-in-policy"


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who manages the company and its people."""
    return await web.signed_in(tenant, "administrator", company_wide=True)


@pytest.fixture
async def address(tenant: Tenant) -> str:
    """Where the company's coder is read and renamed."""
    person = await add_person(tenant, {tenant.practice_id: "coder"}, name="Cody Coder")
    return f"/api/v1/members/{person.user_id}"


async def rename(client: httpx.AsyncClient, address: str, name: str, version: str | None) -> httpx.Response:
    headers = {} if version is None else {"If-Match": version}
    return await client.patch(address, json={"display_name": name}, headers=headers)


async def test_an_edit_of_what_is_there_is_made_and_answers_the_next_version(
    keeper: httpx.AsyncClient, address: str
) -> None:
    version = (await keeper.get(address)).headers["ETag"]
    first = await rename(keeper, address, "Cody Newname", version)
    assert (first.status_code, first.json()["display_name"]) == (200, "Cody Newname")
    assert first.headers["ETag"] != version
    assert first.headers["ETag"] == (await keeper.get(address)).headers["ETag"]
    second = await rename(keeper, address, "Cody Thirdname", first.headers["ETag"])
    assert second.status_code == 200, "an answer's own version is good for the next edit"


async def test_an_edit_that_says_no_version_is_asked_for_one_and_changes_nothing(
    keeper: httpx.AsyncClient, address: str
) -> None:
    refused = await rename(keeper, address, "Cody Newname", None)
    assert refused.status_code == 428
    assert refused.headers["Content-Type"] == "application/problem+json"
    told = refused.json()
    assert told["detail"] == "read what you mean to change first, and send its ETag as If-Match"
    assert [(one["source"], one["pointer"]) for one in told["errors"]] == [("header", "/If-Match")]
    assert (await keeper.get(address)).json()["display_name"] == "Cody Coder"


async def test_an_edit_of_an_older_version_is_refused_with_the_present_one(
    keeper: httpx.AsyncClient, address: str
) -> None:
    old = (await keeper.get(address)).headers["ETag"]
    assert (await rename(keeper, address, "Cody Newname", old)).status_code == 200
    refused = await rename(keeper, address, "Cody Other", old)
    assert refused.status_code == 412
    assert refused.json()["type"].endswith("/version-stale")
    assert "read it again" in refused.json()["detail"]
    now = await keeper.get(address)
    assert now.json()["display_name"] == "Cody Newname"
    assert refused.headers["ETag"] == now.headers["ETag"]
    assert (await rename(keeper, address, "Cody Other", refused.headers["ETag"])).status_code == 200


async def test_of_many_edits_at_once_of_one_version_exactly_one_is_made(
    keeper: httpx.AsyncClient, address: str
) -> None:
    version = (await keeper.get(address)).headers["ETag"]
    names = [f"Cody Number{number}" for number in range(6)]
    answers = await asyncio.gather(*(rename(keeper, address, name, version) for name in names))
    assert Counter(one.status_code for one in answers) == {200: 1, 412: 5}
    (made,) = (one for one in answers if one.status_code == 200)
    assert (await keeper.get(address)).json()["display_name"] == made.json()["display_name"]
    assert {one.headers["ETag"] for one in answers} == {made.headers["ETag"]}, "all learn of the version that won"


async def test_the_companys_rules_are_edited_once_a_version_too(keeper: httpx.AsyncClient) -> None:
    version = (await keeper.get(POLICY)).headers["ETag"]
    body, headers = {"second_factor_required": False}, {"If-Match": version}
    assert (await keeper.put(POLICY, json=body)).status_code == 428
    assert (await keeper.put(POLICY, json=body, headers={"If-Match": '"old"'})).status_code == 412
    assert (await keeper.put(POLICY, json=body, headers=headers)).status_code == 200


async def test_giving_roles_takes_the_version_of_the_person(
    keeper: httpx.AsyncClient, tenant: Tenant, address: str
) -> None:
    """A role held for another time is replaced: without a version the second to set it would undo the first unseen."""
    version = (await keeper.get(address)).headers["ETag"]
    body = {"roles": [{"role": "poster", "practice_id": str(tenant.practice_id)}], "reason": "covers"}
    assert (await keeper.post(f"{address}/roles", json=body)).status_code == 428
    given = await keeper.post(f"{address}/roles", json=body, headers={"If-Match": version})
    assert given.status_code == 201
    assert given.headers["ETag"] == (await keeper.get(address)).headers["ETag"]
    assert (await keeper.post(f"{address}/roles", json=body, headers={"If-Match": version})).status_code == 412


@pytest.mark.parametrize(
    ("header", "current"),
    [('"a"', True), ('"b", "a"', True), ("*", True), (" * ", True), ('W/"a"', False), ('"b"', False), ("a", False)],
)
def test_which_versions_an_edit_is_meant_for(header: str, current: bool) -> None:  # noqa: FBT001
    assert is_current('"a"', header) is current


async def test_the_manual_says_which_edits_take_a_version(web: Web) -> None:
    paths = (await web.visitor().get("/api/v1/openapi/openapi.json")).json()["paths"]
    told = set()
    for path, methods in paths.items():
        for method, operation in methods.items():
            headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
            if "If-Match" in headers:
                told.add(f"{method.upper()} {path}")
                assert {"412", "428"} <= set(operation["responses"])
    assert told == set(TAKES_IF_MATCH)


async def test_the_address_whose_version_an_edit_takes_has_one(web: Web) -> None:
    single = {
        route.path_format
        for route in web.app.routes
        for handler in getattr(route, "route_handlers", ())
        if "GET" in handler.http_methods and is_single(handler)
    }
    assert set(TAKES_IF_MATCH.values()) <= single
