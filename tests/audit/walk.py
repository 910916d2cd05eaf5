"""One success of every route, so that what each leaves in the audit log can be looked at."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from tests.api.conftest import Furnished, furnish
from tests.api.doors import MENTIONED, REASON, knock
from tests.api.encounter_files import csv_bytes
from tests.api.test_foreign_ids import BORN, complete, in_a_month
from tests.audit.test_api import seal
from tests.factories.claims import Visit, build, open_clinic
from tests.factories.payments import claim_payment, paid_by, receive
from tests.interop.encounter_rows import row
from tests.payments.patient.test_webhooks import signature
from tests.plugins.stripe_sandbox import StripeSandbox
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import PASSWORD, Web, base_of
from tests.tenancy.identity.accounts import FACTOR, SESSION, Account, account
from tests.tenancy.identity.test_passwords import FINISH, NEW, RESET, asked, link

from audit.keys import LocalSigners
from kernel.ids import new_id
from kernel.storage.folder import FolderStore
from tenancy.public import invitation_token

Case = Callable[["World"], Awaitable[httpx.Response]]

NO_EVENT: Mapping[str, str] = {
    "GET /health/live": "asked every few seconds by machines, and shows nothing",
    "GET /health/ready": "asked every few seconds by machines, and shows nothing",
    "GET /static/{path}": "the same files for everybody",
    "GET /api/v1/openapi": "the manual, the same for everybody",
    "GET /api/v1/openapi/openapi.json": "the manual, the same for everybody",
    "GET /api/v1/openapi/{path}": "the manual, the same for everybody",
    "GET /api/v1/roles": "what the product's roles may do, the same for everybody",
    "GET /api/v1/session": "one's own name and roles, asked by every page",
    "GET /api/v1/second-factor": "whether one has set up one's own second factor",
    "GET /api/v1/practices/{practice_id}/audit/actions": "the vocabulary of the log, the same for everybody",
    "GET /files/{token}": "the export was on record when its link was made; a bucket answers its links without us",
    "PUT /files/{token}": "the upload was on record when its link was made, and is again when it is used",
    "GET /bill": "an empty form",
    "GET /bill/link/{code}": "an empty form",
    "GET /bill/once/{token}": "an empty form",
    "GET /bill/text/{size}": "the size of letters",
}
"""Routes whose success leaves nothing in the log, and why that is right."""

CASES: dict[str, Case] = {}
"""By route: how it succeeds. Whatever is not here is called with the practice's own ids by its administrator."""


class World(msgspec.Struct, frozen=True):
    """A practice with one of everything, people who work for it, and a patient who owes."""

    web: Web
    make_tenant: MakeTenant
    one: Furnished
    sandbox: StripeSandbox
    signers: LocalSigners
    boss: httpx.AsyncClient
    admin: httpx.AsyncClient
    patient: httpx.AsyncClient

    @property
    def tenant(self) -> Tenant:
        return self.one.tenant

    @property
    def ids(self) -> dict[str, uuid.UUID]:
        return self.one.ids

    @property
    def base(self) -> str:
        return base_of(self.tenant)

    async def call(self, route: str) -> httpx.Response:
        """The route's success."""
        if route in CASES:
            return await CASES[route](self)
        of_practice = "{practice_id}" in route
        return await knock(self.admin if of_practice else self.boss, route, self.ids)

    async def person(self, role: str = "biller") -> Account:
        """Somebody new of this practice."""
        return await account(self.web, self.tenant, role)

    async def member(self) -> dict[str, Any]:
        """Somebody new, as the company's people list shows them."""
        email = (await self.person()).email
        people: list[dict[str, Any]] = (await self.boss.get("/api/v1/members", params={"limit": 100})).json()["items"]
        return next(one for one in people if one["email"] == email)

    async def invited(self) -> uuid.UUID:
        """The id of a new invitation."""
        answer = await knock(self.boss, "POST /api/v1/invitations", self.ids, MENTIONED["POST /api/v1/invitations"])
        return uuid.UUID(answer.json()["id"])

    async def bill_code(self) -> str:
        """The code on the patient's paper bill."""
        answer = await self.admin.post(f"{self.base}/patients/{self.ids['patient_id']}/bill-code")
        code: str = answer.json()["code"]
        return code

    async def bill_link(self) -> str:
        """The path of a link that opens the bill once."""
        answer = await self.admin.post(f"{self.base}/patients/{self.ids['patient_id']}/bill-link")
        return httpx.URL(answer.json()["link"]).path


