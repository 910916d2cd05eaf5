"""A practice's administrator and the practice's own people: what is allowed beside what is refused, and the trace of both."""

import datetime as dt
import uuid
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from tests.factories.people import SESSION, Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, as_read, audit_actions, base_of, request_id_of

from kernel.clock import wall_now
from kernel.ids import new_id
from tenancy.public import invitation_token
from tenancy.roles import PRACTICE_PEOPLE, permissions_of

WHY = "joins the front office"
Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def ada(tenant: Tenant) -> Person:
    return await add_person(tenant, {tenant.practice_id: "practice_admin"}, name="Ada Admin")


@pytest.fixture
async def within(web: Web, ada: Person) -> httpx.AsyncClient:
    """The practice's administrator, signed in."""
    return await sign_in(web, ada)


@pytest.fixture
async def cleo(tenant: Tenant) -> Person:
    return await add_person(tenant, {tenant.practice_id: "clinician"}, name="Cleo Clinician")


def people_of(tenant: Tenant) -> str:
    return f"{base_of(tenant)}/people"


def address() -> str:
    return f"{new_id()}@riverbend.example"


async def invite(client: httpx.AsyncClient, tenant: Tenant, email: str, **wanted: Any) -> httpx.Response:
    body = {"email": email, "display_name": "Nia New", "role": "clinician", "reason": WHY, **wanted}
    return await client.post(f"{people_of(tenant)}/invitations", json=body)


async def accept(web: Web, invitation: httpx.Response) -> httpx.Response:
    token = invitation_token(web.resources.sessions, uuid.UUID(invitation.json()["id"]))
    return await web.visitor().post("/api/v1/invitations/accept", json={"token": token, "password": PASSWORD})


async def change(client: httpx.AsyncClient, tenant: Tenant, person: Person, role: str, **wanted: Any) -> httpx.Response:
    body, who = {"role": role, "reason": WHY, **wanted}, f"{people_of(tenant)}/{person.user_id}"
    return await client.post(f"{who}/role", json=body, headers=await as_read(client, who))


async def end(client: httpx.AsyncClient, tenant: Tenant, person: Person) -> httpx.Response:
    return await client.post(f"{people_of(tenant)}/{person.user_id}/end", json={"reason": "moved away"})


def test_what_a_practice_gives_is_not_above_what_its_administrator_may() -> None:
    """A clinician's answer to a question about care is theirs alone; beside it they may nothing more."""
    beyond = {role: permissions_of(role) - permissions_of("practice_admin") for role in PRACTICE_PEOPLE}
    assert beyond == {"practice_admin": frozenset(), "clinician": {"queries:answer"}}


async def test_an_invited_clinician_works_in_the_practice_and_is_listed(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, ada: Person
) -> None:
    email = address()
    invited = await invite(within, tenant, email)
    assert invited.status_code == 201, invited.text
    accepted = await accept(web, invited)
    assert accepted.status_code == 201, accepted.text
    at_work = await sign_in(web, Person(uuid.UUID(accepted.json()["id"]), email))
    assert (await at_work.get(base_of(tenant))).status_code == 200
    assert (await at_work.get(people_of(tenant))).status_code == 403
    listed = (await within.get(people_of(tenant))).json()["items"]
    assert [(one["display_name"], [held["role"] for held in one["roles"]]) for one in listed] == [
        ("Ada Admin", ["practice_admin"]),
        ("Nia New", ["clinician"]),
    ]
    (line,) = [one for one in await changes(within, tenant) if one["user_id"] == accepted.json()["id"]]
    assert (line["change"], line["reason"], line["changed_by"]) == ("granted", WHY, str(ada.user_id))
    assert [one["state"] for one in (await within.get(f"{people_of(tenant)}/invitations")).json()["items"]] == [
        "accepted"
    ]
    assert ("tenancy.invitation.made", "done") in await actions(tenant, invited)
    assert ("tenancy.invitation.accepted", "done") in await actions(tenant, accepted)


@pytest.mark.parametrize("role", ["biller", "lead", "administrator", "tenant_admin", "auditor", "patient", "wizard"])
async def test_a_role_of_the_billing_company_is_not_the_practices_to_give(
    tenant: Tenant, within: httpx.AsyncClient, cleo: Person, role: str
) -> None:
    for refused in (await invite(within, tenant, address(), role=role), await change(within, tenant, cleo, role)):
        assert refused.status_code == 403
        assert "its own people the roles clinician and practice_admin" in refused.json()["detail"]
        assert ("http.request.refused", "refused") in await actions(tenant, refused)
    assert (await invite(within, tenant, address())).status_code == 201
    assert (await change(within, tenant, cleo, "practice_admin")).status_code == 200


