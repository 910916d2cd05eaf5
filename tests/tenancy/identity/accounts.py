"""People with accounts of their own, and what they do at the sign-in pages."""

import base64
import datetime as dt

import httpx
import msgspec
import psycopg
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web

from kernel.clock import wall_now
from tenancy.identity.one_time_codes import STEP_SECONDS, code_at

SESSION, FACTOR = "/api/v1/session", "/api/v1/second-factor"
Admin = psycopg.Connection[tuple[object, ...]]


class Account(msgspec.Struct):
    """Somebody with an e-mail address, and with an authenticator app once it is set up."""

    web: Web
    tenant: Tenant
    email: str
    secret: bytes = b""
    recovery_codes: list[str] = []
    password: str = PASSWORD

    def code(self, *, steps: int = 0) -> str:
        """What the app shows now, or will show some steps from now."""
        return code_at(self.secret, wall_now() + dt.timedelta(seconds=steps * STEP_SECONDS))

    async def give_password(self, client: httpx.AsyncClient, password: str | None = None) -> httpx.Response:
        """The first step of signing in."""
        return await client.post(SESSION, json={"email": self.email, "password": password or self.password})

    async def give_code(self, client: httpx.AsyncClient, code: str) -> httpx.Response:
        """The second."""
        return await client.post(f"{SESSION}/second-factor", json={"code": code})

    async def signed_in(self) -> httpx.AsyncClient:
        """In a browser of its own, by password alone."""
        client = self.web.visitor()
        answer = await self.give_password(client)
        assert answer.status_code == 201, answer.text
        return client

    async def set_up_factor(self, client: httpx.AsyncClient) -> httpx.Response:
        """Set up an authenticator app; the answer with the recovery codes."""
        enrolled = await client.post(FACTOR)
        assert enrolled.status_code == 201, enrolled.text
        self.secret = base64.b32decode(enrolled.json()["secret"])
        confirmed = await client.post(f"{FACTOR}/confirm", json={"code": self.code()})
        assert confirmed.status_code == 200, confirmed.text
        self.recovery_codes = confirmed.json()["recovery_codes"]
        return confirmed


async def account(web: Web, tenant: Tenant, role: str = "biller", *, company_wide: bool = False) -> Account:
    """A person with this role, not signed in anywhere."""
    return Account(web, tenant, await web.member(tenant, role, company_wide=company_wide))


def pass_time(admin: Admin, tenant: Tenant, table: str, column: str, passed: dt.timedelta) -> None:
    """Move instants of this tenant's rows into the past, as if that much time had gone by."""
    statement = f"update app.{table} set {column} = {column} - %s where company_id = %s"
    assert admin.execute(statement, [passed, tenant.company_id]).rowcount >= 1


def end_pauses(admin: Admin) -> None:
    """As if every pause after failed attempts were over; the failures stay counted."""
    admin.execute(
        "update app.sign_in_throttle set blocked_until = now() - interval '1 second' where blocked_until is not null"
    )


def next_step(admin: Admin, tenant: Tenant) -> None:
    """As if the app had moved on, so that what it shows now was not used yet."""
    admin.execute("update app.second_factor set last_step = last_step - 10 where company_id = %s", [tenant.company_id])
