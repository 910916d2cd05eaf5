"""An id of somebody else is an id of nobody: every route, every id in it, for everybody who can sign in."""

import re
import uuid
from collections.abc import Callable

import httpx
import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from tests.api.conftest import Furnished, furnish
from tests.api.doors import ANSWERED_EMPTY, BESIDES, DISCLOSURE, MENTIONED, NAMES_NOBODY, Ids, Sent, ids_in, knock
from tests.api.keys import in_a_month, key_of
from tests.api.test_routes import table
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from compliance.disclosures.recording import NewDisclosure, record_disclosure
from compliance.disclosures.suspending import suspensions_of
from kernel.ids import new_id
from kernel.settings import Settings
from payments.tables import patient_payment
from tenancy.public import ROLES, NewMember, add_member

BORN = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
"""The patients that `furnish` makes."""

COMPANY_IDS = {
    "practice",
    "user_id",
    "colleague_id",
    "membership_id",
    "invitation_id",
    "payer_id",
    "key_id",
    "session_id",
}
"""Ids that people of one company share."""


PERSONS_OWN = {"key_id", "session_id"}
"""Things of one person, which colleagues cannot use either: tests/tenancy/identity has the person using them."""


EVERYTHING = sorted(ROLES["administrator"])
"""What a key of an administrator may be given."""


def how_much_it_ends(route: str) -> tuple[bool, bool, bool]:
    """Sorts routes so that each still finds what it is about: reading, changing, ending a thing, ending the practice."""
    of_practice = "/company/practices/" in route and not route.startswith("GET ")
    return of_practice, bool(re.search(r"/(end|withdraw)$", route)), not route.startswith("GET ")


def routes(web: Web) -> list[str]:
    """Every route, as method and path."""
    return [f"{method} {path}" for method, path, _ in table(web.app)]


async def complete(web: Web, one: Furnished) -> Furnished:
    """With ids of the company's people and of a card payment besides."""
    tenant = one.tenant
    boss = await web.signed_in(tenant, "administrator", company_wide=True)
    await web.member(tenant, "biller")
    await web.member(tenant, "poster")
    people = (await boss.get("/api/v1/members")).json()["items"]
    biller, poster = (next(who for who in people if who["roles"][0]["role"] == role) for role in ("biller", "poster"))
    invited = await knock(boss, "POST /api/v1/invitations", one.ids, MENTIONED["POST /api/v1/invitations"])
    assert invited.status_code == 201, invited.text
    await web.member(tenant, "clinician")
    within = await web.signed_in(tenant, "practice_admin")
    own_people = (await within.get(f"{base_of(tenant)}/people")).json()["items"]
    own_invited = await knock(within, "POST /api/v1/practices/{practice_id}/people/invitations", one.ids)
    assert own_invited.status_code == 201, own_invited.text
    key = {"name": "Export", "permissions": ["people:read"], "company_wide": True, "expires_at": in_a_month()}
    made = await boss.post("/api/v1/api-keys", json=key)
    assert made.status_code == 201, made.text
    async with tenant.tx() as tx:
        payer_id = await tx.scalar(sa.text("select id from app.payer order by code limit 1"))
        event_id = await tx.scalar(sa.text("select id from app.audit_event order by recorded_at limit 1"))
    return Furnished(
        tenant,
        {
            **one.ids,
            "practice": tenant.practice_id,
            "user_id": uuid.UUID(biller["id"]),
            "colleague_id": uuid.UUID(poster["id"]),
            "membership_id": uuid.UUID(biller["roles"][0]["id"]),
            "invitation_id": uuid.UUID(invited.json()["id"]),
            "person_id": next(
                uuid.UUID(who["id"]) for who in own_people if [held["role"] for held in who["roles"]] == ["clinician"]
            ),
            "invited_id": uuid.UUID(own_invited.json()["id"]),
            "payer_id": payer_id,
            "event_id": event_id,
            "key_id": uuid.UUID(made.json()["shown"]["id"]),
            "session_id": uuid.UUID((await boss.get("/api/v1/sessions")).json()["items"][0]["id"]),
            "payment_id": await _payment(tenant, one.ids["patient_id"]),
            **await _disclosure(tenant, one.ids["patient_id"]),
        },
    )


