"""How the API says no: one form, safe words, a request id, and an event in the audit log."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
import pytest
import sqlalchemy as sa
from litestar import get
from litestar.di import NamedDependency
from litestar.params import Body
from tests.plugins.tenants import Tenant
from tests.plugins.web import (
    NOBODY_LISTENS,
    Web,
    app_with,
    audit_actions,
    base_of,
    make_test_resources,
    request_id_of,
    started,
)

from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.scoping import requires
from kernel.ids import new_id
from kernel.settings import Settings
from tenancy.permissions import READ_PRACTICE

MARKER = "Zebulonovich"
PATH = "/api/v1/practices/{practice_id:uuid}/test"


class Thing(msgspec.Struct, frozen=True):
    """What the test's own route makes."""

    name: str
    id: str = ""


@get(PATH + "/sql", guards=[requires(READ_PRACTICE)], summary="Breaks in the database")
async def break_in_sql(tx: NamedDependency[Tx]) -> None:
    await tx.execute(sa.text("select nothing from app.claim where number = :name"), {"name": MARKER})


@get(PATH + "/code", guards=[requires(READ_PRACTICE)], summary="Breaks in the code")
async def break_in_code(tx: NamedDependency[Tx]) -> None:
    raise ValueError(f"{MARKER} has no birthday")


@post_once(PATH + "/things", guards=[requires(READ_PRACTICE)], key_required=True, summary="Makes a thing once")
async def make_thing(tx: NamedDependency[Tx], data: Annotated[Thing, Body()]) -> Thing:
    return Thing(data.name, str(new_id()))


@pytest.fixture
async def web(web_settings: Settings) -> AsyncIterator[Web]:
    """The application with three routes more: two that break, one that makes things."""
    resources = make_test_resources(web_settings, NOBODY_LISTENS)
    async with started(app_with(resources, break_in_sql, break_in_code, make_thing)) as app:
        made = Web(app, resources)
        yield made
        await made.close()


@pytest.mark.parametrize("what", ["sql", "code"])
async def test_a_surprise_is_a_500_that_tells_nothing_but_its_request_id(web: Web, tenant: Tenant, what: str) -> None:
    biller = await web.signed_in(tenant, "biller")
    answer = await biller.get(f"{base_of(tenant)}/test/{what}")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["request_id"] == request_id_of(answer)
    assert problem["detail"] == "Nothing was changed. Try again; if it happens again, tell us the request id."
    for forbidden in (MARKER, "select", "app.claim", "Traceback", "ValueError", "Error", ".py"):
        assert forbidden not in answer.text, forbidden
    (event,) = await audit_actions(tenant, request_id_of(answer))
    assert (event.action, event.outcome) == ("http.request.failed", "failed")
    assert event.changed == {"method": "GET", "status": 500}


async def test_every_refusal_has_the_same_form(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    base = base_of(tenant)
    answers = {
        401: await web.visitor().get(base),
        403: await biller.post(f"{base}/providers", json={}),
        404: await biller.get(f"{base}/claims/{new_id()}"),
        405: await biller.delete(base),
        400: await biller.get(f"{base}/claims", params={"limit": 0}),
        422: await biller.post(f"{base}/test/things", json={"name": "no key"}),
    }
    for status, answer in answers.items():
        problem = answer.json()
        assert (answer.status_code, problem["status"]) == (status, status), problem
        assert answer.headers["Content-Type"].startswith("application/problem+json"), status
        assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "request_id"}
        assert problem["type"].startswith("https://"), status
        assert problem["request_id"] == request_id_of(answer)
        assert problem["detail"]


@pytest.mark.parametrize("name", ["none", "none.json", "swagger", "elements.html", "a%2Fb"])
async def test_an_unknown_name_under_the_manual_is_refused_as_everywhere(web: Web, name: str) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    assert (await web.visitor().get("/api/v1/openapi/openapi.json", headers=browser)).status_code == 200
    answer = await web.visitor().get(f"/api/v1/openapi/{name}", headers=browser)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["request_id"] == request_id_of(answer)
    assert "manual" in answer.json()["detail"] or "%2F" in name


async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(web: Web, tenant: Tenant) -> None:
    answer = await web.visitor().post("/api/v1/session", json={"email": {"name": MARKER}, "password": MARKER})
    assert answer.status_code == 400
    assert MARKER not in answer.text
    assert "email" in str(answer.json()["errors"])


@pytest.mark.parametrize("body", [b"", b"{", b"\x00\xff", b"[]", b'"text"', b'{"email": null}', b"[" * 5_000])
async def test_a_body_that_is_no_such_object_is_the_callers_fault(web: Web, body: bytes) -> None:
    answer = await web.visitor().post("/api/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"]


async def test_an_address_with_odd_ids_is_an_ordinary_404(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    for odd in ("1", "%00", "'; drop table app.claim; --", "../../etc/passwd", "x" * 3_000):
        assert (await biller.get(f"{base_of(tenant)}/claims/{odd}")).status_code == 404, odd


async def test_the_same_key_and_body_make_one_thing(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    things, key = f"{base_of(tenant)}/test/things", {"Idempotency-Key": "k-1"}
    first = await biller.post(things, json={"name": "one"}, headers=key)
    again = await biller.post(things, json={"name": "one"}, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    other_key = await biller.post(things, json={"name": "one"}, headers={"Idempotency-Key": "k-2"})
    assert other_key.json()["id"] != first.json()["id"]
    other_body = await biller.post(things, json={"name": "two"}, headers=key)
    assert other_body.status_code == 409
    assert "use a new key" in other_body.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 201}])
async def test_without_a_usable_key_nothing_is_made(web: Web, tenant: Tenant, headers: dict[str, str]) -> None:
    biller = await web.signed_in(tenant, "biller")
    answer = await biller.post(f"{base_of(tenant)}/test/things", json={"name": "one"}, headers=headers)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_key_belongs_to_one_practice(web: Web, tenant: Tenant, make_tenant: object) -> None:
    sister: Tenant = await make_tenant()  # type: ignore[operator]
    key = {"Idempotency-Key": "k-1"}
    answers = []
    for one in (tenant, sister):
        biller = await web.signed_in(one, "biller")
        answers.append(await biller.post(f"{base_of(one)}/test/things", json={"name": "one"}, headers=key))
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]
