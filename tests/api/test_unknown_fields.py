"""A field that an address does not know is pointed at, and nothing is done: what was meant by it must not be lost silently."""

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import msgspec
import pytest
from tests.api.conftest import Furnished, furnish
from tests.api.doors import knock
from tests.api.test_examples import signed_in
from tests.api.test_foreign_ids import complete
from tests.api.test_openapi import faults
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import Web
from tests.tenancy.identity.accounts import account

from tenancy.people_api import RoleAsked
from tenancy.public import Grant

UNKNOWN = "zq_marlowska"
SECOND_STEP = "POST /api/v1/session/second-factor"


@pytest.fixture
async def ours(web: Web, make_tenant: MakeTenant) -> Furnished:
    """A practice with one of everything."""
    return await complete(web, await furnish(web, await make_tenant()))


def structs_in(declared: Any) -> Iterator[type[msgspec.Struct]]:
    """Every struct that a type is made of."""
    if isinstance(declared, type) and issubclass(declared, msgspec.Struct):
        yield declared
        for field in msgspec.structs.fields(declared):
            yield from structs_in(field.type)
    for part in get_args(declared):
        yield from structs_in(part)


def places(body: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a body, with its JSON pointer."""
    if isinstance(body, dict):
        yield place, body
    parts = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, one in parts:
        yield from places(one, f"{place}/{name}")


async def half_signed_in(web: Web, one: Furnished) -> httpx.AsyncClient:
    """Somebody whose password was right, and who is asked for a code."""
    person = await account(web, one.tenant)
    await person.set_up_factor(await person.signed_in())
    client = web.visitor()
    assert (await person.give_password(client)).json()["stage"] == "second_factor"
    return client


def test_every_type_of_a_body_forbids_unknown_fields(web: Web) -> None:
    handlers = [one for route in web.app.routes for one in getattr(route, "route_handlers", ())]
    asked = {one.parsed_data_field.annotation for one in handlers if one.parsed_data_field is not None}
    found = {struct for declared in asked for struct in structs_in(declared)}
    assert len(found) > len(asked) > 25
    assert [one.__qualname__ for one in found if not one.__struct_config__.forbid_unknown_fields] == []


def test_what_is_read_from_our_own_tables_may_hold_more_than_this_version_knows() -> None:
    stored = {"role": "biller", "written_later": 1}
    assert msgspec.convert(stored, Grant).role == "biller"
    with pytest.raises(msgspec.ValidationError, match="written_later"):
        msgspec.convert(stored, RoleAsked)


async def test_an_unknown_field_is_refused_where_it_stands_at_every_address(web: Web, ours: Furnished) -> None:
    """The examples without it are requests that work (test_examples.py)."""
    client, _ = await signed_in(web, ours)
    half_way = await half_signed_in(web, ours)
    document = (await client.get("/api/v1/openapi/openapi.json")).json()
    tried = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for place, _ in places(content["example"]) if content else ():
                body = msgspec.json.decode(msgspec.json.encode(content["example"]))
                dict(places(body))[place][UNKNOWN] = 1
                route, sent = f"{method.upper()} {path}", {"json": body}
                answer = await knock(
                    half_way if route == SECOND_STEP else client, route, ours.ids, lambda _, sent=sent: sent
                )
                assert answer.status_code == 400, (route, answer.text)
                assert [one["pointer"] for one in answer.json()["errors"]] == [f"{place}/{UNKNOWN}"], route
                assert faults(document, content, body) != [], "the description says so too"
                tried += 1
    assert tried > 35


async def test_a_misspelled_field_is_told_as_it_is_spelled_and_nothing_is_done(web: Web, ours: Furnished) -> None:
    client, _ = await signed_in(web, ours)
    before = (await client.get("/api/v1/invitations")).json()["items"]
    practice = str(ours.ids["practice_id"])
    role = {"role": "coder", "practice_id": practice, "expire_at": "2030-01-31T17:00:00Z"}
    sent = {"email": "sam@lakeside.example", "display_name": "Sam", "reason": "covers in March", "roles": [role]}
    answer = await client.post("/api/v1/invitations", json=sent)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["source"], error["pointer"]) == ("body", "/roles/0/expire_at")
    assert error["message"] == "There is no field of this name; did you mean `expires_at`?"
    assert (await client.get("/api/v1/invitations")).json()["items"] == before
    role["expires_at"] = role.pop("expire_at")
    assert (await client.post("/api/v1/invitations", json=sent)).status_code == 201