async def _disclosure(tenant: Tenant, patient_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Something that was told outside, and that the patient is not to be told of for a time."""
    async with tenant.tx() as tx:
        disclosure_id = await record_disclosure(tx, patient_id, msgspec.convert(DISCLOSURE, NewDisclosure))
        (suspension,) = (await suspensions_of(tx, [disclosure_id]))[disclosure_id]
    return {"disclosure_id": disclosure_id, "suspension_id": suspension.id}


async def _payment(tenant: Tenant, patient_id: uuid.UUID) -> uuid.UUID:
    """A payment that was meant, and never reached the processor."""
    async with tenant.tx("patient", patient_id) as tx:
        await tx.execute(
            patient_payment.insert().values(
                practice_id=tx.practice_id, company_id=tx.company_id, id=(payment_id := new_id()), patient_id=patient_id,
                amount_cents=2_000, state="intended", checkout_id="", checkout_url="", gateway_reference="", problem="",
                created_at=sa.func.now(),
            )
        )  # fmt: skip
    return payment_id


async def works_in(web: Web, *tenants: Tenant) -> httpx.AsyncClient:
    """Somebody who administers several practices of one company."""
    email, roles = f"both-{new_id()}@northgate.example", {one.practice_id: "administrator" for one in tenants}
    async with tenants[0].tx() as tx:
        await add_member(tx, NewMember(email=email, display_name="Sam Example", password=PASSWORD, roles=roles))
    client = web.visitor()
    assert (await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})).status_code == 201
    return client


async def patient_of(web: Web, one: Furnished) -> httpx.AsyncClient:
    """The practice's patient, who opened the bill."""
    biller = await web.signed_in(one.tenant, "biller")
    code = (await biller.post(f"{base_of(one.tenant)}/patients/{one.ids['patient_id']}/bill-code")).json()["code"]
    patient = web.visitor()
    assert (await patient.post("/bill", data={"bill_code": code, **BORN})).headers["Location"] == "/bill/account"
    return patient


def seen(answer: httpx.Response, ids: Ids) -> tuple[int, str, dict[str, str]]:
    """What a caller can tell an answer by; the id that was sent may come back, the request's own may differ."""
    text = answer.text.replace(answer.headers["X-Request-Id"], "")
    for value in ids.values():
        text = text.replace(str(value), "ID")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, text, headers


def nobodys(ids: Ids) -> dict[str, uuid.UUID]:
    """Ids that were never given to anything."""
    return {name: new_id() for name in ids}


def holdings(settings: Settings, admin_url: str, tenant: Tenant, *, alone: bool = True) -> dict[str, str]:
    """A digest of everything a practice has, by table, seen past row security; `alone` in its company, what that has too."""
    owners = [str(tenant.practice_id), *([str(tenant.company_id)] if alone else [])]
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}") as admin:
        tables = admin.execute(
            "select distinct c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"
            " and a.attname in ('practice_id', 'company_id')"
        ).fetchall()
        return {
            name: str(
                admin.execute(
                    f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {name} t"
                    " where to_jsonb(t) ->> 'practice_id' = any(%s) or to_jsonb(t) ->> 'company_id' = any(%s)",
                    (owners, owners),
                ).fetchone()
            )
            for (name,) in tables
        }


def test_every_route_is_tried_or_names_nobody(web: Web) -> None:
    """A new route: say in `doors.py` what it is sent besides its path, or that it names nobody."""
    with_ids = {route for route in routes(web) if ids_in(route)}
    assert with_ids.isdisjoint(NAMES_NOBODY)
    assert set(routes(web)) - with_ids - set(MENTIONED) == NAMES_NOBODY
    assert {route for route in with_ids if not route.startswith("GET ")} <= set(BESIDES)
    assert {*BESIDES, *MENTIONED} <= set(routes(web))


@pytest.fixture(params=["another company", "another practice of the company"])
async def neighbors(
    request: pytest.FixtureRequest, web: Web, make_tenant: MakeTenant
) -> tuple[Furnished, Furnished, set[str]]:
    """Two practices with the same in them, and the names of ids that the second one shares with the first."""
    ours = await complete(web, await furnish(web, await make_tenant()))
    shared = request.param != "another company"
    other = await make_tenant(company_id=ours.tenant.company_id if shared else None)
    return ours, await complete(web, await furnish(web, other, folder="next-door")), COMPANY_IDS if shared else set()


