"""What an integrator reads after a mistake: what is wrong, where it is, and what would be right."""

from typing import Any

import httpx
import pytest
from tests.factories.claims import open_clinic
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

PROVIDER = {"npi": "2999909023", "last_name": "Okafor", "first_name": "Ines", "taxonomy": "207Q00000X"}
INVITED = {"email": "sam@northgate.example", "display_name": "Sam", "reason": "joins us"}
PAYER = {"code": "LAKEPPO", "name": "Lakeside", "kind": "commercial", "edi_id": "90033", "timely_filing_days": 365}
ENROLLMENT = {"provider_npi": "2999901012", "payer_id": "019aa4b0-7c1e-7d4a-8985-ba77e03f10d8"}
JSON = {"Content-Type": "application/json"}

MISTAKES: dict[str, tuple[str, dict[str, Any], int, str, str, str]] = {
    "a mistyped filter": ("GET {base}/claims?stat=held", {}, 400, "query", "/stat", "takes cursor, limit, state"),
    "two filters": ("GET {base}/claims?state=held&state=ready", {}, 400, "query", "/state", "stands twice"),
    "a page of one thing": ("GET {base}?limit=5", {}, 400, "query", "/limit", "takes none"),
    "a state there is not": ("GET {base}/claims?state=lost", {}, 400, "query", "/state", "one of: held, ready, queued"),
    "a page of none": ("GET {base}/claims?limit=0", {}, 400, "query", "/limit", "Expected `integer` >= 1"),
    "a page of many": ("GET {base}/claims?limit=many", {}, 400, "query", "/limit", "Expected `integer`"),
    "a cursor made up": ("GET {base}/claims?cursor=abc", {}, 400, "query", "/cursor", "`next` of the page before"),
    "a day in words": ("GET {base}/reports/summary?as_of=today", {}, 400, "query", "/as_of", "for example 2026-03-02"),
    "a moment anywhere": (
        "GET /api/v1/access-review?as_of=2026-03-02T00:00:00", {}, 422, "query", "/as_of", "needs a time zone",
    ),
    "another format": ("GET {base}/reports/files/aging/pdf", {}, 400, "path", "/file_format", "one of: csv, xlsx"),
    "no JSON": ("POST {base}/providers", {"content": b"{npi: 1}", "headers": JSON}, 400, "body", "", "line 1, column 2"),
    "nothing": ("POST {base}/providers", {"content": b"", "headers": JSON}, 400, "body", "", "Expected a JSON object"),
    "a list": ("POST {base}/providers", {"json": []}, 400, "body", "", "Expected `object`, got `array`"),
    "a number for text": (
        "POST {base}/providers", {"json": {**PROVIDER, "npi": 29}}, 400, "body", "/npi", "Expected `string`, got `integer`",
    ),
    "a wrong digit": ("POST {base}/providers", {"json": {**PROVIDER, "npi": "2999909024"}}, 422, "body", "/npi", "check digit"),
    "a missing field": ("POST {base}/providers", {"json": {"npi": "2999909023"}}, 400, "body", "/taxonomy", "is required"),
    "a kind there is not": (
        "POST /api/v1/payers", {"json": {**PAYER, "kind": "private"}}, 400, "body", "/kind", "one of: medicare, medicaid",
    ),
    "a role there is not": (
        "POST /api/v1/invitations", {"json": {**INVITED, "roles": [{"role": "wizard"}]}}, 422, "body", "/roles/0/role",
        "the roles are",
    ),
    "an id in words": (
        "POST /api/v1/invitations", {"json": {**INVITED, "roles": [{"role": "biller", "practice_id": "ours"}]}},
        400, "body", "/roles/0/practice_id", "Expected an id, for example",
    ),
    "a day there is not": (
        "POST {base}/enrollments", {"json": {**ENROLLMENT, "requested_date": "2026-02-30"}},
        400, "body", "/requested_date", "a date that there is",
    ),
    "a provider there is not": (
        "POST {base}/enrollments", {"json": {**ENROLLMENT, "provider_npi": "1234567893", "requested_date": "2026-02-03"}},
        422, "body", "/provider_npi", "add the provider first",
    ),
    "a key too long": (
        "POST {base}/edi-files/poll", {"headers": {"Idempotency-Key": "k" * 201}}, 422, "header", "/Idempotency-Key",
        "1 to 200 characters",
    ),
}  # fmt: skip
"""Request, status, and the fault that is told: where, and some of its words."""


@pytest.fixture
async def head(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who may do all of it, in the practice and, by a second role, in the company."""
    await open_clinic(tenant)
    client = await web.signed_in(tenant, "administrator", company_wide=True)
    me = (await client.get("/api/v1/session")).json()["user_id"]
    body = {"roles": [{"role": "administrator", "practice_id": str(tenant.practice_id)}], "reason": "does all of it"}
    given = await client.post(f"/api/v1/members/{me}/roles", json=body, headers={"If-Match": "*"})
    assert given.status_code == 201, given.text
    return client


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    head: httpx.AsyncClient, tenant: Tenant, mistake: str
) -> None:
    route, sent, status, source, pointer, words = MISTAKES[mistake]
    method, address = route.format(base=base_of(tenant)).split(" ")
    answer = await head.request(method, address, **sent)
    problem = answer.json()
    assert answer.status_code == status, problem
    faults = {(one["source"], one["pointer"]): one["message"] for one in problem["errors"]}
    assert words in faults[source, pointer]


async def test_what_a_role_lacks_is_said_with_who_can_grant_it(web: Web, tenant: Tenant) -> None:
    person = await web.signed_in(tenant, "coder")
    refused = await person.post(f"{base_of(tenant)}/edi-files/poll")
    told = "your role does not include edi:exchange; an administrator of the company can grant it"
    assert (refused.status_code, refused.json()["detail"]) == (403, told)


async def test_the_same_without_the_mistake_is_answered(head: httpx.AsyncClient, tenant: Tenant) -> None:
    base = base_of(tenant)
    assert (await head.get(f"{base}/claims", params={"state": "held", "limit": 5})).status_code == 200
    assert (await head.get(f"{base}/reports/files/aging/csv", params={"as_of": "2026-03-02"})).status_code == 200
    assert (await head.post(f"{base}/providers", json=PROVIDER)).status_code == 201
    assert (await head.post("/api/v1/payers", json=PAYER)).status_code == 201
