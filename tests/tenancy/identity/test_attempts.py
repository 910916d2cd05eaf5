"""Failed attempts make wait, longer each time, and lock nobody out for ever."""

import asyncio

import pytest
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, request_id_of
from tests.tenancy.identity.accounts import SESSION, Account, Admin, account, end_pauses
from tests.tenancy.identity.sent import statements

from tenancy.identity.attempts import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, LONGEST_PAUSE_SECONDS, network_of

WRONG = "wrong wrong wrong"


@pytest.fixture
async def ana(web: Web, tenant: Tenant) -> Account:
    return await account(web, tenant)


async def use_up(web: Web, ana: Account) -> None:
    """As many failures as cost nothing; the next attempt comes too soon."""
    for _ in range(FREE_PER_ACCOUNT):
        assert (await ana.give_password(web.visitor(), WRONG)).status_code == 401


async def test_after_five_failures_even_the_right_password_waits_and_then_opens(
    web: Web, ana: Account, admin: Admin
) -> None:
    await use_up(web, ana)
    early = await ana.give_password(web.visitor())
    assert early.status_code == 429
    assert early.json()["detail"].startswith("too many attempts; wait ")
    assert int(early.headers["Retry-After"]) >= 1
    rows = admin.execute("select action from app.audit_event where request_id = %s", [request_id_of(early)]).fetchall()
    assert ("tenancy.sign_in.delayed",) in rows
    end_pauses(admin)
    assert (await ana.give_password(web.visitor())).status_code == 201
    assert (await ana.give_password(web.visitor(), WRONG)).status_code == 401
    assert (await ana.give_password(web.visitor())).status_code == 201


async def test_the_pause_doubles_up_to_a_quarter_of_an_hour(web: Web, ana: Account, admin: Admin) -> None:
    await use_up(web, ana)
    pauses = []
    for _ in range(7):
        end_pauses(admin)
        assert (await ana.give_password(web.visitor(), WRONG)).status_code == 401
        pauses.append(pause_of(web, ana, admin))
        early = await ana.give_password(web.visitor(), WRONG)
        assert 0 < int(early.headers["Retry-After"]) <= pauses[-1]
    assert pauses == [60, 120, 240, 480, *[LONGEST_PAUSE_SECONDS] * 3]


def pause_of(web: Web, ana: Account, admin: Admin) -> int:
    """The pause that the last failure of this account began."""
    key = web.resources.sessions.keys.id("attempt:account", ana.email)
    (row,) = admin.execute(
        "select extract(epoch from blocked_until - last_failed_at)::int from app.sign_in_throttle where id = %s", [key]
    ).fetchall()
    assert isinstance(row[0], int)
    return row[0]


async def test_an_account_nobody_has_waits_like_one_that_somebody_has(web: Web, ana: Account) -> None:
    nobody = Account(web, ana.tenant, f"no-{ana.email}")
    for person in (ana, nobody):
        await use_up(web, person)
        assert (await person.give_password(web.visitor())).status_code == 429


async def test_unknown_account_and_wrong_password_ask_the_same_of_the_database_and_check_one_hash(
    web: Web, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal work is what makes the times equal; a clock would only say so on a quiet machine."""
    from tenancy.identity import passwords

    checked: list[int] = []
    really = passwords._hasher.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            checked.append(1)
            return really(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    sent = []
    for email in (ana.email, f"no-{ana.email}"):
        async with statements(web, "identity") as seen:
            answer = await web.visitor().post(SESSION, json={"email": email, "password": WRONG})
        assert answer.status_code == 401
        sent.append(list(seen))
    assert sent[0] == sent[1]
    assert len(sent[0]) > 4
    assert len(checked) == 2


async def test_strangers_cannot_keep_out_a_browser_that_was_signed_in_before(
    web: Web, ana: Account, admin: Admin
) -> None:
    own = await ana.signed_in()
    await use_up(web, ana)
    assert (await ana.give_password(web.visitor())).status_code == 429
    assert (await ana.give_password(own)).status_code == 201


async def test_a_known_browser_is_counted_by_itself(web: Web, ana: Account) -> None:
    own = await ana.signed_in()
    for _ in range(FREE_PER_ACCOUNT):
        assert (await ana.give_password(own, WRONG)).status_code == 401
    assert (await ana.give_password(own)).status_code == 429
    assert (await ana.give_password(web.visitor())).status_code == 201


async def test_a_session_of_somebody_else_does_not_make_a_browser_known(web: Web, tenant: Tenant, ana: Account) -> None:
    other = await (await account(web, tenant)).signed_in()
    await use_up(web, ana)
    assert (await ana.give_password(other)).status_code == 429


async def test_many_attempts_at_once_are_no_more_than_many_in_a_row(web: Web, ana: Account) -> None:
    tries = [ana.give_password(web.visitor(), WRONG) for _ in range(FREE_PER_ACCOUNT * 3)]
    statuses = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert statuses.count(401) <= FREE_PER_ACCOUNT + 1
    assert statuses.count(429) >= FREE_PER_ACCOUNT


async def test_many_accounts_tried_from_one_address_make_that_address_wait(
    web: Web, tenant: Tenant, ana: Account, admin: Admin
) -> None:
    visitor = web.visitor()
    for number in range(FREE_PER_ADDRESS):
        body = {"email": f"{number}-{ana.email}", "password": WRONG}
        assert (await visitor.post(SESSION, json=body)).status_code == 401
    assert (await ana.give_password(visitor)).status_code == 429
    elsewhere = Web(web.app, web.resources)
    try:
        body = {"email": ana.email, "password": PASSWORD}
        assert (await elsewhere.visitor().post(SESSION, json=body)).status_code == 201
    finally:
        await elsewhere.close()


async def test_what_nobody_tried_for_a_day_is_forgotten(web: Web, ana: Account, admin: Admin) -> None:
    await use_up(web, ana)
    admin.execute(
        "update app.sign_in_throttle set last_failed_at = last_failed_at - interval '25 hours',"
        " blocked_until = blocked_until - interval '25 hours'"
    )
    assert (await ana.give_password(web.visitor())).status_code == 201


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("a unix socket", "a unix socket"),
    ],
)
def test_an_ipv6_subscriber_is_counted_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