async def test_an_id_of_theirs_is_an_id_of_nobody(
    web: Web, neighbors: tuple[Furnished, Furnished, set[str]], settings: Settings, admin_url: str
) -> None:
    ours, theirs, shared = neighbors
    administrator = await web.signed_in(ours.tenant, "administrator")
    head = await web.signed_in(ours.tenant, "administrator", company_wide=True)
    people = {
        "administrator": administrator,
        "company administrator": head,
        "practice user": await web.signed_in(ours.tenant, "practice_admin"),
        "patient": await patient_of(web, ours),
        "administrator's key": await key_of(web, administrator, ours.tenant, EVERYTHING),
        "company administrator's key": await key_of(web, head, ours.tenant, EVERYTHING, company_wide=True),
    }
    if shared:
        both = await works_in(web, ours.tenant, theirs.tenant)
        assert (await both.get(base_of(theirs.tenant))).status_code == 200
        people["key for one practice of somebody who works in both"] = await key_of(web, both, ours.tenant, EVERYTHING)
    before = holdings(settings, admin_url, theirs.tenant, alone=not shared)
    told: dict[str, object] = {}
    tried = 0
    for route in routes(web):
        foreign = ids_in(route) - shared
        for replaced in ({*foreign}, foreign - {"practice_id"}):
            if not replaced or ("practice_id" in shared and replaced == foreign):
                continue
            with_theirs = {**ours.ids, **{name: theirs.ids[name] for name in replaced}}
            with_nobodys = {**ours.ids, **nobodys(dict.fromkeys(replaced, new_id()))}
            for who, client in people.items():
                tried += 1
                answer = await knock(client, route, with_theirs)
                nobody = await knock(client, route, with_nobodys)
                if seen(answer, with_theirs) != seen(nobody, with_nobodys) or not (
                    answer.status_code in {403, 404} or route in ANSWERED_EMPTY
                ):
                    told[f"{who}: {route} with their {sorted(replaced)}"] = (
                        answer.status_code,
                        nobody.status_code,
                        answer.text,
                    )
    assert told == {}
    assert tried > 100
    assert holdings(settings, admin_url, theirs.tenant, alone=not shared) == before


async def test_the_same_requests_with_ones_own_ids_are_answered(web: Web, make_tenant: MakeTenant) -> None:
    """By a key, so that nothing above was refused for another reason. What ends things is asked last."""
    ours = await complete(web, await furnish(web, await make_tenant()))
    administrator = await web.signed_in(ours.tenant, "administrator")
    head = await web.signed_in(ours.tenant, "administrator", company_wide=True)
    people = (
        await key_of(web, administrator, ours.tenant, EVERYTHING),
        await key_of(web, head, ours.tenant, EVERYTHING, company_wide=True),
        await patient_of(web, ours),
    )
    refused = {}
    for route in sorted(routes(web), key=how_much_it_ends):
        if ids_in(route) and not ids_in(route) & PERSONS_OWN:
            statuses = [(await knock(client, route, ours.ids)).status_code for client in people]
            if not set(statuses) - {401, 403, 404}:
                refused[route] = statuses
    assert refused == {}


@pytest.mark.parametrize("route", MENTIONED)
async def test_an_id_of_theirs_in_what_is_sent_is_an_id_of_nobody(
    web: Web, make_tenant: MakeTenant, settings: Settings, admin_url: str, route: str
) -> None:
    ours = await complete(web, await furnish(web, await make_tenant()))
    theirs = await complete(web, await furnish(web, await make_tenant()))
    client = await web.signed_in(ours.tenant, "administrator", company_wide="practice_id" not in ids_in(route))
    before = holdings(settings, admin_url, theirs.tenant)

    async def with_ids(sent: Ids) -> tuple[int, str, dict[str, str]]:
        besides: Callable[[Ids], Sent] = lambda _: MENTIONED[route](sent)  # noqa: E731
        return seen(await knock(client, route, ours.ids, besides), sent)

    answer = await with_ids(theirs.ids)
    assert answer == await with_ids(nobodys(theirs.ids))
    assert answer[0] in {404, 422}, answer
    assert holdings(settings, admin_url, theirs.tenant) == before
    assert (await with_ids(ours.ids))[0] in {200, 201, 409}


async def test_a_patient_cannot_see_another_patients_payment(web: Web, make_tenant: MakeTenant) -> None:
    ours = await complete(web, await furnish(web, await make_tenant()))
    patient = await patient_of(web, ours)
    async with ours.tenant.tx() as tx:
        others = await tx.scalar(
            sa.text(
                "insert into app.patient"
                " select (jsonb_populate_record(p, jsonb_build_object('id', cast(:id as uuid), 'account_number', 'B-2'))).*"
                " from app.patient p where p.practice_id = :practice and p.id = :patient returning id"
            ),
            {"id": new_id(), "practice": tx.practice_id, "patient": ours.ids["patient_id"]},
        )
    payment_id = await _payment(ours.tenant, others)
    own = await patient.get(f"/bill/payments/{ours.ids['payment_id']}")
    another = await patient.get(f"/bill/payments/{payment_id}")
    nobody = await patient.get(f"/bill/payments/{new_id()}")
    assert (own.status_code, another.status_code) == (200, 404)
    assert seen(another, {}) == seen(nobody, {})
