"""What the cases stand on: a practice with one of everything, and the register of how routes succeed."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from tests.api.conftest import Furnished, furnish
from tests.api.doors import MENTIONED, knock
from tests.api.test_foreign_ids import BORN, complete
from tests.factories.claims import Visit, build, open_clinic
from tests.factories.payments import claim_payment, paid_by, receive
from tests.plugins.stripe_sandbox import StripeSandbox
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of
from tests.tenancy.identity.accounts import Account, account

from audit.keys import LocalSigners
from kernel.storage.folder import FolderStore


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


Case = Callable[[World], Awaitable[httpx.Response]]


class Cases(dict[str, Case]):
    """By route: how it succeeds."""

    def of(self, route: str) -> Callable[[Case], Case]:
        """Say how a route succeeds."""

        def note(function: Case) -> Case:
            self[route] = function
            return function

        return note
