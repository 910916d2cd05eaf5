"""Seeing where one is signed in, and ending it from somewhere else."""

import pytest
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web
from tests.tenancy.identity.accounts import SESSION, Account, account

from tenancy.identity.device import device_words

SESSIONS = "/api/v1/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
async def ana(web: Web, tenant: Tenant) -> Account:
    return await account(web, tenant)


async def test_own_sessions_are_listed_with_when_where_and_what(web: Web, ana: Account) -> None:
    desk, phone = web.visitor(), web.visitor()
    desk.headers["User-Agent"] = FIREFOX
    await ana.give_password(desk)
    await ana.give_password(phone)
    shown = (await desk.get(SESSIONS)).json()["items"]
    assert len(shown) == 2
    (here,) = [one for one in shown if one["current"]]
    assert here["device"] == "Firefox on Windows"
    assert here["address"].startswith("2001:db8:")
    assert here["opened_at"] <= here["last_seen_at"] < here["expires_at"]
    assert not any("token" in name for name in here)


async def test_one_session_is_ended_from_another_on_the_next_request(web: Web, ana: Account) -> None:
    desk, phone = await ana.signed_in(), await ana.signed_in()
    (other,) = [one for one in (await desk.get(SESSIONS)).json()["items"] if not one["current"]]
    assert (await phone.get(SESSION)).status_code == 200
    assert (await desk.post(f"{SESSIONS}/{other['id']}/end")).status_code == 204
    assert (await phone.get(SESSION)).status_code == 401
    assert (await desk.post(f"{SESSIONS}/{other['id']}/end")).status_code == 404
    assert len((await desk.get(SESSIONS)).json()["items"]) == 1


async def test_all_others_are_ended_at_once(ana: Account) -> None:
    here, there, elsewhere = await ana.signed_in(), await ana.signed_in(), await ana.signed_in()
    assert (await here.post(f"{SESSIONS}/end-others")).json() == {"sessions": 2}
    assert [(await one.get(SESSION)).status_code for one in (here, there, elsewhere)] == [200, 401, 401]


async def test_nobody_sees_or_ends_a_colleagues_session(web: Web, tenant: Tenant, ana: Account) -> None:
    working = await ana.signed_in()
    (hers,) = (await working.get(SESSIONS)).json()["items"]
    colleague = await (await account(web, tenant)).signed_in()
    assert hers["id"] not in str((await colleague.get(SESSIONS)).json()["items"])
    assert (await colleague.post(f"{SESSIONS}/{hers['id']}/end")).status_code == 404
    assert (await working.get(SESSION)).status_code == 200
    assert (await working.post(f"{SESSIONS}/{hers['id']}/end")).status_code == 204


async def test_an_administrator_signs_a_person_of_the_company_out_everywhere(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, ana: Account
) -> None:
    working, phone = await ana.signed_in(), await ana.signed_in()
    user_id = (await working.get(SESSION)).json()["user_id"]
    address = f"/api/v1/members/{user_id}/sessions/end"
    stranger = await web.signed_in(await make_tenant(), "administrator", company_wide=True)
    assert (await stranger.post(address)).status_code == 404
    assert (await phone.post(address)).status_code == 403
    office = await web.signed_in(tenant, "administrator", company_wide=True)
    assert (await office.post(address)).json() == {"sessions": 2}
    assert [(await one.get(SESSION)).status_code for one in (working, phone, office)] == [401, 401, 200]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Linux"),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("x" * 500, "x" * 40),
        ("\x1b[31mred", "[31mred"),
        ("", "Unknown device"),
    ],
)  # fmt: skip
def test_a_device_is_told_in_a_few_words(agent: str, words: str) -> None:
    assert device_words(agent) == words
