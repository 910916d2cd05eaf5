"""People and their roles over HTTP: given, for a time, together, ended, remembered, and never in another company."""

import datetime as dt
import uuid

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from tests.factories.people import SESSION, Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, as_read, base_of

from audit.tables import audit_event
from kernel.clock import wall_now
from kernel.errors import Conflict
from kernel.ids import new_id
from tenancy.public import Grant, grant_roles

MEMBERS = "/api/v1/members"
WHY = "covers for Bruno"
Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def keeper_person(tenant: Tenant) -> Person:
    return await add_person(tenant, {None: "tenant_admin"}, name="Kim Keeper")


@pytest.fixture
async def keeper(web: Web, keeper_person: Person) -> httpx.AsyncClient:
    """Somebody who manages the company's people."""
    return await sign_in(web, keeper_person)


@pytest.fixture
async def coder(tenant: Tenant) -> Person:
    return await add_person(tenant, {tenant.practice_id: "coder"})


async def give(
    keeper: httpx.AsyncClient, person: Person, tenant: Tenant, role: str, **period: dt.datetime
) -> httpx.Response:
    wanted = {
        "role": role,
        "practice_id": str(tenant.practice_id),
        **{name: at.isoformat() for name, at in period.items()},
    }
    seen = await as_read(keeper, f"{MEMBERS}/{person.user_id}")
    body = {"roles": [wanted], "reason": WHY}
    return await keeper.post(f"{MEMBERS}/{person.user_id}/roles", json=body, headers=seen)


async def roles_of(client: httpx.AsyncClient) -> dict[str | None, str]:
    return {one["practice_id"]: one["role"] for one in (await client.get(SESSION)).json()["roles"]}


async def test_two_roles_in_one_practice_add_up_from_the_next_request_on(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, coder: Person
) -> None:
    at_work = await sign_in(web, coder)
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 403
    assert (await give(keeper, coder, tenant, "poster")).status_code == 201
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 200
    assert (await at_work.get(f"{base_of(tenant)}/patients")).status_code == 200
    assert await roles_of(at_work) == {str(tenant.practice_id): "coder+poster"}


