"""Every secret opens its own door and no other, and no longer than it should: cookies, keys, codes, links and tokens at each door."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.api.conftest import Furnished, furnish
from tests.api.keys import in_a_month
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import PASSWORD, Web, base_of
from tests.tenancy.identity.accounts import SESSION, account
from tests.tenancy.identity.test_passwords import asked, finish, link

from kernel.ids import new_id
from tenancy.identity.cookies import COOKIE
from tenancy.public import invitation_token

BORN = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
NEW = "orbit lantern meadow brick"
Secrets = dict[str, str]
Door = Callable[[httpx.AsyncClient, str, str], Awaitable[httpx.Response]]


async def by_cookie(visitor: httpx.AsyncClient, base: str, secret: str) -> httpx.Response:
    return await visitor.get(base, headers={"Cookie": f"{COOKIE}={secret}"})


async def by_key(visitor: httpx.AsyncClient, base: str, secret: str) -> httpx.Response:
    return await visitor.get(base, headers={"Authorization": f"Bearer {secret}"})


async def by_patients_cookie(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.get("/bill/account", headers={"Cookie": f"{COOKIE}={secret}"})


async def by_code(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.post("/bill", data={"bill_code": secret, **BORN})


async def by_code_link(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.post(f"/bill/link/{secret}", data=BORN)


async def by_once_link(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.post(f"/bill/once/{secret}", data=BORN)


async def by_reset(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.post("/api/v1/password-reset/finish", json={"token": secret, "new_password": NEW})


async def by_invitation(visitor: httpx.AsyncClient, _: str, secret: str) -> httpx.Response:
    return await visitor.post("/api/v1/invitations/accept", json={"token": secret, "password": NEW})


async def by_cursor(visitor: httpx.AsyncClient, base: str, secret: str) -> httpx.Response:
    return await visitor.get(f"{base}/patients", params={"cursor": secret})


DOORS: dict[str, tuple[Door, int]] = {
    "cookie": (by_cookie, 200),
    "patient's cookie": (by_patients_cookie, 200),
    "key": (by_key, 200),
    "bill code": (by_code, 303),
    "bill code in a link": (by_code_link, 303),
    "link that opens once": (by_once_link, 303),
    "reset": (by_reset, 204),
    "invitation": (by_invitation, 201),
}
"""How each is used, and the answer when it is right."""

SAME_SECRET = {("bill code", "bill code in a link"), ("bill code in a link", "bill code")}


async def secrets_of(web: Web, one: Furnished) -> Secrets:
    """One of each kind, fresh, of people and a patient of this practice."""
    base, sessions = base_of(one.tenant), web.resources.sessions
    boss = await web.signed_in(one.tenant, "administrator", company_wide=True)
    biller = await web.signed_in(one.tenant, "biller")
    patient_page = f"{base}/patients/{one.ids['patient_id']}"
    code = (await biller.post(f"{patient_page}/bill-code")).json()["code"]
    once = (await biller.post(f"{patient_page}/bill-link")).json()["link"].rpartition("/")[2]
    patient = web.visitor()
    assert (await by_code(patient, base, code)).status_code == 303
    scope = {"permissions": ["practice:read"], "practice_ids": [str(one.tenant.practice_id)]}
    made = await biller.post("/api/v1/api-keys", json={"name": "Export", "expires_at": in_a_month(), **scope})
    roles = [{"role": "coder", "practice_id": str(one.tenant.practice_id)}]
    invited = {"email": f"{new_id()}@northgate.example", "display_name": "Sam", "roles": roles, "reason": "joins us"}
    invitation_id = (await boss.post("/api/v1/invitations", json=invited)).json()["id"]
    return {
        "cookie": biller.cookies[COOKIE],
        "patient's cookie": patient.cookies[COOKIE],
        "key": made.json()["key"],
        "bill code": code,
        "bill code in a link": code,
        "link that opens once": once,
        "reset": link(web, await asked(web, await web.member(one.tenant, "coder"))),
        "invitation": invitation_token(sessions, invitation_id),
    }


async def test_every_secret_opens_its_own_door_and_no_other(web: Web, make_tenant: MakeTenant) -> None:
    one = await furnish(web, await make_tenant())
    base, secrets = base_of(one.tenant), await secrets_of(web, one)
    assert set(secrets) == set(DOORS)

    async def tried(kind: str, at: str) -> httpx.Response:
        stranger = Web(web.app, web.resources)  # each try from an address of its own: none is refused for those before
        try:
            return await DOORS[at][0](stranger.visitor(), base, secrets[kind])
        finally:
            await stranger.close()

    opened = set()
    for at, (_, right) in DOORS.items():
        for kind in secrets:
            if kind != at and (kind, at) not in SAME_SECRET:
                answer = await tried(kind, at)
                assert answer.status_code < 500, (kind, at)
                if answer.status_code == right:
                    opened.add((kind, at))
    assert opened == set()
    for kind, (_, right) in DOORS.items():
        assert (await tried(kind, kind)).status_code == right, f"{kind} was good all the while"


@pytest.mark.parametrize("kind", ["link that opens once", "reset", "invitation"])
async def test_what_works_once_is_refused_when_it_comes_again(web: Web, make_tenant: MakeTenant, kind: str) -> None:
    one = await furnish(web, await make_tenant())
    secret, (use, right) = (await secrets_of(web, one))[kind], DOORS[kind]
    assert (await use(web.visitor(), base_of(one.tenant), secret)).status_code == right
    replayed = await use(web.visitor(), base_of(one.tenant), secret)
    assert replayed.status_code in {401, 404}
    assert secret not in replayed.text


async def test_a_cookie_that_somebody_planted_is_not_the_one_that_signing_in_gives(
    web: Web, make_tenant: MakeTenant
) -> None:
    """Session fixation: who signs in gets a new session, whatever the browser held, and what it held opens nothing."""
    tenant = await make_tenant()
    attacker = await web.signed_in(tenant, "biller")
    for planted in ("A" * 43, attacker.cookies[COOKIE]):
        victim, email = web.visitor(), await web.member(tenant, "coder")
        credentials = {"email": email, "password": PASSWORD}
        answer = await victim.post(SESSION, json=credentials, headers={"Cookie": f"{COOKIE}={planted}"})
        assert answer.status_code == 201
        own = answer.cookies[COOKIE]
        assert own != planted
        as_planted = await web.visitor().get(SESSION, headers={"Cookie": f"{COOKIE}={planted}"})
        as_own = await web.visitor().get(SESSION, headers={"Cookie": f"{COOKIE}={own}"})
        assert as_own.status_code == 200
        assert as_planted.json().get("user_id") != as_own.json()["user_id"]


async def test_a_copied_cookie_ends_with_what_changes_the_session(web: Web, make_tenant: MakeTenant) -> None:
    """When the password is given again, a half session's after the second factor, and everybody's after a new password."""
    tenant = await make_tenant()
    ana = await account(web, tenant)
    client = await ana.signed_in()
    at_first = client.cookies[COOKIE]
    assert (await by_cookie(web.visitor(), base_of(tenant), at_first)).status_code == 200
    assert (await client.post(f"{SESSION}/password-again", json={"password": ana.password})).status_code == 204
    before_factor = client.cookies[COOKIE]
    await ana.set_up_factor(client)
    half = web.visitor()
    await ana.give_password(half)
    copied = half.cookies[COOKIE]
    opened = await ana.give_code(half, ana.recovery_codes[0])
    assert opened.status_code == 201, opened.text
    after_factor = half.cookies[COOKIE]
    assert (await by_cookie(web.visitor(), base_of(tenant), after_factor)).status_code == 200
    for old in (at_first, before_factor, copied):
        assert (await by_cookie(web.visitor(), base_of(tenant), old)).status_code == 401
    token = link(web, await asked(web, ana.email))
    assert (await finish(web, token)).status_code == 204
    assert (await by_cookie(web.visitor(), base_of(tenant), after_factor)).status_code == 401
