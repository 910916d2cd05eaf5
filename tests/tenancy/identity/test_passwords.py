"""Which passwords are taken, changing one, and setting a new one by a mailed link."""

import base64
import datetime as dt
import uuid

import httpx
import pytest
import sqlalchemy as sa
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of
from tests.tenancy.identity.accounts import SESSION, Account, Admin, account, end_pauses, pass_time
from tests.tenancy.identity.sent import statements

from app.subscriptions import listeners
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.run import run_job
from tenancy.identity import passwords
from tenancy.identity.cookies import COOKIE
from tenancy.identity.links import LinkKind, make_link_token
from tenancy.identity.password_change import RESET_LIFETIME
from tenancy.identity.passwords import password_problem

NEW = "orbit lantern meadow brick"
RESET, FINISH = "/api/v1/password-reset", "/api/v1/password-reset/finish"


@pytest.fixture
async def ana(web: Web, tenant: Tenant) -> Account:
    return await account(web, tenant)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        (NEW, ""),
        ("eleven char", "at least 12 characters"),
        ("password1234", "easy to guess"),
        ("qwertyuiop12", "easy to guess"),
        ("123456789012", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("Northgate1234", "easy to guess"),  # where the person works
        ("x7 Ana.Sample Kq2v", "must not hold the e-mail"),
        ("ana.sample@northgate.example", "must not hold the e-mail"),
    ],
)
def test_short_common_and_own_passwords_are_refused(password: str, problem: str) -> None:
    found = password_problem(password, email="ana.sample@northgate.example", display_name="Ana Sample")
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.usefixtures("passwords_as_shipped")
async def test_what_is_stored_costs_what_rfc_9106_recommends() -> None:
    """Argon2id with 64 MiB, three passes and four lanes (RFC 9106 section 4, second choice), a salt of its own each time."""
    recommended = "$argon2id$v=19$m=65536,t=3,p=4$"
    stored, again = await passwords.hash_password(NEW), await passwords.hash_password(NEW)
    assert stored.startswith(recommended)
    assert stored != again
    # What an account that does not exist is checked against costs exactly what a stored one does.
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODY)
    assert await passwords.password_fits(NEW, stored)
    assert not await passwords.password_fits(PASSWORD, stored)
    assert not await passwords.password_fits(NEW, None)


