"""What a session is between two requests: a cookie, a hash, and one question to the database."""

import psycopg
import pytest
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of
from tests.tenancy.identity.sent import statements

from kernel.settings import WebSettings
from tenancy.identity.cookies import COOKIE, cookie_name, session_cookie

SESSION = "/api/v1/session"
Admin = psycopg.Connection[tuple[object, ...]]


async def test_finding_a_session_is_one_statement(web: Web, tenant: Tenant) -> None:
    person = await web.signed_in(tenant, "biller")
    async with statements(web, "identity") as sent:
        assert (await person.get(base_of(tenant))).status_code == 200
    assert len(sent) == 1
    assert "identity.find_session" in sent[0]


async def test_the_time_of_the_last_request_is_written_once_a_minute(web: Web, tenant: Tenant, admin: Admin) -> None:
    person = await web.signed_in(tenant, "biller")
    versions = "select xmin::text from app.session where company_id = %s"
    opened = admin.execute(versions, [tenant.company_id]).fetchall()
    for _ in range(3):
        await person.get(SESSION)
    assert admin.execute(versions, [tenant.company_id]).fetchall() == opened
    admin.execute(
        "update app.session set last_seen_at = last_seen_at - interval '61 seconds' where company_id = %s",
        [tenant.company_id],
    )
    await person.get(SESSION)
    (seen,) = admin.execute(
        "select clock_timestamp() - last_seen_at < interval '30 seconds' from app.session where company_id = %s",
        [tenant.company_id],
    ).fetchall()
    assert seen == (True,)


async def test_a_person_who_left_is_signed_out_on_the_next_request(web: Web, tenant: Tenant, admin: Admin) -> None:
    person = await web.signed_in(tenant, "biller")
    assert (await person.get(SESSION)).status_code == 200
    admin.execute("update app.user_account set ended_at = now() where company_id = %s", [tenant.company_id])
    assert (await person.get(SESSION)).status_code == 401


@pytest.mark.parametrize("fault", ["truncated", "longer", "other letter", "empty", "not ours", "quoted"])
async def test_a_damaged_cookie_is_nobody(web: Web, tenant: Tenant, fault: str) -> None:
    person = await web.signed_in(tenant, "biller")
    token = person.cookies[COOKIE]
    damaged = {
        "truncated": token[:-1],
        "longer": f"{token}A",
        "other letter": ("B" if token[0] == "A" else "A") + token[1:],
        "empty": "",
        "not ours": "' or true --",
        "quoted": f'"{token}x"',
    }[fault]
    visitor = web.visitor()
    answer = await visitor.get(SESSION, headers={"Cookie": f"{COOKIE}={damaged}"})
    assert answer.status_code == 401
    assert (await visitor.get(SESSION, headers={"Cookie": f"{COOKIE}={token}"})).status_code == 200


@pytest.mark.parametrize(
    ("url", "name"), [("https://billing.example", f"__Host-{COOKIE}"), ("http://127.0.0.1", COOKIE)]
)
def test_where_the_site_is_https_the_cookie_is_bound_to_this_very_host(url: str, name: str) -> None:
    web = WebSettings(public_url=url)
    cookie = session_cookie("token", web)
    assert cookie.key == cookie_name(web) == name
    assert cookie.secure is url.startswith("https:")
    assert (cookie.path, cookie.domain, cookie.httponly, cookie.samesite) == ("/", None, True, "lax")
