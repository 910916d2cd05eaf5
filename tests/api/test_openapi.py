"""The API's description is valid, and says of every operation what it is for, who may, and how it refuses."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.api.test_routes import table
from tests.plugins.web import Web


@pytest.fixture
async def document(web: Web) -> dict[str, Any]:
    """The description as it is served."""
    answer = await web.visitor().get("/api/v1/openapi/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def test_the_description_is_valid_and_both_addresses_serve_it(web: Web, document: dict[str, Any]) -> None:
    assert [one.message for one in OpenAPIV31SpecValidator(document).iter_errors()] == []
    broken = {**document, "paths": {"no-slash": {}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors()), "the validator finds a planted fault"
    assert (await web.visitor().get("/api/v1/openapi")).json() == document


async def test_every_operation_names_its_permission(web: Web, document: dict[str, Any]) -> None:
    told = operations(document)
    compared = 0
    for method, path, permission in table(web.app):
        if (method, path) in told:
            assert told[method, path].get("x-permission", "-") == permission, (method, path)
            compared += permission != "-"
    assert compared > 30


async def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for place, operation in operations(document).items():
        refusals = {
            status: one for status, one in operation["responses"].items() if status.isdigit() and status >= "400"
        }
        assert {"400", "429", "500"} <= set(refusals), place
        assert ("401" in refusals) >= ("x-permission" in operation), place
        assert ("404" in refusals) >= ("{" in place[1]), place
        for status, answer in refusals.items():
            if status not in {"400", "503"} or "application/problem+json" in answer["content"]:
                example = answer["content"]["application/problem+json"]["example"]
                assert example["status"] == int(status), place