async def test_a_changed_role_holds_alone_from_the_next_request_on_and_is_history(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, ada: Person, cleo: Person
) -> None:
    at_work = await sign_in(web, cleo)
    assert (await at_work.get(f"{base_of(tenant)}/claims")).status_code == 403
    changed = await change(within, tenant, cleo, "practice_admin")
    assert [one["role"] for one in changed.json()["roles"]] == ["practice_admin"]
    assert (await at_work.get(f"{base_of(tenant)}/claims")).status_code == 200
    assert (await change(within, tenant, cleo, "practice_admin")).status_code == 200
    lines = [one for one in await changes(within, tenant) if one["user_id"] == str(cleo.user_id)]
    assert [(one["role"], one["change"]) for one in lines] == [
        ("clinician", "granted"),
        ("clinician", "ended"),
        ("practice_admin", "granted"),
    ]
    assert {one["changed_by"] for one in lines[1:]} == {str(ada.user_id)}
    assert {("tenancy.role.ended", "done"), ("tenancy.role.granted", "done")} <= set(await actions(tenant, changed))


async def test_who_leaves_the_practice_is_out_at_the_next_request(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, cleo: Person
) -> None:
    at_work = await sign_in(web, cleo)
    assert (await at_work.get(base_of(tenant))).status_code == 200
    ended = await end(within, tenant, cleo)
    assert ended.status_code == 204
    assert (await at_work.get(base_of(tenant))).status_code == 404
    assert ("tenancy.role.ended", "done") in await actions(tenant, ended)
    assert [one["display_name"] for one in (await within.get(people_of(tenant))).json()["items"]] == ["Ada Admin"]
    assert (await end(within, tenant, cleo)).status_code == 404
    assert (await change(within, tenant, cleo, "clinician")).status_code == 404
    assert (await invite(within, tenant, cleo.email)).status_code == 409


async def test_nobody_changes_their_own_role_and_another_administrator_can(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, ada: Person
) -> None:
    for refused in (await change(within, tenant, ada, "clinician"), await end(within, tenant, ada)):
        assert refused.status_code == 403
        assert "own role" in refused.json()["detail"]
    other = await sign_in(web, await add_person(tenant, {tenant.practice_id: "practice_admin"}))
    assert (await end(other, tenant, ada)).status_code == 204
    assert (await within.get(people_of(tenant))).status_code == 404


