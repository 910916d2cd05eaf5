"""The matrix of roles, held against what the routes check."""

import uuid

import pytest
from litestar import Litestar
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.errors import Invalid
from tenancy.public import NewMember, add_member
from tenancy.roles import ROLES, permissions_of, separated

NOT_YET_ASKED = {
    "adjustments:approve", "adjustments:request", "authorizations:write", "claims:write", "deposits:read", "notes:read",
    "patients:write", "payments:read", "payments:take", "queries:answer", "refunds:approve", "refunds:request", "rules:approve",
    "rules:propose",
}  # fmt: skip
"""Granted ahead of their routes; take one out of this list when its route exists."""


def checked_by_routes(app: Litestar) -> set[str]:
    return {
        guard.permission
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for guard in handler.guards or ()
        if hasattr(guard, "permission")
    }


def test_every_permission_a_route_asks_is_granted_to_some_role_and_every_grant_is_asked(web: Web) -> None:
    granted = frozenset().union(*ROLES.values())
    asked = checked_by_routes(web.app)
    assert asked
    assert asked - granted == set()
    assert granted - asked == NOT_YET_ASKED


def test_a_role_outside_the_matrix_may_do_nothing() -> None:
    assert permissions_of("superuser") == frozenset()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "patient"])
def test_no_staff_role_holds_a_patients_permission(role: str) -> None:
    assert ROLES[role] & ROLES["patient"] == set()


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        ("credentialing", {"claims:read", "patients:read", "remittances:read"}),
        ("poster", {"notes:read", "patients:write", "claims:submit", "encounters:import"}),
        ("auditor", {"claims:submit", "remittances:post", "encounters:import", "company:manage"}),
        ("practice_admin", {"claims:submit", "remittances:post", "company:manage"}),
        ("biller", {"company:manage", "remittances:post", "enrollments:manage"}),
        ("tenant_admin", {"practice:read", "patients:read", "claims:read", "reports:read", "payments:read"}),
        ("front_desk", {"notes:read", "claims:write", "remittances:read", "payments:read"}),
        ("prior_auth", {"patients:write", "claims:write", "remittances:read"}),
        ("coder", {"patients:write", "claims:submit", "remittances:read", "payments:read"}),
        ("denial_specialist", {"patients:write", "remittances:post", "adjustments:approve"}),
        ("patient_representative", {"notes:read", "claims:write", "remittances:read"}),
        ("clinician", {"claims:read", "patients:read", "remittances:read", "reports:read"}),
        ("lead", {"company:manage", "people:manage", "adjustments:request", "rules:approve"}),
    ],
)
def test_a_role_has_the_minimum_it_needs(role: str, forbidden: set[str]) -> None:
    assert ROLES[role]
    assert ROLES[role] & forbidden == set()


async def test_a_practices_administrator_reads_what_is_the_practices_and_changes_none_of_it(
    web: Web, tenant: Tenant, make_tenant: MakeTenant
) -> None:
    theirs = await web.signed_in(tenant, "practice_admin")
    for read in ("patients", "claims", "remittances"):
        assert (await theirs.get(f"{base_of(tenant)}/{read}")).status_code == 200, read
        elsewhere = await make_tenant(company_id=tenant.company_id)
        assert (await theirs.get(f"{base_of(elsewhere)}/{read}")).status_code == 404
    for change in ("claims:submit", "claims:write", "patients:write", "remittances:post", "encounters:import"):
        assert change not in ROLES["practice_admin"]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_brings_request_and_approval_together(role: str) -> None:
    assert separated(role, role) is None


def test_request_and_approval_are_kept_apart_between_roles() -> None:
    assert separated("biller", "lead") == ("adjustments:request", "adjustments:approve")
    assert separated("lead", "tenant_admin") == ("rules:propose", "rules:approve")
    assert separated("biller", "poster") is None


