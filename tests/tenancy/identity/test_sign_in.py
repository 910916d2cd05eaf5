"""Signing in, and what ends a session."""

import datetime as dt

import psycopg
import pytest
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.settings import SessionSettings
from tenancy.identity.cookies import COOKIE

SESSION = "/api/v1/session"
LIMITS = SessionSettings().staff
IDLE, ABSOLUTE = dt.timedelta(minutes=LIMITS.idle_minutes), dt.timedelta(minutes=LIMITS.absolute_minutes)
Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def email(web: Web, tenant: Tenant) -> str:
    return await web.member(tenant, "biller")


async def test_the_right_password_opens_a_session_that_knows_its_roles(web: Web, tenant: Tenant, email: str) -> None:
    visitor = web.visitor()
    assert (await visitor.get(SESSION)).status_code == 401
    answer = await visitor.post(SESSION, json={"email": email.upper(), "password": PASSWORD})
    assert answer.status_code == 201
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    me = (await visitor.get(SESSION)).json()
    assert me["company_id"] == str(tenant.company_id)
    assert me["roles"] == [{"practice_id": str(tenant.practice_id), "role": "biller"}]


async def test_a_wrong_password_and_an_unknown_account_read_the_same(web: Web, email: str) -> None:
    visitor = web.visitor()
    wrong = await visitor.post(SESSION, json={"email": email, "password": PASSWORD + "!"})
    unknown = await visitor.post(SESSION, json={"email": f"no-{email}", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    first, second = wrong.json(), unknown.json()
    assert first.pop("request_id") != second.pop("request_id")
    assert first == second
    assert email not in wrong.text
    assert COOKIE not in visitor.cookies


async def test_a_refused_sign_in_is_on_record_without_the_address(web: Web, email: str, admin: Admin) -> None:
    answer = await web.visitor().post(SESSION, json={"email": email, "password": "wrong wrong wrong"})
    rows = admin.execute(
        "select action, outcome, row_to_json(e)::text from app.audit_event e where request_id = %s",
        [answer.headers["X-Request-Id"]],
    ).fetchall()
    assert ("tenancy.sign_in.refused", "refused") in {(row[0], row[1]) for row in rows}
    assert all(email not in str(row[2]) for row in rows)


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(web: Web, tenant: Tenant) -> None:
    person = await web.signed_in(tenant, "biller")
    copy = web.visitor()
    copy.cookies.set(COOKIE, person.cookies[COOKIE])
    assert (await copy.get(SESSION)).status_code == 200
    assert (await person.post(f"{SESSION}/end")).status_code == 204
    assert (await copy.get(SESSION)).status_code == 401
    assert (await copy.get(base_of(tenant))).status_code == 401


async def test_a_made_up_token_is_nobody(web: Web) -> None:
    visitor = web.visitor()
    visitor.cookies.set(COOKIE, "A" * 43)
    assert (await visitor.get(SESSION)).status_code == 401


@pytest.mark.parametrize(
    ("column", "moved", "status"),
    [
        ("last_seen_at", IDLE - dt.timedelta(minutes=1), 200),
        ("last_seen_at", IDLE + dt.timedelta(seconds=1), 401),
        ("expires_at", ABSOLUTE - dt.timedelta(minutes=1), 200),
        ("expires_at", ABSOLUTE + dt.timedelta(seconds=1), 401),
    ],
)
async def test_a_session_ends_when_idle_or_old(
    web: Web, tenant: Tenant, admin: Admin, column: str, moved: dt.timedelta, status: int
) -> None:
    person = await web.signed_in(tenant, "biller")
    _age(admin, tenant, column, moved)
    assert (await person.get(SESSION)).status_code == status


async def test_a_session_in_use_does_not_become_idle(web: Web, tenant: Tenant, admin: Admin) -> None:
    person = await web.signed_in(tenant, "biller")
    for _ in range(3):
        _age(admin, tenant, "last_seen_at", IDLE - dt.timedelta(minutes=1))
        assert (await person.get(SESSION)).status_code == 200


async def test_a_role_taken_away_is_gone_on_the_next_request(web: Web, tenant: Tenant, admin: Admin) -> None:
    person = await web.signed_in(tenant, "biller")
    assert (await person.get(base_of(tenant))).status_code == 200
    admin.execute("update app.membership set ended_at = now() where practice_id = %s", [tenant.practice_id])
    assert (await person.get(base_of(tenant))).status_code == 404


async def test_neither_token_nor_password_is_kept(web: Web, tenant: Tenant, admin: Admin) -> None:
    person = await web.signed_in(tenant, "biller")
    kept = admin.execute(
        "select row_to_json(s)::text from app.session s where company_id = %s union all"
        " select row_to_json(u)::text from app.user_account u where company_id = %s",
        [tenant.company_id, tenant.company_id],
    ).fetchall()
    assert len(kept) == 2
    for (row,) in kept:
        assert person.cookies[COOKIE] not in str(row)
        assert PASSWORD not in str(row)


def _age(admin: Admin, tenant: Tenant, column: str, moved: dt.timedelta) -> None:
    statement = f"update app.session set {column} = {column} - %s where company_id = %s"
    assert admin.execute(statement, [moved, tenant.company_id]).rowcount == 1