async def test_who_changes_sides_works_by_the_login_role_of_the_new_side_from_the_next_request_on(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    """From the practice's own people to the billing company's and back, in one session."""
    person = await add_person(tenant, {tenant.practice_id: "practice_admin"})
    client = await sign_in(web, person)

    async def change_to(role: str) -> None:
        (held,) = (await keeper.get(f"{MEMBERS}/{person.user_id}")).json()["roles"]
        ended = await keeper.post(f"{MEMBERS}/roles/{held['id']}/end", json={"reason": WHY})
        assert ended.status_code == 204, ended.text
        assert (await give(keeper, person, tenant, role)).status_code < 300

    # Reading connections takes a grant that the login role of practices has not.
    assert (await client.get(f"{base_of(tenant)}/claims")).status_code == 200
    await change_to("administrator")
    assert (await client.get(f"{base_of(tenant)}/connections")).status_code == 200
    async with tenant.tx() as tx:
        events = await tx.execute(
            sa.select(audit_event.c.role)
            .where(audit_event.c.user_id == person.user_id)
            .order_by(audit_event.c.recorded_at)
        )
    assert [row.role for row in events][-1] == "administrator"
    await change_to("practice_admin")
    assert (await client.get(f"{base_of(tenant)}/connections")).status_code == 403
    assert (await client.get(f"{base_of(tenant)}/people")).status_code == 200


async def test_a_role_given_for_a_time_is_refused_at_the_next_request_after_it(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, coder: Person, admin: Admin
) -> None:
    at_work, soon = await sign_in(web, coder), wall_now() + dt.timedelta(hours=1)
    assert (await give(keeper, coder, tenant, "poster", expires_at=soon)).status_code == 201
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 200
    later = "update app.membership set expires_at = now() where user_id = %s and expires_at is not null"
    admin.execute(later, [coder.user_id])
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 403


async def test_a_role_that_begins_later_is_not_held_yet(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, coder: Person, admin: Admin
) -> None:
    at_work = await sign_in(web, coder)
    begins = wall_now() + dt.timedelta(days=1)
    assert (await give(keeper, coder, tenant, "poster", starts_at=begins)).status_code == 201
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 403
    now = "update app.membership set starts_at = now() where user_id = %s and starts_at is not null"
    admin.execute(now, [coder.user_id])
    assert (await at_work.get(f"{base_of(tenant)}/remittances")).status_code == 200


async def test_whoever_requests_is_not_made_to_approve(web: Web, tenant: Tenant, keeper: httpx.AsyncClient) -> None:
    biller = await add_person(tenant, {tenant.practice_id: "biller"})
    refused = await give(keeper, biller, tenant, "lead")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("lead and biller cannot be held together: no one may have both")
    assert (await give(keeper, biller, tenant, "poster")).status_code == 201


async def test_two_grants_at_once_do_not_get_round_that(tenant: Tenant) -> None:
    """The second waits for the first and then sees it."""
    person = await add_person(tenant, {None: "auditor"})
    lead, biller = (Grant(role=role, practice_id=tenant.practice_id) for role in ("lead", "biller"))
    async with tenant.tx() as first:
        await grant_roles(first, person.user_id, [lead], reason=WHY)
        with pytest.raises(sa.exc.DBAPIError, match="lock timeout"):
            async with tenant.tx() as second:
                await second.execute(sa.text("set local lock_timeout = '50ms'"))
                await grant_roles(second, person.user_id, [biller], reason=WHY)
    with pytest.raises(Conflict, match="biller and lead cannot be held together"):
        async with tenant.tx() as second:
            await grant_roles(second, person.user_id, [biller], reason=WHY)


async def test_a_wrong_role_is_told_by_its_place_in_the_body(
    tenant: Tenant, keeper: httpx.AsyncClient, coder: Person
) -> None:
    refused = await give(keeper, coder, tenant, "wizard")
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/roles/0/role"]
    past = await give(keeper, coder, tenant, "poster", expires_at=wall_now() - dt.timedelta(days=1))
    assert [one["pointer"] for one in past.json()["errors"]] == ["/roles/0/expires_at"]
    assert (await keeper.get(f"{MEMBERS}/{coder.user_id}")).json()["roles"][0]["role"] == "coder"


async def test_an_ended_role_can_be_given_again_and_history_keeps_all_of_it(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, keeper_person: Person, coder: Person
) -> None:
    at_work = await sign_in(web, coder)
    (held,) = (await keeper.get(f"{MEMBERS}/{coder.user_id}")).json()["roles"]
    ended = await keeper.post(f"{MEMBERS}/roles/{held['id']}/end", json={"reason": "project over"})
    assert ended.status_code == 204
    assert (await at_work.get(base_of(tenant))).status_code == 404
    assert (await keeper.post(f"{MEMBERS}/roles/{held['id']}/end", json={"reason": "again"})).status_code == 404
    assert (await give(keeper, coder, tenant, "coder")).status_code == 201
    assert (await at_work.get(base_of(tenant))).status_code == 200
    changes = (await keeper.get(f"{MEMBERS}/{coder.user_id}/role-changes")).json()["items"]
    assert [(one["change"], one["reason"]) for one in changes] == [
        ("granted", "added with the person"),
        ("ended", "project over"),
        ("granted", WHY),
    ]
    assert [one["changed_by"] for one in changes[1:]] == [str(keeper_person.user_id)] * 2
    in_practice = await keeper.get(f"/api/v1/company/practices/{tenant.practice_id}/role-changes")
    assert in_practice.json()["items"] == changes


@pytest.mark.parametrize(
    "statement", ["update app.membership_change set reason = ''", "delete from app.membership_change"]
)
async def test_history_only_grows(tenant: Tenant, coder: Person, admin: Admin, statement: str) -> None:
    async with tenant.tx() as tx:
        assert await tx.scalar(sa.text("select count(*) from app.membership_change")) == 1
    with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text(statement))
    with pytest.raises(psycopg.Error, match="append-only"):
        admin.execute(statement)