async def test_an_unknown_role_is_refused_by_name_and_leaves_nobody(tenant: Tenant) -> None:
    new = NewMember(
        email=f"{uuid.uuid4()}@northgate.example",
        display_name="Sam Example",
        password=PASSWORD,
        roles={tenant.practice_id: "superuser"},
    )
    with pytest.raises(Invalid, match="unknown role superuser; the roles are administrator, "):
        async with tenant.tx() as tx:
            await add_member(tx, new)


async def test_a_role_holds_in_its_own_practice_only(web: Web, tenant: Tenant, make_tenant: MakeTenant) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    biller = await web.signed_in(tenant, "biller")
    assert (await biller.get(base_of(tenant))).status_code == 200
    assert (await biller.get(base_of(sister))).status_code == 404


async def test_a_company_wide_role_opens_no_practice(web: Web, tenant: Tenant) -> None:
    administrator = await web.signed_in(tenant, "administrator", company_wide=True)
    assert (await administrator.get(base_of(tenant))).status_code == 404


async def test_a_practice_administrator_is_no_company_administrator(web: Web, tenant: Tenant) -> None:
    administrator = await web.signed_in(tenant, "administrator")
    answer = await administrator.post("/api/v1/practices", json=NEW_PRACTICE)
    assert answer.status_code == 403


NEW_PRACTICE = {
    "slug": "north", "name": "North Family Medicine", "npi": "1234567893", "tax_id": "311234567", "taxonomy": "207Q00000X",
    "address": "1 Main Street", "city": "Columbus", "state_code": "OH", "zip": "432151234", "phone": "6145550100",
    "time_zone": "America/New_York", "claim_prefix": "NO",
}  # fmt: skip


async def test_onboarding_twice_finds_the_same_practice_and_makes_its_administrator_once(
    web: Web, tenant: Tenant
) -> None:
    administrator = await web.signed_in(tenant, "administrator", company_wide=True)
    first = await administrator.post("/api/v1/practices", json=NEW_PRACTICE)
    again = await administrator.post("/api/v1/practices", json=NEW_PRACTICE)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    practice = f"/api/v1/practices/{first.json()['id']}"
    assert (await administrator.get(practice)).json()["name"] == "North Family Medicine"
    roles = (await administrator.get("/api/v1/session")).json()["roles"]
    assert sorted(str(one["practice_id"]) for one in roles) == sorted([first.json()["id"], "None"])


async def test_a_short_name_stands_for_one_practice_for_good(web: Web, tenant: Tenant) -> None:
    administrator = await web.signed_in(tenant, "administrator", company_wide=True)
    made = (await administrator.post("/api/v1/practices", json=NEW_PRACTICE)).json()["id"]
    another = {**NEW_PRACTICE, "name": "North Dental", "tax_id": "987654321"}
    refused = await administrator.post("/api/v1/practices", json=another)
    assert refused.status_code == 409
    assert refused.json()["detail"].endswith("a practice already, with another name, tax_id; choose another short name")
    assert "987654321" not in refused.text
    address = f"/api/v1/company/practices/{made}"
    digest = (await administrator.get(f"{address}/offboarding")).json()["digest"]
    body = {"digest": digest, "reason": "the contract ended"}
    assert (await administrator.post(f"{address}/offboard", json=body)).status_code == 200
    gone = await administrator.post("/api/v1/practices", json=NEW_PRACTICE)
    assert gone.status_code == 409
    assert "was offboarded; choose another short name" in gone.json()["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("npi", "12345"),
        ("zip", "43215"),
        ("state_code", "Ohio"),
        ("slug", "North Side"),
        ("name", ""),
        ("city", "   "),
        ("time_zone", "Ohio/Time"),
    ],
)
async def test_a_practice_with_a_wrong_field_is_refused_by_that_field(
    web: Web, tenant: Tenant, field: str, value: str
) -> None:
    administrator = await web.signed_in(tenant, "administrator", company_wide=True)
    refused = await administrator.post("/api/v1/practices", json={**NEW_PRACTICE, field: value})
    assert refused.status_code in {400, 422}
    assert [one["pointer"].lstrip("/") for one in refused.json()["errors"]] == [field]
    assert (await administrator.post("/api/v1/practices", json=NEW_PRACTICE)).status_code == 201
