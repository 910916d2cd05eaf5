"""What another site makes a browser send is refused; our own pages, keys and signed webhooks are not."""

import httpx
import pytest
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web

from kernel.http.same_site import PROVED_BY_SIGNATURE, comes_from_our_site

OURS = "https://billing.example"
END = "/api/v1/session/end"


@pytest.mark.parametrize(
    ("site", "origin", "ours"),
    [
        ("same-origin", None, True),
        ("none", None, True),
        ("same-origin", "null", True),  # our own form under `referrer-policy: no-referrer`
        ("same-site", "https://evil.billing.example", False),
        ("cross-site", "https://evil.example", False),
        ("cross-site", OURS, False),
        (None, OURS, True),
        (None, "https://BILLING.example:443", True),
        (None, "https://billing.example:8443", False),
        (None, "http://billing.example", False),
        (None, "https://billing.example.evil.example", False),
        (None, "https://billing.example:port", False),
        (None, "null", False),
        (None, "", False),
        (None, None, False),
    ],
)
def test_fetch_metadata_decides_and_without_it_the_origin(site: str | None, origin: str | None, *, ours: bool) -> None:
    assert comes_from_our_site(site=site, origin=origin, public_url=OURS) is ours


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8420"}, 403),
        ({"Origin": "http://127.0.0.1:8420"}, 204),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_signed_in_browser_acts_for_our_own_pages_only(
    web: Web, tenant: Tenant, headers: dict[str, str], status: int
) -> None:
    person = await web.signed_in(tenant, "biller")
    del person.headers["Sec-Fetch-Site"]
    answer = await person.post(END, headers=headers)
    assert answer.status_code == status
    assert (await person.get("/api/v1/session")).status_code == (200 if status == 403 else 401)


async def test_reading_needs_no_word_about_where_it_came_from(web: Web, tenant: Tenant) -> None:
    person = await web.signed_in(tenant, "biller")
    person.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await person.get("/api/v1/session")).status_code == 200


async def test_nobody_is_signed_in_by_another_sites_form(web: Web, tenant: Tenant) -> None:
    email = await web.member(tenant, "biller")
    visitor = web.visitor()
    body = {"email": email, "password": PASSWORD}
    refused = await visitor.post("/api/v1/session", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert not visitor.cookies
    assert (await visitor.post("/api/v1/session", json=body)).status_code == 201


@pytest.mark.parametrize("path", ["/bill", "/bill/end", "/bill/pay"])
async def test_pages_refuse_it_too(web: Web, path: str) -> None:
    visitor = web.visitor()
    ours: httpx.Response = await visitor.post(path)
    theirs = await visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert ours.status_code != 403
    assert theirs.status_code == 403
    assert "text/html" in theirs.headers["Content-Type"]


def test_only_signed_routes_are_exempt(web: Web) -> None:
    """A webhook is signed as a whole, a link to a stored file is sealed; a new one is a decision."""
    exempt = {
        route.path_format
        for route in web.app.routes
        for handler in getattr(route, "route_handlers", ())
        if PROVED_BY_SIGNATURE.items() <= handler.opt.items()
    }
    assert exempt == {"/webhooks/stripe", "/files/{token}"}