async def test_a_new_password_ends_every_other_session_and_changes_the_cookie(
    web: Web, tenant: Tenant, ana: Account
) -> None:
    here, elsewhere = await ana.signed_in(), await ana.signed_in()
    before = here.cookies[COOKIE]
    changed = await here.post(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": NEW})
    assert changed.status_code == 200
    assert here.cookies[COOKIE] != before
    assert (await here.get(base_of(tenant))).status_code == 200
    assert (await elsewhere.get(SESSION)).status_code == 401
    copy = web.visitor()
    copy.cookies.set(COOKIE, before)
    assert (await copy.get(SESSION)).status_code == 401
    assert (await ana.give_password(web.visitor(), PASSWORD)).status_code == 401
    assert (await ana.give_password(web.visitor(), NEW)).status_code == 201


async def test_a_wrong_present_or_an_easy_new_password_changes_nothing(web: Web, ana: Account) -> None:
    here, elsewhere = await ana.signed_in(), await ana.signed_in()
    wrong = await here.post(f"{SESSION}/password", json={"current_password": NEW, "new_password": NEW})
    assert wrong.status_code == 403
    easy = {"current_password": PASSWORD, "new_password": "password1234"}
    refused = await here.post(f"{SESSION}/password", json=easy)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/new_password"
    assert "password1234" not in refused.text
    assert (await elsewhere.get(SESSION)).status_code == 200
    assert (await ana.give_password(web.visitor())).status_code == 201


async def test_guessing_the_present_password_in_an_open_session_makes_wait(ana: Account, admin: Admin) -> None:
    here = await ana.signed_in()
    body = {"current_password": "wrong wrong wrong", "new_password": NEW}
    for _ in range(5):
        assert (await here.post(f"{SESSION}/password", json=body)).status_code == 403
    assert (await here.post(f"{SESSION}/password", json=body)).status_code == 429
    end_pauses(admin)
    changed = await here.post(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": NEW})
    assert changed.status_code == 200


async def asked(web: Web, email: str) -> str:
    """Ask for a link; the id the mail job is told."""
    visitor = web.visitor()
    answer = await visitor.post(RESET, json={"email": email})
    assert answer.status_code == 202
    return await announced(web, answer)


async def announced(web: Web, answer: httpx.Response) -> str:
    async with open_transaction(web.resources.database, Scope(audience="intake")) as tx:
        rows = await tx.execute(
            sa.select(outbox.c.id, outbox.c.topic, outbox.c.payload).where(
                outbox.c.request_id == answer.headers["X-Request-Id"]
            )
        )
        (row,) = rows.all()
    assert row.topic == "tenancy.password_reset.asked"
    assert set(row.payload) == {"password_reset_id"}
    message = JobMessage(row.id, None, None)
    await run_job(web.resources.database, message, listeners(web.resources))
    reset_id: str = row.payload["password_reset_id"]
    return reset_id


def link(web: Web, reset_id: str, *, kind: LinkKind = "password-reset", key: bytes | None = None) -> str:
    """The token the mail will carry, made from the id as the mail job will."""
    expires_at = wall_now() + RESET_LIFETIME
    return make_link_token(kind, uuid.UUID(reset_id), expires_at, key or web.resources.sessions.keys.links)


async def finish(web: Web, token: str, password: str = NEW) -> httpx.Response:
    return await web.visitor().post(FINISH, json={"token": token, "new_password": password})


async def test_a_mailed_link_sets_a_new_password_once_and_signs_out_everywhere(web: Web, ana: Account) -> None:
    working = await ana.signed_in()
    token = link(web, await asked(web, ana.email.upper()))
    other = link(web, await asked(web, ana.email))
    easy = await finish(web, token, "password1234")
    assert easy.status_code == 422
    assert (await finish(web, token)).status_code == 204
    assert (await working.get(SESSION)).status_code == 401
    assert (await ana.give_password(web.visitor(), PASSWORD)).status_code == 401
    assert (await ana.give_password(web.visitor(), NEW)).status_code == 201
    for spent in (token, other):
        replayed = await finish(web, spent, "another lantern meadow brick")
        assert replayed.status_code == 401
        assert "used before or has expired" in replayed.json()["detail"]


@pytest.mark.parametrize(
    "fault", ["truncated", "longer", "changed", "another key", "another purpose", "expired", "of nobody", "no token"]
)
async def test_a_link_that_is_not_the_mailed_one_sets_nothing(
    web: Web, tenant: Tenant, ana: Account, admin: Admin, fault: str
) -> None:
    reset_id = await asked(web, ana.email)
    token = link(web, reset_id)
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[18] ^= 1  # a later expiry
    faulty = {
        "truncated": token[:-2],
        "longer": token + "AA",
        "changed": base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="),
        "another key": link(web, reset_id, key=b"k" * 32),
        "another purpose": link(web, reset_id, kind="bill"),
        "expired": make_link_token(
            "password-reset", uuid.UUID(reset_id), wall_now(), web.resources.sessions.keys.links
        ),
        "of nobody": link(web, str(uuid.UUID(int=7))),
        "no token": "ä not base64 %%",
    }[fault]
    assert (await finish(web, faulty)).status_code == 401
    assert (await ana.give_password(web.visitor())).status_code == 201
    assert (await finish(web, token)).status_code == 204


async def test_the_row_of_a_link_expires_too(web: Web, tenant: Tenant, ana: Account, admin: Admin) -> None:
    token = link(web, await asked(web, ana.email))
    pass_time(admin, tenant, "password_reset", "expires_at", RESET_LIFETIME + dt.timedelta(seconds=1))
    assert (await finish(web, token)).status_code == 401


async def test_asking_answers_and_does_the_same_for_an_address_nobody_has(web: Web, ana: Account) -> None:
    answers, sent = [], []
    for email in (ana.email, f"no-{ana.email}"):
        visitor = web.visitor()
        async with statements(web, "identity") as seen:
            answers.append(await visitor.post(RESET, json={"email": email}))
        sent.append(list(seen))
    assert [(one.status_code, one.content) for one in answers] == [(202, answers[0].content)] * 2
    assert sent[0] == sent[1]
    nobodys = await announced(web, answers[1])
    assert (await finish(web, link(web, nobodys))).status_code == 401


async def test_a_reset_forgets_failed_attempts_and_still_asks_for_the_second_factor(
    web: Web, ana: Account, admin: Admin
) -> None:
    await ana.set_up_factor(await ana.signed_in())
    for _ in range(5):
        await ana.give_password(web.visitor(), "wrong wrong wrong")
    assert (await ana.give_password(web.visitor())).status_code == 429
    assert (await finish(web, link(web, await asked(web, ana.email)))).status_code == 204
    assert (await ana.give_password(web.visitor(), NEW)).json()["stage"] == "second_factor"


async def test_the_address_is_in_no_event_and_no_payload(web: Web, ana: Account, admin: Admin) -> None:
    visitor = web.visitor()
    answer = await visitor.post(RESET, json={"email": ana.email})
    kept = admin.execute(
        "select row_to_json(e)::text from app.audit_event e where request_id = %s union all"
        " select row_to_json(o)::text from app.outbox o where request_id = %s",
        [answer.headers["X-Request-Id"]] * 2,
    ).fetchall()
    assert len(kept) == 2
    assert all(ana.email not in str(row) for row in kept)
