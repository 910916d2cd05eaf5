"""Invitations: one link, one use, seven days, a password nobody else knows, and nothing told about other companies."""

import asyncio
import datetime as dt
import uuid

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from tests.factories.people import SESSION, Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.ids import new_id
from kernel.jobs.outbox import outbox
from tenancy.public import invitation_token

INVITATIONS = "/api/v1/invitations"
ACCEPT = f"{INVITATIONS}/accept"
Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    return await sign_in(web, await add_person(tenant, {None: "administrator"}))


def invitation(tenant: Tenant, email: str, role: str = "biller") -> dict[str, object]:
    roles = [{"role": role, "practice_id": str(tenant.practice_id)}]
    return {"email": email, "display_name": "Ina Vited", "roles": roles, "reason": "joins the team"}


async def invited(web: Web, keeper: httpx.AsyncClient, tenant: Tenant, email: str) -> str:
    """The token that the mail to this address would carry."""
    answer = await keeper.post(INVITATIONS, json=invitation(tenant, email))
    assert answer.status_code == 201, answer.text
    return invitation_token(web.resources.sessions, uuid.UUID(answer.json()["id"]))


async def accept(web: Web, token: str, password: str = PASSWORD) -> httpx.Response:
    return await web.visitor().post(ACCEPT, json={"token": token, "password": password})


def address() -> str:
    return f"Ina.{new_id()}@northgate.example"


