"""The company's own audit log: what belongs to no practice, for the company's officers and for nobody else."""

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from tests.factories.people import add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of, request_id_of

from audit.public import record
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.settings import Settings

EVENTS = "/api/v1/company/audit/events"
SESSION = "/api/v1/session"


@pytest.fixture
async def officer(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """The company's compliance officer."""
    return await web.signed_in(tenant, "auditor", company_wide=True)


@pytest.fixture
def admin(settings: Settings, admin_url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Past row security, to see what there is."""
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}", autocommit=True) as connection:
        yield connection


async def found(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get(EVENTS, params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def of_request(events: list[dict[str, Any]], answer: httpx.Response) -> list[dict[str, Any]]:
    return [one for one in events if one["request_id"] == request_id_of(answer)]


def company_scope(tenant: Tenant) -> Scope:
    return Scope(audience="staff", company_id=tenant.company_id, user_id=tenant.user_id, request_id="test")


async def test_who_signed_in_and_out_is_found_with_the_session(
    web: Web, tenant: Tenant, officer: httpx.AsyncClient
) -> None:
    ana = await add_person(tenant, {tenant.practice_id: "biller"}, name="Ana Ruiz")
    client = await sign_in(web, ana)
    assert (await client.post(f"{SESSION}/end")).status_code == 204
    left, came = await found(officer, person=ana.user_id)
    assert [(one["name"], one["words"]) for one in (came, left)] == [
        ("Ana Ruiz", "signed in with the password"),
        ("Ana Ruiz", "signed out"),
    ]
    assert came["session_id"] == left["session_id"] == left["object_id"]
    assert came["address"] == left["address"] != ""


async def test_a_failed_sign_in_to_an_account_of_the_company_is_found_by_it(
    web: Web, tenant: Tenant, officer: httpx.AsyncClient
) -> None:
    ana = await add_person(tenant, {tenant.practice_id: "biller"}, name="Ana Ruiz")
    wrong = await web.visitor().post(SESSION, json={"email": ana.email, "password": "wrong wrong wrong"})
    assert wrong.status_code == 401
    (failed,) = await found(officer, object_id=ana.user_id, action="tenancy.sign_in.refused")
    assert (failed["outcome"], failed["user_id"], failed["request_id"]) == ("refused", None, request_id_of(wrong))
    assert failed["name"] == "Somebody who was not signed in"
    await web.visitor().post("/api/v1/password-reset", json={"email": ana.email})
    assert len(await found(officer, object_id=ana.user_id, action="tenancy.password_reset.asked")) == 1


async def test_an_address_that_has_no_account_is_nobodys(
    web: Web, officer: httpx.AsyncClient, admin: psycopg.Connection[tuple[Any, ...]]
) -> None:
    email = f"{new_id()}@nowhere.example"
    unknown = await web.visitor().post(SESSION, json={"email": email, "password": PASSWORD})
    rows = admin.execute(
        "select company_id, practice_id, changed::text from app.audit_event where request_id = %s",
        [request_id_of(unknown)],
    ).fetchall()
    assert [(company, practice) for company, practice, _ in rows] == [(None, None)] * len(rows) != []
    assert of_request(await found(officer), unknown) == []


async def test_roles_invitations_keys_and_refusals_are_found(
    web: Web, tenant: Tenant, officer: httpx.AsyncClient
) -> None:
    boss = await web.signed_in(tenant, "administrator", company_wide=True)
    me = (await boss.get(SESSION)).json()["user_id"]
    roles = [{"role": "biller", "practice_id": str(tenant.practice_id)}]
    invited = {"email": f"{new_id()}@northgate.example", "display_name": "Kim Vale", "reason": "new", "roles": roles}
    answers = {
        "tenancy.invitation.made": await boss.post("/api/v1/invitations", json=invited),
        "tenancy.role.granted": await boss.post(
            f"/api/v1/members/{me}/roles", json={"roles": roles, "reason": "help out"}, headers={"If-Match": "*"}
        ),
        "http.request.refused": await boss.get(f"/api/v1/members/{new_id()}"),
    }
    events = await found(officer, person=me)
    for action, answer in answers.items():
        assert action in [one["action"] for one in of_request(events, answer)], action
    (granted,) = (one for one in events if one["action"] == "tenancy.role.granted")
    assert (granted["role"], granted["purpose"]) == ("administrator", "help out")


async def test_a_refused_request_between_password_and_second_factor_names_the_person(
    web: Web, tenant: Tenant, officer: httpx.AsyncClient, admin: psycopg.Connection[tuple[Any, ...]]
) -> None:
    asks = "update app.company set second_factor_required = %s where company_id = %s"
    admin.execute(asks, [True, tenant.company_id])
    ana = await add_person(tenant, {tenant.practice_id: "biller"}, name="Ana Ruiz")
    half = await sign_in(web, ana)
    refused = await half.get(f"{base_of(tenant)}/patients")
    assert refused.status_code == 401
    admin.execute(asks, [False, tenant.company_id])
    (event,) = of_request(await found(officer, person=ana.user_id), refused)
    assert (event["action"], event["name"]) == ("http.request.refused", "Ana Ruiz")


async def test_a_search_and_a_file_are_on_record(officer: httpx.AsyncClient) -> None:
    searched = await officer.get(EVENTS, params={"outcome": "done"})
    file = await officer.get(f"{EVENTS}/csv", params={"action": "audit.log.searched"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="company-audit-events.csv"'
    (row,) = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")))
    assert (row["person"], row["what"], row["changed"][:10]) == ("Sam Example", "searched the audit log", '{"since":"')
    events = await found(officer)
    assert [one["action"] for one in of_request(events, searched)] == ["audit.log.searched"]
    (exported,) = of_request(events, file)
    assert (exported["action"], exported["changed"]["events"]) == ("audit.events.exported", 1)


async def test_pages_hold_every_event_once_newest_first(officer: httpx.AsyncClient) -> None:
    for _ in range(4):
        everything = await found(officer)
    seen, query = [], {"limit": 2, "until": everything[0]["recorded_at"]}
    while True:
        page = (await officer.get(EVENTS, params=query)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert [one["id"] for one in seen] == [one["id"] for one in everything[1:]]
    assert len(seen) >= 3


async def test_events_of_practices_and_of_other_companies_are_not_among_them(
    web: Web, tenant: Tenant, officer: httpx.AsyncClient, make_tenant: MakeTenant
) -> None:
    other = await make_tenant()
    theirs = await web.signed_in(other, "auditor", company_wide=True)
    biller = await web.signed_in(tenant, "biller")
    assert (await biller.get(f"{base_of(tenant)}/patients")).status_code == 200
    who = [(await one.get(SESSION)).json() for one in (officer, theirs)]
    ours, hers = await found(officer), await found(theirs)
    assert {who[0]["user_id"], who[1]["user_id"]} & {one["user_id"] for one in ours} == {who[0]["user_id"]}
    assert who[1]["user_id"] in {one["user_id"] for one in hers}
    assert "patients.patient.listed" not in {one["action"] for one in ours}
    for filters in ({"person": who[1]["user_id"]}, {"object_id": who[1]["user_id"]}, {"person": new_id()}):
        assert await found(officer, **filters) == []


@pytest.mark.parametrize(
    ("role", "company_wide", "status"),
    [
        ("auditor", True, 200),
        ("administrator", True, 200),
        ("tenant_admin", True, 403),
        ("auditor", False, 403),
        ("practice_admin", False, 403),
        ("biller", False, 403),
    ],
)
async def test_only_the_companys_officers_read_it(
    web: Web, tenant: Tenant, role: str, *, company_wide: bool, status: int
) -> None:
    client = await web.signed_in(tenant, role, company_wide=company_wide)
    for path in ("events", "events/csv", "actions"):
        assert (await client.get(f"/api/v1/company/audit/{path}")).status_code == status, path


async def seen_in(tenant: Tenant, scope: Scope, request_id: str) -> list[uuid.UUID]:
    """The ids of events of a request that a transaction of this scope is shown, whatever it asks for."""
    async with open_transaction(tenant.database, scope) as tx:
        rows = await tx.execute(sa.select(audit_event.c.id).where(audit_event.c.request_id == request_id))
        return list(rows.scalars())


async def test_row_security_shows_the_companys_events_to_its_own_scope_alone(
    tenant: Tenant, make_tenant: MakeTenant
) -> None:
    """Whatever the query says: a practice's scope, another company's and the practice's own people are shown none."""
    mark, other = str(new_id()), await make_tenant()
    for owner in (tenant, other):
        scope = Scope(audience="staff", company_id=owner.company_id, user_id=owner.user_id, request_id=mark)
        async with open_transaction(owner.database, scope) as tx:
            record(tx, "tenancy.member.listed", "user_account")
    assert len(await seen_in(tenant, company_scope(tenant), mark)) == 1
    assert len(await seen_in(other, company_scope(other), mark)) == 1
    assert await seen_in(tenant, company_scope(tenant), mark) != await seen_in(other, company_scope(other), mark)
    for audience in ("staff", "practice", "worker"):
        assert await seen_in(tenant, tenant.scope(audience), mark) == []  # type: ignore[arg-type]