async def test_a_leaver_is_gone_everywhere_at_once(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    leaver = await add_person(tenant, {tenant.practice_id: "poster", sister.practice_id: "biller"})
    browser, phone = await sign_in(web, leaver), await sign_in(web, leaver)
    assert [(await one.get(SESSION)).status_code for one in (browser, phone)] == [200, 200]
    assert (await keeper.post(f"{MEMBERS}/{leaver.user_id}/end", json={"reason": "new job"})).status_code == 204
    assert [(await one.get(SESSION)).status_code for one in (browser, phone)] == [401, 401]
    again = await web.visitor().post(SESSION, json={"email": leaver.email, "password": PASSWORD})
    assert again.status_code == 401
    found = (await keeper.get(f"{MEMBERS}/{leaver.user_id}")).json()
    assert found["roles"] == []
    assert found["ended_at"]
    assert (await give(keeper, leaver, tenant, "poster")).status_code == 404


async def test_the_last_who_manages_people_stays(web: Web, tenant: Tenant, keeper: httpx.AsyncClient) -> None:
    (only,) = (await keeper.get(MEMBERS)).json()["items"]
    refused = await keeper.post(f"{MEMBERS}/{only['id']}/end", json={"reason": "new job"})
    assert refused.status_code == 409
    assert (await keeper.post(f"{MEMBERS}/roles/{only['roles'][0]['id']}/end", json={"reason": "x"})).status_code == 409
    await add_person(tenant, {None: "administrator"})
    assert (await keeper.post(f"{MEMBERS}/{only['id']}/end", json={"reason": "new job"})).status_code == 204
    assert (await keeper.get(MEMBERS)).status_code == 401


async def test_a_person_is_renamed(tenant: Tenant, keeper: httpx.AsyncClient, coder: Person) -> None:
    person = f"{MEMBERS}/{coder.user_id}"
    answer = await keeper.patch(person, json={"display_name": "Sam Newname"}, headers=await as_read(keeper, person))
    assert answer.status_code == 200
    assert answer.json()["display_name"] == "Sam Newname"


async def test_people_of_another_company_do_not_exist(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient, coder: Person
) -> None:
    stranger = await make_tenant()
    theirs = await add_person(stranger, {stranger.practice_id: "biller"})
    async with stranger.tx() as tx:
        membership_id = await tx.scalar(sa.text("select id from app.membership"))
    ending = {"reason": WHY}
    for user_id in (theirs.user_id, new_id()):
        person = f"{MEMBERS}/{user_id}"
        answers = [
            await keeper.get(person),
            await keeper.get(f"{person}/role-changes"),
            await keeper.patch(person, json={"display_name": "X"}, headers={"If-Match": "*"}),
            await keeper.post(f"{person}/end", json=ending),
            await give(keeper, Person(user_id, ""), tenant, "coder"),
            await keeper.get(f"{person}/transfer", params={"to": str(coder.user_id)}),
            await keeper.get(f"{MEMBERS}/{coder.user_id}/transfer", params={"to": str(user_id)}),
        ]
        assert [one.status_code for one in answers] == [404] * 7
        assert {one.json()["detail"] for one in answers} == {"there is no such person in your company"}
    assert (await keeper.post(f"{MEMBERS}/roles/{membership_id}/end", json=ending)).status_code == 404
    for foreign in (stranger.practice_id, new_id()):
        wanted = {"role": "biller", "practice_id": str(foreign)}
        body, seen = {"roles": [wanted], "reason": WHY}, await as_read(keeper, f"{MEMBERS}/{coder.user_id}")
        refused = await keeper.post(f"{MEMBERS}/{coder.user_id}/roles", json=body, headers=seen)
        assert (refused.status_code, refused.json()["detail"]) == (
            404,
            "there is no such practice, or you have no access to it",
        )
    assert str(theirs.user_id) not in (await keeper.get(MEMBERS)).text


async def test_the_database_itself_refuses_a_role_in_another_companys_practice(
    tenant: Tenant, make_tenant: MakeTenant, coder: Person
) -> None:
    stranger = await make_tenant()
    insert = (
        "insert into app.membership (company_id, id, user_id, practice_id, role, created_at, reason)"
        " values (:company, :id, :user, :practice, 'biller', now(), '')"
    )
    values = {"company": tenant.company_id, "user": coder.user_id}
    async with tenant.tx() as tx:
        await tx.execute(sa.text(insert), {**values, "id": new_id(), "practice": tenant.practice_id})
    with pytest.raises(sa.exc.IntegrityError, match="membership_practice_id_fkey"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text(insert), {**values, "id": new_id(), "practice": stranger.practice_id})


async def test_only_who_manages_people_changes_them_and_auditors_look(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, coder: Person
) -> None:
    auditor = await sign_in(web, await add_person(tenant, {None: "auditor"}))
    assert (await auditor.get(MEMBERS)).status_code == 200
    assert (await give(auditor, coder, tenant, "poster")).status_code == 403
    biller = await web.signed_in(tenant, "biller")
    assert (await biller.get(MEMBERS)).status_code == 403
    practice_wide = await web.signed_in(tenant, "administrator")
    assert (await give(practice_wide, coder, tenant, "poster")).status_code == 403
    assert (await give(keeper, coder, tenant, "poster")).status_code == 201


async def test_one_person_is_one_actor_in_every_practice(web: Web, tenant: Tenant, make_tenant: MakeTenant) -> None:
    """Opening another practice changes what is seen, not who acts."""
    sister = await make_tenant(company_id=tenant.company_id)
    person = await add_person(tenant, {tenant.practice_id: "biller", sister.practice_id: "coder"})
    at_work = await sign_in(web, person)
    for one in (tenant, sister):
        assert (await at_work.post(f"{base_of(one)}/claims/submit")).status_code in {200, 201, 202, 403}
        assert (await at_work.get(f"{base_of(one)}/patients/{uuid.UUID(int=0)}")).status_code == 404
    seen = [await actors(one) for one in (tenant, sister)]
    assert seen == [{(person.user_id, "biller")}, {(person.user_id, "coder")}]


async def actors(tenant: Tenant) -> set[tuple[uuid.UUID, str]]:
    """Who left events in the practice's log over HTTP, in which role."""
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.user_id, audit_event.c.role).where(
                audit_event.c.practice_id == tx.practice_id, audit_event.c.action.like("http.%")
            )
        )
        return {(row.user_id, row.role) for row in rows}
