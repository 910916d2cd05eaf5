"""What every answer carries, whoever made it, and how methods and media types are negotiated."""

import re

import httpx
import pytest
from tests.api.test_routes import table
from tests.plugins.tenants import Tenant
from tests.plugins.web import NOBODY_LISTENS, Web, base_of, make_test_resources, request_id_of, started

from app.asgi import create_app
from kernel.http.headers import SECURITY_HEADERS
from kernel.ids import new_id
from kernel.settings import Settings

NOBODY = "00000000-0000-7000-8000-000000000000"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def address(path: str) -> str:
    return re.sub(r"{\w+}", NOBODY, path)


async def test_every_answer_of_every_route_carries_the_security_headers(web: Web) -> None:
    visitor = web.visitor()
    for method, path, _ in table(web.app):
        for asked in (method, "OPTIONS", "TRACE"):
            answer = await visitor.request(asked, address(path))
            for name in SECURITY_HEADERS:
                assert name in answer.headers, (asked, path, name)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert request_id_of(answer)
            assert "Strict-Transport-Security" not in answer.headers


async def test_nothing_but_the_style_sheet_and_its_like_may_be_kept(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    page = await biller.get("/bill")
    sheet = re.search(r'href="(/static/app[^"]+)"', page.text)
    assert sheet is not None
    assert "immutable" in (await biller.get(sheet[1])).headers["Cache-Control"]
    for path in ("/bill", f"{base_of(tenant)}/claims", "/nowhere", "/static/none.css"):
        assert (await biller.get(path)).headers["Cache-Control"] == "no-store", path


async def test_where_the_address_is_https_answers_ask_for_https_alone(web_settings: Settings) -> None:
    own = web_settings.model_copy(deep=True)
    own.web.public_url = "https://billing.example"
    async with started(create_app(make_test_resources(own, NOBODY_LISTENS))) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=own.web.public_url) as visitor:
            for path in ("/bill", "/nowhere", "/api/v1/session"):
                assert "max-age=" in (await visitor.get(path)).headers["Strict-Transport-Security"], path


@pytest.mark.parametrize("path", ["/health/live", "/bill", "/api/v1/session", "/nowhere"])
async def test_head_is_get_without_its_body(web: Web, path: str) -> None:
    visitor = web.visitor()
    got, head = await visitor.get(path), await visitor.head(path)
    assert got.content
    assert head.content == b""
    assert head.status_code == got.status_code
    for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
        assert head.headers[name] == got.headers[name], name


async def test_a_method_that_is_not_taken_is_answered_with_those_that_are(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    for path, methods in (("/api/v1/session", "GET, HEAD, OPTIONS, POST"), (base_of(tenant), "GET, HEAD, OPTIONS")):
        refused = await biller.delete(path)
        assert refused.status_code == 405
        assert refused.headers["Allow"] == methods
        assert "Allow" in refused.json()["detail"]
        options = await biller.options(path)
        assert (options.status_code, options.headers["Allow"]) == (204, methods)


async def test_a_browser_under_the_patients_pages_gets_a_page_and_a_program_a_problem(web: Web) -> None:
    visitor = web.visitor()
    for method, path, status in (("GET", "/bill/nowhere", 404), ("DELETE", "/bill", 405), ("PUT", "/bill/pay", 405)):
        page = await visitor.request(method, path, headers=BROWSER)
        problem = await visitor.request(method, path)
        assert page.status_code == problem.status_code == status
        assert page.headers["Content-Type"].startswith("text/html")
        assert "We cannot find that page" in page.text
        assert request_id_of(page) in page.text
        for part in ('class="top"', 'class="bottom"', 'href="tel:', 'href="/bill/account"', 'href="/bill/text/large"'):
            assert part in page.text, part
        assert page.headers.get("Allow") == problem.headers.get("Allow")
        assert problem.json()["status"] == status
    elsewhere = await visitor.get("/api/v1/nowhere", headers=BROWSER)
    assert elsewhere.headers["Content-Type"].startswith("application/problem+json")


async def test_a_json_address_takes_and_answers_json(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    body = b'{"email": "nobody@northgate.example", "password": "no"}'
    for media_type, status in (
        ("application/json", 401),
        ("application/json; charset=utf-8", 401),
        ("application/merge-patch+json", 401),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ):
        answer = await web.visitor().post("/api/v1/session", content=body, headers={"Content-Type": media_type})
        assert answer.status_code == status, media_type
    for accept, status in (("application/json", 200), ("*/*", 200), ("text/html, */*;q=0.1", 200), ("text/csv", 406)):
        answer = await biller.get(base_of(tenant), headers={"Accept": accept})
        assert answer.status_code == status, accept
    assert "application/json" in answer.json()["detail"]


async def test_nobodys_row_and_anothers_read_the_same(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    answers = [await biller.get(f"{base_of(tenant)}/claims/{new_id()}") for _ in range(2)]
    told = [{**one.json(), "request_id": ""} for one in answers]
    assert told[0] == told[1]


async def test_all_that_is_wrong_with_a_request_is_said_at_once(web: Web, tenant: Tenant) -> None:
    visitor = web.visitor()
    body = (await visitor.post("/api/v1/session", json={"email": 5})).json()
    assert body["status"] == 400
    assert {(one["source"], one["pointer"]) for one in body["errors"]} == {("body", "/email"), ("body", "/password")}
    biller = await web.signed_in(tenant, "biller")
    for name, value in (("limit", "many"), ("state", "lost")):
        query = (await biller.get(f"{base_of(tenant)}/claims", params={name: value})).json()
        assert [(one["source"], one["pointer"]) for one in query["errors"]] == [("query", f"/{name}")]
        assert value not in str(query["errors"])
