"""Signing in with a second factor: setting one up, answering it, losing the phone, and what the company asks of everybody."""

import base64
import datetime as dt
import re

import httpx
import pytest
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, as_read, base_of, request_id_of
from tests.tenancy.identity.accounts import FACTOR, SESSION, Account, Admin, account, end_pauses, next_step, pass_time
from tests.tenancy.identity.sent import statements

from tenancy.identity.cookies import COOKIE


@pytest.fixture
async def ana(web: Web, tenant: Tenant) -> Account:
    """Somebody with an authenticator app, whose present code was used to set it up."""
    person = await account(web, tenant)
    await person.set_up_factor(await person.signed_in())
    return person


async def test_setting_up_shows_secret_and_codes_once_and_changes_the_cookie(web: Web, tenant: Tenant) -> None:
    person = await account(web, tenant)
    client = await person.signed_in()
    before = client.cookies[COOKIE]
    enrolled = (await client.post(FACTOR)).json()
    assert enrolled["otpauth_uri"].startswith("otpauth://totp/Billwright:")
    assert f"secret={enrolled['secret']}" in enrolled["otpauth_uri"]
    assert (await client.get(FACTOR)).json() == {"enabled": False, "recovery_codes_left": 0, "required": False}
    confirmed = await person.set_up_factor(client)
    assert client.cookies[COOKIE] != before
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert all(re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", code) for code in person.recovery_codes)
    assert (await client.get(FACTOR)).json() == {"enabled": True, "recovery_codes_left": 10, "required": False}
    assert (await client.post(FACTOR)).status_code == 409
    old = web.visitor()
    old.cookies.set(COOKIE, before)
    assert (await old.get(SESSION)).status_code == 401


async def test_a_wrong_first_code_turns_nothing_on(web: Web, tenant: Tenant) -> None:
    person = await account(web, tenant)
    client = await person.signed_in()
    assert (await client.post(f"{FACTOR}/confirm", json={"code": "000000"})).status_code == 409
    await client.post(FACTOR)
    refused = await client.post(f"{FACTOR}/confirm", json={"code": "abcdef"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/code"
    assert (await client.get(FACTOR)).json()["enabled"] is False
    assert (await person.give_password(web.visitor())).json()["stage"] == "open"


async def test_the_password_alone_opens_nothing_once_there_is_a_second_factor(
    web: Web, tenant: Tenant, ana: Account
) -> None:
    client = web.visitor()
    half = await ana.give_password(client)
    assert half.json()["stage"] == "second_factor"
    token = client.cookies[COOKIE]
    for path in (SESSION, base_of(tenant), "/api/v1/sessions", FACTOR):
        assert (await client.get(path)).status_code == 401, path
    assert (await client.post(f"{FACTOR}")).status_code == 401
    whole = await ana.give_code(client, ana.code(steps=1))
    assert whole.status_code == 201
    assert whole.json()["stage"] == "open"
    assert client.cookies[COOKIE] != token
    assert (await client.get(base_of(tenant))).status_code == 200
    half_way = web.visitor()
    half_way.cookies.set(COOKIE, token)
    assert (await ana.give_code(half_way, ana.recovery_codes[0])).status_code == 401


async def test_a_code_counts_once(web: Web, tenant: Tenant, ana: Account, admin: Admin) -> None:
    used = ana.code(steps=1)
    first, second = web.visitor(), web.visitor()
    await ana.give_password(first)
    await ana.give_password(second)
    assert (await ana.give_code(first, used)).status_code == 201
    assert (await ana.give_code(second, used)).status_code == 401
    next_step(admin, tenant)
    assert (await ana.give_code(second, used)).status_code == 201


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (0, 201), (1, 201), (3, 401)])
async def test_a_phones_clock_may_be_one_step_off(
    web: Web, tenant: Tenant, ana: Account, admin: Admin, steps: int, status: int
) -> None:
    next_step(admin, tenant)
    client = web.visitor()
    await ana.give_password(client)
    assert (await ana.give_code(client, ana.code(steps=steps))).status_code == status


async def test_a_half_session_is_over_after_five_minutes(web: Web, tenant: Tenant, ana: Account, admin: Admin) -> None:
    client = web.visitor()
    await ana.give_password(client)
    pass_time(admin, tenant, "session", "expires_at", dt.timedelta(minutes=5, seconds=1))
    assert (await ana.give_code(client, ana.code(steps=1))).status_code == 401


async def test_each_recovery_code_opens_one_sign_in_however_it_is_typed(web: Web, ana: Account) -> None:
    for code in (ana.recovery_codes[0], ana.recovery_codes[1].lower().replace("-", " ")):
        client = web.visitor()
        await ana.give_password(client)
        assert (await ana.give_code(client, code)).status_code == 201
        assert (await client.get(SESSION)).status_code == 200
        again = web.visitor()
        await ana.give_password(again)
        assert (await ana.give_code(again, code)).status_code == 401
    assert (await client.get(FACTOR)).json()["recovery_codes_left"] == 8


async def test_new_recovery_codes_replace_the_old(web: Web, ana: Account) -> None:
    client = web.visitor()
    await ana.give_password(client)
    await ana.give_code(client, ana.recovery_codes[0])
    new = (await client.post(f"{FACTOR}/recovery-codes")).json()["recovery_codes"]
    assert not set(new) & set(ana.recovery_codes)
    other = web.visitor()
    await ana.give_password(other)
    assert (await ana.give_code(other, ana.recovery_codes[1])).status_code == 401
    assert (await ana.give_code(other, new[0])).status_code == 201


async def test_turning_it_off_needs_a_fresh_password_and_then_the_password_is_enough(
    web: Web, tenant: Tenant, ana: Account, admin: Admin
) -> None:
    client = web.visitor()
    await ana.give_password(client)
    await ana.give_code(client, ana.recovery_codes[0])
    pass_time(admin, tenant, "session", "authenticated_at", dt.timedelta(minutes=5, seconds=1))
    refused = await client.post(f"{FACTOR}/disable")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/password-needed")
    wrong = await client.post(f"{SESSION}/password-again", json={"password": "not this one at all"})
    assert wrong.status_code == 403
    assert (await client.post(f"{FACTOR}/disable")).status_code == 403
    assert (await client.post(f"{SESSION}/password-again", json={"password": PASSWORD})).status_code == 204
    assert (await client.post(f"{FACTOR}/disable")).status_code == 204
    assert (await ana.give_password(web.visitor())).json()["stage"] == "open"
    kept = admin.execute("select secret_sealed from app.second_factor where company_id = %s", [tenant.company_id])
    assert kept.fetchall() == [(b"",)]


async def ask_for_a_factor(client: httpx.AsyncClient, *, asked: bool) -> httpx.Response:
    policy = "/api/v1/sign-in-policy"
    return await client.put(policy, json={"second_factor_required": asked}, headers=await as_read(client, policy))


async def test_where_the_company_asks_for_it_whoever_has_none_can_only_set_one_up(web: Web, tenant: Tenant) -> None:
    administrator = await account(web, tenant, "administrator", company_wide=True)
    office = await administrator.signed_in()
    person = await account(web, tenant)
    working = await person.signed_in()
    assert (await working.get(base_of(tenant))).status_code == 200
    answer = await ask_for_a_factor(office, asked=True)
    assert answer.json() == {"second_factor_required": True}
    assert (await working.get(base_of(tenant))).status_code == 401
    newly = web.visitor()
    assert (await person.give_password(newly)).json()["stage"] == "enroll"
    for path in (SESSION, base_of(tenant), "/api/v1/sessions"):
        assert (await newly.get(path)).status_code == 401, path
    assert (await newly.get(FACTOR)).json() == {"enabled": False, "recovery_codes_left": 0, "required": True}
    await person.set_up_factor(newly)
    assert (await newly.get(base_of(tenant))).status_code == 200
    assert (await working.get(base_of(tenant))).status_code == 401
    assert (await newly.post(f"{FACTOR}/disable")).status_code == 409
    await administrator.set_up_factor(office)
    await ask_for_a_factor(office, asked=False)
    assert (await newly.post(f"{FACTOR}/disable")).status_code == 204


async def test_the_policy_is_the_company_administrators_and_of_this_company_alone(
    web: Web, tenant: Tenant, make_tenant: MakeTenant
) -> None:
    stranger = await make_tenant()
    theirs = await (await account(web, stranger)).signed_in()
    biller = await web.signed_in(tenant, "biller")
    assert (await ask_for_a_factor(biller, asked=True)).status_code == 403
    office = await web.signed_in(tenant, "administrator", company_wide=True)
    assert (await ask_for_a_factor(office, asked=True)).status_code == 200
    assert (await theirs.get(base_of(stranger))).status_code == 200


async def test_wrong_codes_make_wait_and_the_right_one_forgets_them(web: Web, ana: Account, admin: Admin) -> None:
    client = web.visitor()
    await ana.give_password(client)
    for _ in range(5):
        assert (await ana.give_code(client, "000000")).status_code == 401
    early = await ana.give_code(client, ana.code(steps=1))
    assert early.status_code == 429
    assert int(early.headers["Retry-After"]) >= 1
    end_pauses(admin)
    assert (await ana.give_code(client, ana.code(steps=1))).status_code == 201


async def test_wrong_used_and_unknown_codes_read_the_same_and_ask_the_same_of_the_database(
    web: Web, tenant: Tenant, ana: Account
) -> None:
    client = web.visitor()
    await ana.give_password(client)
    await ana.give_code(client, ana.recovery_codes[0])
    answers, sent = [], []
    for code in ("000000", ana.recovery_codes[0], "AAAA-BBBB-CCCC", "12345678"):
        half = web.visitor()
        await ana.give_password(half)
        async with statements(web, "identity") as seen:
            refused = await ana.give_code(half, code)
        assert refused.status_code == 401
        answers.append({name: value for name, value in refused.json().items() if name != "request_id"})
        sent.append(list(seen))
    assert all(one == answers[0] for one in answers)
    assert all(one == sent[0] for one in sent)
    assert len(sent[0]) > 4


async def test_every_step_is_on_record_without_code_or_secret(web: Web, ana: Account, admin: Admin) -> None:
    client = web.visitor()
    wrong_password = await ana.give_password(client, "wrong wrong wrong")
    await ana.give_password(client)
    wrong = await ana.give_code(client, "000000")
    right = await ana.give_code(client, ana.recovery_codes[0])
    for answer, action in (
        (wrong_password, "tenancy.sign_in.refused"),
        (wrong, "tenancy.second_factor.refused"),
        (right, "tenancy.second_factor.succeeded"),
    ):
        rows = admin.execute(
            "select action, row_to_json(e)::text from app.audit_event e where request_id = %s", [request_id_of(answer)]
        ).fetchall()
        assert action in {row[0] for row in rows}
        for row in rows:
            assert "000000" not in str(row[1])
            assert ana.recovery_codes[0] not in str(row[1])


async def test_neither_secret_nor_recovery_code_is_kept_in_the_clear(
    tenant: Tenant, ana: Account, admin: Admin
) -> None:
    kept = str(
        admin.execute(
            "select row_to_json(f)::text from app.second_factor f where company_id = %s union all"
            " select row_to_json(c)::text from app.recovery_code c where company_id = %s",
            [tenant.company_id, tenant.company_id],
        ).fetchall()
    )
    assert kept.count("code_hash") == 10
    for hidden in (
        base64.b64encode(ana.secret).decode(),
        base64.b32encode(ana.secret).decode(),
        ana.secret.hex(),
        ana.secret.hex().encode().hex(),
    ):
        assert hidden not in kept
    assert ana.recovery_codes[0] not in kept
    assert ana.recovery_codes[0].replace("-", "") not in kept