async def test_people_of_the_billing_company_and_of_other_practices_are_nobody_here(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, within: httpx.AsyncClient, cleo: Person
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    biller = await add_person(tenant, {tenant.practice_id: "biller"})
    theirs = await add_person(sister, {sister.practice_id: "clinician"})
    for stranger in (biller, theirs, Person(new_id(), "")):
        assert (await change(within, tenant, stranger, "clinician")).status_code == 404
        assert (await end(within, tenant, stranger)).status_code == 404
    assert (await change(within, tenant, cleo, "clinician")).status_code == 200
    shown = (await within.get(people_of(tenant))).text + (await within.get(f"{people_of(tenant)}/role-changes")).text
    assert str(cleo.user_id) in shown
    for stranger in (biller, theirs):
        assert str(stranger.user_id) not in shown
    assert (await within.get(people_of(sister))).status_code == 404
    assert [(await within.get(f"/api/v1/{of_company}")).status_code for of_company in ("members", "invitations")] == [
        403,
        403,
    ]
    assert (await sign_in(web, biller)).cookies


async def test_an_address_of_the_billing_company_is_invited_like_any_other_and_opens_nothing(
    web: Web, tenant: Tenant, within: httpx.AsyncClient
) -> None:
    biller = await add_person(tenant, {tenant.practice_id: "biller"})
    known, unknown = await invite(within, tenant, biller.email), await invite(within, tenant, address())
    assert (known.status_code, unknown.status_code) == (201, 201)
    assert (await accept(web, known)).status_code == 404
    assert (await accept(web, unknown)).status_code == 201


async def test_what_is_given_ends_no_later_than_the_givers_own_role(
    web: Web, tenant: Tenant, ada: Person, cleo: Person, admin: Admin
) -> None:
    ends = wall_now() + dt.timedelta(days=10)
    admin.execute("update app.membership set expires_at = %s where user_id = %s", [ends, ada.user_id])
    within = await sign_in(web, ada)
    later, sooner = ((ends + dt.timedelta(days=days)).isoformat() for days in (1, -1))
    for wanted in ({}, {"expires_at": later}):
        for refused in (
            await change(within, tenant, cleo, "practice_admin", **wanted),
            await invite(within, tenant, address(), **wanted),
        ):
            assert refused.status_code == 403
            assert "your own role ends at" in refused.json()["detail"]
    assert (await change(within, tenant, cleo, "practice_admin", expires_at=sooner)).status_code == 200
    assert (await invite(within, tenant, address(), expires_at=sooner)).status_code == 201


async def test_a_role_whose_time_is_over_is_the_companys_to_give_again(
    tenant: Tenant, within: httpx.AsyncClient, cleo: Person, admin: Admin
) -> None:
    assert (await change(within, tenant, cleo, "clinician")).status_code == 200
    admin.execute("update app.membership set expires_at = now() where user_id = %s", [cleo.user_id])
    assert (await change(within, tenant, cleo, "clinician")).status_code == 404


async def test_an_administrators_open_invitations_go_with_their_role(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, ada: Person
) -> None:
    kept, gone = await invite(within, tenant, address()), await invite(within, tenant, address())
    assert (await accept(web, kept)).status_code == 201
    other = await sign_in(web, await add_person(tenant, {tenant.practice_id: "practice_admin"}))
    others = await invite(other, tenant, address())
    ended = await end(other, tenant, ada)
    assert ("tenancy.invitation.withdrawn", "done") in await actions(tenant, ended)
    assert (await accept(web, gone)).status_code == 404
    assert (await accept(web, others)).status_code == 201


async def test_an_invitation_is_withdrawn_by_its_practice_and_by_nobody_elses(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, within: httpx.AsyncClient
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    neighbor = await sign_in(web, await add_person(sister, {sister.practice_id: "practice_admin"}))
    invited = await invite(within, tenant, address())
    path = f"invitations/{invited.json()['id']}/withdraw"
    assert (await neighbor.post(f"{people_of(sister)}/{path}")).status_code == 404
    assert (await neighbor.get(f"{people_of(sister)}/invitations")).json()["items"] == []
    assert (await within.post(f"{people_of(tenant)}/{path}")).status_code == 204
    assert (await accept(web, invited)).status_code == 404


async def test_a_suspended_practice_shows_its_people_and_changes_none(
    web: Web, tenant: Tenant, within: httpx.AsyncClient, cleo: Person, admin: Admin
) -> None:
    admin.execute("update app.practice set status = 'suspended' where practice_id = %s", [tenant.practice_id])
    assert (await within.get(people_of(tenant))).status_code == 200
    assert (await change(within, tenant, cleo, "practice_admin")).status_code == 403
    admin.execute("update app.practice set status = 'active' where practice_id = %s", [tenant.practice_id])
    assert (await change(within, tenant, cleo, "practice_admin")).status_code == 200


async def test_the_company_sees_all_of_it(web: Web, tenant: Tenant, within: httpx.AsyncClient, cleo: Person) -> None:
    assert (await change(within, tenant, cleo, "practice_admin")).status_code == 200
    keeper = await sign_in(web, await add_person(tenant, {None: "tenant_admin"}))
    lines = (await keeper.get(f"/api/v1/members/{cleo.user_id}/role-changes")).json()["items"]
    assert [one["change"] for one in lines] == ["granted", "ended", "granted"]
    assert (await keeper.get(SESSION)).status_code == 200


async def test_the_login_role_of_practices_cannot_be_talked_into_more(tenant: Tenant, cleo: Person) -> None:
    """As if the service had been got round: row security and the table's own check say no."""
    biller = await add_person(tenant, {tenant.practice_id: "biller"})
    giving = sa.text(
        "insert into app.membership (company_id, id, user_id, practice_id, role, created_at, reason)"
        " values (:company, :id, :person, :practice, :role, now(), '')"
    )
    values = {"company": tenant.company_id, "practice": tenant.practice_id}
    async with tenant.tx("practice") as tx:
        await tx.execute(giving, {**values, "id": new_id(), "person": cleo.user_id, "role": "practice_admin"})
        people = (await tx.execute(sa.text("select user_id from identity.practice_people()"))).scalars().all()
        assert people == [cleo.user_id]
    for person, role in ((cleo, "biller"), (biller, "clinician")):
        with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
            async with tenant.tx("practice") as tx:
                await tx.execute(giving, {**values, "id": new_id(), "person": person.user_id, "role": role})
    inviting = sa.text(
        "insert into app.invitation (company_id, practice_id, id, email, display_name, roles, reason, token_hash, created_at, expires_at)"
        " values (:company, :practice, :id, 'a@b.example', '', cast(:roles as jsonb), '', gen_random_uuid(), now(), now())"
    )
    for roles in ('[{"role": "tenant_admin", "practice_id": null}]', '[{"role": "clinician"}]', '["clinician"]'):
        with pytest.raises(sa.exc.IntegrityError, match="invitation_own_people_check"):
            async with tenant.tx("practice") as tx:
                await tx.execute(inviting, {**values, "id": new_id(), "roles": roles})
    good = f'[{{"role": "clinician", "practice_id": "{tenant.practice_id}"}}]'
    async with tenant.tx("practice") as tx:
        await tx.execute(inviting, {**values, "id": new_id(), "roles": good})
    with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
        async with tenant.tx("practice") as tx:
            await tx.execute(sa.text("select token_hash from app.invitation"))


async def changes(client: httpx.AsyncClient, tenant: Tenant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"{people_of(tenant)}/role-changes")).json()["items"]
    return found


async def actions(tenant: Tenant, answer: httpx.Response) -> list[tuple[str, str]]:
    return [(row.action, row.outcome) for row in await audit_actions(tenant, request_id_of(answer))]