async def open_world(web: Web, make_tenant: MakeTenant, sandbox: StripeSandbox, signers: LocalSigners) -> World:
    """Everything that the cases need, each made through its own door."""
    one = await complete(web, await furnish(web, await make_tenant()))
    tenant = one.tenant
    await _owe(web, one)
    admin = await web.signed_in(tenant, "administrator")
    boss = await web.signed_in(tenant, "administrator", company_wide=True)
    for person in (admin, boss):
        person.headers["If-Match"] = "*"
    code = (await admin.post(f"{base_of(tenant)}/patients/{one.ids['patient_id']}/bill-code")).json()["code"]
    patient = web.visitor()
    assert (await patient.post("/bill", data={"bill_code": code, **BORN})).headers["Location"] == "/bill/account"
    return World(web, make_tenant, one, sandbox, signers, boss, admin, patient)


async def _owe(web: Web, one: Furnished) -> None:
    """The patient's insurer pays a part and leaves the rest; another visit's claim is ready to be sent."""
    clinic = await open_clinic(one.tenant, connected=False)
    store = FolderStore(web.resources.settings.home / "files")
    async with one.tenant.tx() as tx:
        claim = (await tx.execute(sa.text("select * from app.claim where id = :id"), {"id": one.ids["claim_id"]})).one()
    await receive(clinic, store, paid_by("BHERON", claim_payment(claim, "paid 100.00, CO-45 36.00, PR-1 64.00")))
    await build(clinic, Visit(number="E-2"))


def case(route: str) -> Callable[[Case], Case]:
    """Says how a route succeeds."""

    def note(function: Case) -> Case:
        CASES[route] = function
        return function

    return note


# --- Signing in ------------------------------------------------------------------------------------------------------


@case("POST /api/v1/session")
async def sign_in(world: World) -> httpx.Response:
    return await (await world.person()).give_password(world.web.visitor())


@case("POST /api/v1/session/second-factor")
async def answer_factor(world: World) -> httpx.Response:
    person = await world.person()
    await person.set_up_factor(await person.signed_in())
    client = world.web.visitor()
    await person.give_password(client)
    return await person.give_code(client, person.recovery_codes[0])