async def test_the_invited_person_chooses_a_password_and_works(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    email = address()
    token = await invited(web, keeper, tenant, email)
    assert (await web.visitor().post(SESSION, json={"email": email, "password": PASSWORD})).status_code == 401
    accepted = await accept(web, token)
    assert accepted.status_code == 201
    at_work = await sign_in(web, Person(uuid.UUID(accepted.json()["id"]), email))
    assert (await at_work.get(f"{base_of(tenant)}/claims")).status_code == 200
    (change,) = (await keeper.get(f"/api/v1/members/{accepted.json()['id']}/role-changes")).json()["items"]
    assert change["reason"] == "joins the team"
    assert change["changed_by"] == (await keeper.get(SESSION)).json()["user_id"]
    assert [one["state"] for one in (await keeper.get(INVITATIONS)).json()["items"]] == ["accepted"]


async def test_the_answer_to_the_inviter_holds_no_link_and_the_job_no_person(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    email = address()
    answer = await keeper.post(INVITATIONS, json=invitation(tenant, email))
    assert list(answer.json()) == ["id"]
    token = invitation_token(web.resources.sessions, uuid.UUID(answer.json()["id"]))
    assert token not in (await keeper.get(INVITATIONS)).text
    async with tenant.tx() as tx:
        stored = (await tx.execute(sa.text("select row_to_json(i)::text from app.invitation i"))).scalar_one()
    assert token not in stored


async def test_the_mail_is_announced_with_an_id_alone(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, admin: Admin
) -> None:
    made = (await keeper.post(INVITATIONS, json=invitation(tenant, address()))).json()["id"]
    rows = admin.execute(
        f"select topic, payload from app.{outbox.name} where company_id = %s and practice_id is null",
        [tenant.company_id],
    ).fetchall()
    assert rows == [("tenancy.invitation.made", {"invitation_id": made})]


async def test_a_link_works_once_even_when_used_twice_at_the_same_time(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    token = await invited(web, keeper, tenant, address())
    both = await asyncio.gather(accept(web, token), accept(web, token, PASSWORD + "!"))
    assert sorted(one.status_code for one in both) == [201, 404]
    assert (await accept(web, token)).status_code == 404


async def test_every_link_that_opens_nothing_reads_the_same(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient, admin: Admin
) -> None:
    used, old, withdrawn, replaced = [await invited(web, keeper, tenant, address()) for _ in range(4)]
    assert (await accept(web, used)).status_code == 201
    rows = (await keeper.get(INVITATIONS)).json()["items"]
    by_token = {invitation_token(web.resources.sessions, uuid.UUID(one["id"])): one for one in rows}
    passed = "update app.invitation set expires_at = created_at + interval '7 days', created_at = now() - interval '7 days' where id = %s"
    seven_days = by_token[old]
    lasts = dt.datetime.fromisoformat(seven_days["expires_at"]) - dt.datetime.fromisoformat(seven_days["created_at"])
    assert abs(lasts - dt.timedelta(days=7)) < dt.timedelta(minutes=1)
    admin.execute(passed.replace("created_at + interval '7 days'", "now()"), [seven_days["id"]])
    assert (await keeper.post(f"{INVITATIONS}/{by_token[withdrawn]['id']}/withdraw")).status_code == 204
    newer = await invited(web, keeper, tenant, by_token[replaced]["email"])
    taken_email = address()
    elsewhere = await make_tenant()
    taken = await invited(web, keeper, tenant, taken_email)
    other = await sign_in(web, await add_person(elsewhere, {None: "administrator"}))
    assert (await accept(web, await invited(web, other, elsewhere, taken_email))).status_code == 201
    refusals = [await accept(web, token) for token in (used, old, withdrawn, replaced, taken, "0" * 64, "nonsense")]
    assert [one.status_code for one in refusals] == [404] * 7
    assert len({one.json()["detail"] for one in refusals}) == 1
    assert (await accept(web, newer)).status_code == 201


async def test_an_address_known_elsewhere_is_invited_like_any_other(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    elsewhere = await make_tenant()
    known = await add_person(elsewhere, {elsewhere.practice_id: "biller"})
    answers = [await keeper.post(INVITATIONS, json=invitation(tenant, email)) for email in (known.email, address())]
    assert [one.status_code for one in answers] == [201, 201]
    shown = (await keeper.get(INVITATIONS)).json()["items"]
    assert len({one["state"] for one in shown}) == 1
    assert str(known.user_id) not in str(shown)
    assert (await sign_in(web, known)).cookies


async def test_who_left_can_be_invited_again_and_so_can_a_leaver_of_another_company(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    elsewhere = await make_tenant()
    other = await sign_in(web, await add_person(elsewhere, {None: "administrator"}))
    leaver = await add_person(elsewhere, {elsewhere.practice_id: "biller"})
    assert (await other.post(f"/api/v1/members/{leaver.user_id}/end", json={"reason": "new job"})).status_code == 204
    accepted = await accept(web, await invited(web, keeper, tenant, leaver.email), "a password of my own choosing")
    assert accepted.status_code == 201
    at_work = await sign_in(web, leaver, "a password of my own choosing")
    me = (await at_work.get(SESSION)).json()
    assert (me["company_id"], me["user_id"]) == (str(tenant.company_id), accepted.json()["id"])
    assert me["user_id"] != str(leaver.user_id)


async def test_a_member_is_not_invited_and_a_short_password_leaves_the_link_good(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    email = address()
    token = await invited(web, keeper, tenant, email)
    short = await web.visitor().post(ACCEPT, json={"token": token, "password": "short"})
    assert short.status_code in {400, 422}
    assert (await accept(web, token)).status_code == 201
    refused = await keeper.post(INVITATIONS, json=invitation(tenant, email.upper()))
    assert refused.status_code == 409
    assert "member of your company already" in refused.json()["detail"]


async def test_roles_are_checked_when_inviting_and_again_when_accepting(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    stranger = await make_tenant()
    assert (await keeper.post(INVITATIONS, json=invitation(stranger, address()))).status_code == 404
    wrong = await keeper.post(INVITATIONS, json=invitation(tenant, address(), "wizard"))
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/roles/0/role"]
    email = address()
    token = await invited(web, keeper, tenant, email)
    practice = f"/api/v1/company/practices/{tenant.practice_id}"
    digest = (await keeper.get(f"{practice}/offboarding")).json()["digest"]
    assert (await keeper.post(f"{practice}/offboard", json={"digest": digest, "reason": "left"})).status_code == 200
    assert (await accept(web, token)).status_code == 409
    assert (await web.visitor().post(SESSION, json={"email": email, "password": PASSWORD})).status_code == 401


async def test_invitations_of_another_company_do_not_exist(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    elsewhere = await make_tenant()
    other = await sign_in(web, await add_person(elsewhere, {None: "administrator"}))
    theirs = (await other.post(INVITATIONS, json=invitation(elsewhere, address()))).json()["id"]
    for unknown in (theirs, new_id()):
        assert (await keeper.post(f"{INVITATIONS}/{unknown}/withdraw")).status_code == 404
    assert (await keeper.get(INVITATIONS)).json()["items"] == []
    assert (await other.post(f"{INVITATIONS}/{theirs}/withdraw")).status_code == 204
