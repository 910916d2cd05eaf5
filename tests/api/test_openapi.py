"""The API's description is valid, and says of every operation what it is for, who may, what it takes and answers, and how it refuses."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.api.keys import key_of
from tests.api.test_routes import table
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from app.manual.sign_in import schemes
from kernel.ids import new_id
from kernel.settings import WebSettings
from tenancy.public import cookie_name

Document = dict[str, Any]


@pytest.fixture
async def document(web: Web) -> Document:
    """The description as it is served."""
    answer = await web.visitor().get("/api/v1/openapi/openapi.json")
    assert answer.status_code == 200
    found: Document = answer.json()
    return found


def operations(document: Document) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def contents(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body and every answer that is no refusal, with where it stands."""
    for (method, path), operation in operations(document).items():
        parts = {"body": operation.get("requestBody", {})} | {
            status: answer for status, answer in operation["responses"].items() if status < "4"
        }
        for part, told in parts.items():
            for media_type, content in told.get("content", {}).items():
                yield f"{method} {path} {part} {media_type}", content


def faults(document: Document, content: dict[str, Any], example: Any) -> list[str]:
    """What the schema of a body or answer says against a value."""
    schema = {**content["schema"], "components": document["components"]}
    return [one.message for one in OAS31Validator(schema).iter_errors(example)]


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an example, with its place."""
    for name, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(one, dict | list):
            yield from texts(one, f"{where}/{name}")
        elif isinstance(one, str):
            yield f"{where}/{name}", one


async def test_the_description_is_valid_and_both_addresses_serve_it(web: Web, document: Document) -> None:
    assert [one.message for one in OpenAPIV31SpecValidator(document).iter_errors()] == []
    broken = {**document, "paths": {"no-slash": {}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors()), "the validator finds a planted fault"
    assert (await web.visitor().get("/api/v1/openapi")).json() == document


async def test_every_operation_names_its_permission(web: Web, document: Document) -> None:
    told = operations(document)
    compared = 0
    for method, path, permission in table(web.app):
        if (method, path) in told:
            assert told[method, path].get("x-permission", "-") == permission, (method, path)
            compared += permission != "-"
    assert compared > 30


async def test_every_operation_says_how_it_refuses(document: Document) -> None:
    for place, operation in operations(document).items():
        refusals = {
            status: one for status, one in operation["responses"].items() if status.isdigit() and status >= "400"
        }
        assert {"400", "429", "500"} <= set(refusals), place
        assert ("401" in refusals) == bool(operation["security"]), place
        assert ("404" in refusals) >= ("{" in place[1]), place
        for status, answer in refusals.items():
            if status != "503":
                content = answer["content"]["application/problem+json"]
                assert content["example"]["status"] == int(status), place
                assert faults(document, content, content["example"]) == [], place


async def test_every_body_and_answer_has_an_example_that_its_schema_accepts(document: Document) -> None:
    checked, broken = 0, 0
    for place, content in contents(document):
        if content["schema"].get("format") == "binary":
            assert "application/json" not in place, "a file is not JSON"
            continue
        assert faults(document, content, content["example"]) == [], place
        broken += bool(faults(document, content, "text"))
        checked += 1
    assert checked == broken > 90, "the validator finds a planted fault in each"


async def test_a_time_of_day_is_not_called_a_duration(document: Document) -> None:
    shapes = [shape["properties"] for shape in document["components"]["schemas"].values() if "properties" in shape]
    times = [fields[name] for fields in shapes for name in ("day_begins", "day_ends") if name in fields]
    assert len(times) >= 2
    assert all(one["type"] == "string" and "format" not in one for one in times)


async def test_what_has_a_version_says_so(web: Web, tenant: Tenant, document: Document) -> None:
    told = operations(document)
    versioned = {path for (method, path), one in told.items() if method == "GET" and "304" in one["responses"]}
    assert "/api/v1/practices/{practice_id}/claims" not in versioned
    assert len(versioned) > 15
    person = await web.signed_in(tenant, "auditor")
    for path in (
        "/api/v1/session",
        "/api/v1/practices/{practice_id}",
        "/api/v1/practices/{practice_id}/reports/summary",
    ):
        assert path in versioned
        answer = await person.get(path.format(practice_id=tenant.practice_id))
        assert answer.headers.keys() >= {"etag"}
        assert "ETag" in told["GET", path]["responses"]["200"]["headers"]


async def test_no_example_is_a_mere_filling(document: Document) -> None:
    """A new field: give it an example where it is declared, or a word in `app.manual.words`."""
    filled = {
        f"{place}: {where}"
        for place, content in contents(document)
        if isinstance(content.get("example"), dict | list)
        for where, text in texts(content["example"])
        if text == "text"
    }
    assert filled == set()


def test_the_cookie_is_named_as_this_installation_names_it() -> None:
    at_home, served = WebSettings(public_url="http://127.0.0.1:8000"), WebSettings(public_url="https://bill.example")
    assert schemes(cookie_name(at_home))["session"]["name"] == "billwright_session"
    assert schemes(cookie_name(served))["session"]["name"] == "__Host-billwright_session"


async def test_every_operation_takes_the_proof_it_names_and_no_other(
    web: Web, tenant: Tenant, document: Document
) -> None:
    """With nothing: 401. With a key where a session is asked for: refused as a key."""
    person = await web.signed_in(tenant, "auditor")
    key = await key_of(web, person, tenant, ["claims:read"])
    assert (await key.get(f"{base_of(tenant)}/claims")).status_code == 200
    for (method, path), operation in operations(document).items():
        taken = {name for one in operation["security"] for name in one}
        assert taken in ({"session", "key"}, {"session"}, {"signature"}, set()), path
        nobody = await _send(web.visitor(), tenant, method, path)
        assert (nobody.status_code == 401) >= bool(taken), (method, path, nobody.text)
        if not taken:
            continue
        by_key = await _send(key, tenant, method, path)
        if taken == {"session"}:
            assert by_key.status_code in {401, 403}, (method, path)
            assert "a key cannot do this" in by_key.text or "password first" in by_key.text, (method, path)
        elif "key" in taken:
            assert "a key cannot do this" not in by_key.text, (method, path)
            assert by_key.status_code != 401, (method, path)


async def _send(client: httpx.AsyncClient, tenant: Tenant, method: str, path: str) -> httpx.Response:
    address = path.replace("{practice_id}", str(tenant.practice_id)).replace("{file_format}", "csv")
    address = "/".join(str(new_id()) if part.startswith("{") else part for part in address.split("/"))
    return await client.request(method, address, headers={"Idempotency-Key": str(new_id())})