@case("POST /api/v1/session/end")
async def sign_out(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post(f"{SESSION}/end")


@case("POST /api/v1/session/password")
async def change_password(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    return await client.post(f"{SESSION}/password", json={"current_password": PASSWORD, "new_password": NEW})


@case("POST /api/v1/session/password-again")
async def give_password_again(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    return await client.post(f"{SESSION}/password-again", json={"password": PASSWORD})


@case("POST /api/v1/password-reset")
async def ask_for_a_new_password(world: World) -> httpx.Response:
    return await world.web.visitor().post(RESET, json={"email": (await world.person()).email})


@case("POST /api/v1/password-reset/finish")
async def set_a_new_password(world: World) -> httpx.Response:
    token = link(world.web, await asked(world.web, (await world.person()).email))
    return await world.web.visitor().post(FINISH, json={"token": token, "new_password": NEW})


@case("POST /api/v1/second-factor")
async def enroll_factor(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post(FACTOR)


@case("POST /api/v1/second-factor/confirm")
async def confirm_factor(world: World) -> httpx.Response:
    person = await world.person()
    return await person.set_up_factor(await person.signed_in())


@case("POST /api/v1/second-factor/recovery-codes")
async def new_recovery_codes(world: World) -> httpx.Response:
    person = await world.person()
    client = await person.signed_in()
    await person.set_up_factor(client)
    return await client.post(f"{FACTOR}/recovery-codes")


@case("POST /api/v1/second-factor/disable")
async def disable_factor(world: World) -> httpx.Response:
    person = await world.person()
    client = await person.signed_in()
    await person.set_up_factor(client)
    return await client.post(f"{FACTOR}/disable")


@case("POST /api/v1/sessions/{session_id}/end")
async def end_a_session(world: World) -> httpx.Response:
    client = await (await world.person()).signed_in()
    session = (await client.get("/api/v1/sessions")).json()["items"][0]["id"]
    return await client.post(f"/api/v1/sessions/{session}/end")


@case("POST /api/v1/sessions/end-others")
async def end_other_sessions(world: World) -> httpx.Response:
    return await (await (await world.person()).signed_in()).post("/api/v1/sessions/end-others")


# --- Keys, people, practices -----------------------------------------------------------------------------------------


@case("POST /api/v1/api-keys")
async def make_key(world: World) -> httpx.Response:
    key = {"name": "Export", "permissions": ["people:read"], "company_wide": True, "expires_at": in_a_month()}
    return await world.boss.post("/api/v1/api-keys", json=key)


@case("POST /api/v1/api-keys/{key_id}/revoke")
async def revoke_key(world: World) -> httpx.Response:
    key = (await make_key(world)).json()["shown"]["id"]
    return await world.boss.post(f"/api/v1/api-keys/{key}/revoke")


@case("POST /api/v1/members/{user_id}/api-keys/{key_id}/revoke")
async def revoke_anothers_key(world: World) -> httpx.Response:
    key = (await make_key(world)).json()["shown"]["id"]
    person = (await world.boss.get(SESSION)).json()["user_id"]
    return await world.boss.post(f"/api/v1/members/{person}/api-keys/{key}/revoke")


@case("GET /api/v1/access-review/files/{file_format}")
async def export_access_review(world: World) -> httpx.Response:
    return await world.boss.get("/api/v1/access-review/files/csv")


@case("PUT /api/v1/sign-in-policy")
async def change_policy(world: World) -> httpx.Response:
    return await world.boss.put("/api/v1/sign-in-policy", json={"second_factor_required": False})


@case("POST /api/v1/invitations/accept")
async def accept_invitation(world: World) -> httpx.Response:
    token = invitation_token(world.web.resources.sessions, await world.invited())
    return await world.web.visitor().post("/api/v1/invitations/accept", json={"token": token, "password": PASSWORD})


@case("POST /api/v1/invitations")
async def invite(world: World) -> httpx.Response:
    return await knock(world.boss, "POST /api/v1/invitations", world.ids, MENTIONED["POST /api/v1/invitations"])


@case("POST /api/v1/invitations/{invitation_id}/withdraw")
async def withdraw_invitation(world: World) -> httpx.Response:
    return await world.boss.post(f"/api/v1/invitations/{await world.invited()}/withdraw")


@case("POST /api/v1/members/{user_id}/end")
async def end_member(world: World) -> httpx.Response:
    who = await world.member()
    return await world.boss.post(f"/api/v1/members/{who['id']}/end", json={"reason": REASON})


@case("POST /api/v1/members/roles/{membership_id}/end")
async def end_role(world: World) -> httpx.Response:
    role = (await world.member())["roles"][0]["id"]
    return await world.boss.post(f"/api/v1/members/roles/{role}/end", json={"reason": REASON})


@case("POST /api/v1/members/{user_id}/transfer")
async def transfer(world: World) -> httpx.Response:
    person, other = await world.member(), await world.member()
    preview = await world.boss.get(f"/api/v1/members/{person['id']}/transfer", params={"to": other["id"]})
    body = {"to_user_id": other["id"], "digest": preview.json()["digest"], "reason": REASON}
    return await world.boss.post(f"/api/v1/members/{person['id']}/transfer", json=body)


async def another_practice(world: World) -> str:
    other = await world.make_tenant(company_id=world.tenant.company_id)
    return f"/api/v1/company/practices/{other.practice_id}"


@case("POST /api/v1/company/practices/{practice}/suspend")
async def suspend(world: World) -> httpx.Response:
    return await world.boss.post(f"{await another_practice(world)}/suspend", json={"reason": REASON})


@case("POST /api/v1/company/practices/{practice}/resume")
async def resume(world: World) -> httpx.Response:
    practice = await another_practice(world)
    assert (await world.boss.post(f"{practice}/suspend", json={"reason": REASON})).status_code == 204
    return await world.boss.post(f"{practice}/resume", json={"reason": REASON})


@case("POST /api/v1/company/practices/{practice}/offboard")
async def offboard(world: World) -> httpx.Response:
    practice = await another_practice(world)
    digest = (await world.boss.get(f"{practice}/offboarding")).json()["digest"]
    return await world.boss.post(f"{practice}/offboard", json={"digest": digest, "reason": REASON})


@case("POST /api/v1/practices")
async def onboard(world: World) -> httpx.Response:
    new = {
        "slug": f"practice-{new_id()}", "name": "Harborview Clinic", "npi": "1234567893", "tax_id": "311234567",
        "taxonomy": "207Q00000X", "address": "1 Pier Road", "city": "Columbus", "state_code": "OH", "zip": "432151234",
        "phone": "6145550100", "time_zone": "America/New_York", "claim_prefix": "HV",
    }  # fmt: skip
    return await world.boss.post("/api/v1/practices", json=new)


@case("POST /api/v1/payers")
async def add_payer(world: World) -> httpx.Response:
    new = {"code": "NEWPAY", "name": "New Payer", "kind": "commercial", "edi_id": "90077", "timely_filing_days": 90}
    return await world.boss.post("/api/v1/payers", json=new)


# --- The practice's work ---------------------------------------------------------------------------------------------


async def new_enrollment(world: World) -> str:
    """The id of an application that nobody has decided on."""
    provider = {"npi": "2999909023", "last_name": "Another", "first_name": "Ines", "taxonomy": "207Q00000X"}
    await world.admin.post(f"{world.base}/providers", json=provider)
    async with world.tenant.tx() as tx:
        payers = (await tx.execute(sa.text("select id from app.payer order by code"))).scalars().all()
        taken = (
            await tx.execute(
                sa.text(
                    "select e.payer_id from app.enrollment e join app.provider p on p.id = e.provider_id"
                    " where p.npi = '2999909023' and e.practice_id = :practice"
                ),
                {"practice": tx.practice_id},
            )
        ).scalars()
    payer = next(one for one in payers if one not in set(taken))
    body = {"provider_npi": "2999909023", "payer_id": str(payer), "requested_date": "2026-01-01"}
    answer = await world.admin.post(f"{world.base}/enrollments", json=body)
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


@case("POST /api/v1/practices/{practice_id}/providers")
async def add_provider(world: World) -> httpx.Response:
    provider = {"npi": "2999909049", "last_name": "Fourth", "first_name": "Ines", "taxonomy": "207Q00000X"}
    return await world.admin.post(f"{world.base}/providers", json=provider)


@case("POST /api/v1/practices/{practice_id}/enrollments")
async def request_enrollment(world: World) -> httpx.Response:
    provider = {"npi": "2999909031", "last_name": "Third", "first_name": "Ines", "taxonomy": "207Q00000X"}
    assert (await world.admin.post(f"{world.base}/providers", json=provider)).status_code == 201
    body = {
        "provider_npi": "2999909031", "payer_id": str(world.ids["payer_id"]), "requested_date": "2026-01-01",
    }  # fmt: skip
    return await world.admin.post(f"{world.base}/enrollments", json=body)


@case("POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/approve")
async def approve_enrollment(world: World) -> httpx.Response:
    address = f"{world.base}/enrollments/{await new_enrollment(world)}/approve"
    return await world.admin.post(address, json={"effective_date": "2026-01-01"}, headers={"If-Match": "*"})


@case("POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/refuse")
async def refuse_enrollment(world: World) -> httpx.Response:
    address = f"{world.base}/enrollments/{await new_enrollment(world)}/refuse"
    return await world.admin.post(address, headers={"If-Match": "*"})


@case("POST /api/v1/practices/{practice_id}/imports/encounters")
async def import_encounters(world: World) -> httpx.Response:
    content = csv_bytes(row("E-77"))
    return await world.admin.post(f"{world.base}/imports/encounters", content=content, params={"file_name": "good.csv"})


async def upload(world: World, content: bytes) -> tuple[dict[str, Any], httpx.Response]:
    """An announced upload, and the answer to sending it by its link."""
    announced = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    begun = (await world.admin.post(f"{world.base}/imports/encounters/uploads", json=announced)).json()
    path, headers = httpx.URL(begun["put"]["url"]).path, begun["put"]["headers"]
    return begun, await world.web.visitor().put(path, content=content, headers=headers)


@case("PUT /files/{token}")
async def send_by_link(world: World) -> httpx.Response:
    return (await upload(world, csv_bytes(row("E-78"))))[1]


@case("POST /api/v1/practices/{practice_id}/imports/encounters/uploads/{upload_id}")
async def import_upload(world: World) -> httpx.Response:
    begun, _ = await upload(world, csv_bytes(row("E-79")))
    return await world.admin.post(f"{world.base}/imports/encounters/uploads/{begun['id']}")


@case("GET /files/{token}")
async def take_by_link(world: World) -> httpx.Response:
    link = await world.admin.post(f"{world.base}/imports/{world.ids['run_id']}/rejects/link")
    return await world.web.visitor().get(httpx.URL(link.json()["url"]).path)


@case("POST /api/v1/practices/{practice_id}/remittances/{remittance_id}/post")
async def post_remittance(world: World) -> httpx.Response:
    address = f"{world.base}/remittances/{world.ids['remittance_id']}"
    digest = (await world.admin.get(f"{address}/plan")).json()["digest"]
    headers = {"Idempotency-Key": str(new_id())}
    return await world.admin.post(f"{address}/post", json={"plan_digest": digest}, headers=headers)


@case("POST /api/v1/practices/{practice_id}/claims/{claim_id}/scrub")
async def scrub_claim(world: World) -> httpx.Response:
    clinic = await open_clinic(world.tenant, connected=False)
    claim = (await build(clinic, Visit(number="E-3")))["E-3"]
    return await world.admin.post(f"{world.base}/claims/{claim.id}/scrub")


@case("GET /api/v1/practices/{practice_id}/audit/events/{event_id}/proof")
async def prove_event(world: World) -> httpx.Response:
    await seal(world.tenant, world.signers)
    return await world.admin.get(f"{world.base}/audit/events/{world.ids['event_id']}/proof")


# --- The patient -----------------------------------------------------------------------------------------------------


@case("POST /bill")
async def open_bill(world: World) -> httpx.Response:
    return await world.web.visitor().post("/bill", data={"bill_code": await world.bill_code(), **BORN})


@case("POST /bill/link/{code}")
async def open_bill_by_link(world: World) -> httpx.Response:
    return await world.web.visitor().post(f"/bill/link/{await world.bill_code()}", data=BORN)


@case("POST /bill/once/{token}")
async def open_bill_once(world: World) -> httpx.Response:
    return await world.web.visitor().post(await world.bill_link(), data=BORN)


@case("GET /bill/link/{code}")
async def look_at_link(world: World) -> httpx.Response:
    return await world.web.visitor().get(f"/bill/link/{await world.bill_code()}")


@case("GET /bill/once/{token}")
async def look_at_link_once(world: World) -> httpx.Response:
    return await world.web.visitor().get(await world.bill_link())


@case("GET /bill/text/{size}")
async def larger_text(world: World) -> httpx.Response:
    return await world.patient.get("/bill/text/large")


@case("GET /bill/account")
async def read_bill(world: World) -> httpx.Response:
    return await world.patient.get("/bill/account")


@case("GET /bill/pay")
async def choose_amount(world: World) -> httpx.Response:
    return await world.patient.get("/bill/pay")


@case("POST /bill/pay")
async def pay(world: World) -> httpx.Response:
    return await world.patient.post("/bill/pay", data={"choice": "all", "attempt_key": str(new_id())})


@case("GET /bill/payments/{payment_id}")
async def read_payment(world: World) -> httpx.Response:
    return await world.patient.get(f"/bill/payments/{world.ids['payment_id']}")


@case("POST /bill/end")
async def close_bill(world: World) -> httpx.Response:
    visitor = world.web.visitor()
    await visitor.post("/bill", data={"bill_code": await world.bill_code(), **BORN})
    return await visitor.post("/bill/end")


# --- Machines --------------------------------------------------------------------------------------------------------


@case("POST /webhooks/stripe")
async def webhook(world: World) -> httpx.Response:
    event = {"id": f"evt_{new_id()}", "type": "customer.created", "created": 1, "data": {"object": {}}}
    payload = msgspec.json.encode(event)
    headers = {"Stripe-Signature": signature(payload, world.sandbox.webhook_secret)}
    return await world.web.visitor().post("/webhooks/stripe", content=payload, headers=headers)


@case("GET /static/{path}")
async def a_file(world: World) -> httpx.Response:
    page = await world.web.visitor().get("/bill")
    path = page.text.partition("/static/")[2].partition('"')[0]
    return await world.web.visitor().get(f"/static/{path}")


@case("GET /api/v1/openapi/{path}")
async def the_manual(world: World) -> httpx.Response:
    return await world.web.visitor().get("/api/v1/openapi/openapi.json")
