"""The same request under the same Idempotency-Key is done once and answered the same, over the real application."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from tests.factories.directory import new_payer
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, app_with, base_of, started

from app.resources import Resources
from audit.public import record
from claims.permissions import READ_CLAIMS
from kernel.context import Scope
from kernel.db.counters import next_numbers
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Conflict
from kernel.http.once import OnceHandler, OnceRequiredHandler, post_once
from kernel.http.scoping import requires
from kernel.ids import new_id
from kernel.jobs.expiry import handle_expiry_due
from kernel.settings import Settings

TAKES_NO_KEY = {
    "/api/v1/session/second-factor": "a code counts once",
    "/api/v1/second-factor": "a secret is shown once and never kept in an answer",
    "/api/v1/second-factor/recovery-codes": "codes are shown once and never kept in an answer",
    "/api/v1/api-keys": "a key is shown once and never kept in an answer",
    "/api/v1/password-reset": "nobody is signed in, and asking twice mails twice",
    "/api/v1/practices/{practice_id}/patients/{patient_id}/bill-code": "it is the same each time, and only its hash is kept",
    "/api/v1/practices/{practice_id}/patients/{patient_id}/bill-link": "a link is never kept in an answer",
    "/api/v1/session": "opens a session and sets a cookie, which must not be kept",
    "/api/v1/invitations/accept": "the token of the link works once",
    "/api/v1/practices": "a practice is found by its name within the company",
    "/api/v1/practices/{practice_id}/imports/encounters": "the same bytes are the same import",
    "/api/v1/practices/{practice_id}/imports/encounters/uploads": "another link is harmless: an upload counts once it is imported",
    "/api/v1/practices/{practice_id}/imports/encounters/uploads/{upload_id}": "an upload is imported once",
    "/api/v1/practices/{practice_id}/imports/{run_id}/rejects/link": "a link is never kept in an answer",
    "/webhooks/stripe": "the event's own id is the key",
}
"""Every POST that creates something and is not declared with post_once, and why not. `/bill/pay` is a form with a key of its own."""


class Number(msgspec.Struct):
    """What a test's route makes."""

    value: int


class Slow:
    """A route that waits inside its transaction until it is let go, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.inside, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.fail_next = 0

        @post_once("/api/v1/practices/{practice_id:uuid}/numbers", guards=[requires(READ_CLAIMS)], status_code=201)
        async def number(tx: NamedDependency[Tx], note: Annotated[str, QueryParameter()] = "") -> Number:
            """The next number."""
            self.inside.set()
            await self.go_on.wait()
            (value,) = await next_numbers(tx, "once")
            if self.fail_next:
                self.fail_next -= 1
                raise Conflict("not today")
            return Number(value)

        self.route = number


class Desk:
    """A biller at an application with that route."""

    def __init__(self, client: httpx.AsyncClient, slow: Slow, tenant: Tenant) -> None:
        self.client, self.slow, self.tenant = client, slow, tenant
        self.key = str(new_id())

    async def ask(self, query: str = "", **more: str) -> httpx.Response:
        return await self.client.post(
            f"{base_of(self.tenant)}/numbers{query}", headers={"Idempotency-Key": self.key, **more}
        )


@pytest.fixture
async def desk(resources: Resources, tenant: Tenant) -> AsyncIterator[Desk]:
    slow = Slow()
    async with started(app_with(resources, slow.route)) as app:
        web = Web(app, resources)
        yield Desk(await web.signed_in(tenant, "biller"), slow, tenant)
        await web.close()


async def test_the_same_request_is_done_once_and_answered_the_same(desk: Desk) -> None:
    first, again = await desk.ask(), await desk.ask()
    assert (first.status_code, first.json()) == (201, {"value": 1})
    assert (again.status_code, again.content, again.headers["Content-Type"]) == (
        201,
        first.content,
        first.headers["Content-Type"],
    )
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    desk.key = str(new_id())
    assert (await desk.ask()).json() == {"value": 2}


async def test_another_request_under_the_key_is_refused(desk: Desk) -> None:
    assert (await desk.ask()).status_code == 201
    refused = await desk.ask("?note=other")
    assert (refused.status_code, "Retry-After" in refused.headers) == (409, False)
    assert refused.json()["detail"].endswith("use a new key for a new request")


async def test_while_the_first_runs_the_second_is_told_to_wait(desk: Desk) -> None:
    desk.slow.go_on.clear()
    first = asyncio.create_task(desk.ask())
    await desk.slow.inside.wait()
    refused = await desk.ask()
    assert (refused.status_code, refused.headers["Retry-After"]) == (409, "1")
    desk.slow.go_on.set()
    assert (await first).json() == {"value": 1}
    assert (await desk.ask()).json() == {"value": 1}


async def test_a_request_that_failed_may_be_sent_again(desk: Desk) -> None:
    desk.slow.fail_next = 1
    assert (await desk.ask()).status_code == 409
    assert (await desk.ask()).json() == {"value": 1}


async def test_without_a_key_each_request_counts(desk: Desk) -> None:
    for value in (1, 2):
        answer = await desk.client.post(f"{base_of(desk.tenant)}/numbers")
        assert answer.json() == {"value": value}


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_an_unfit_key_is_refused(desk: Desk, key: str) -> None:
    desk.key = key
    refused = await desk.ask()
    assert refused.status_code == 422
    assert "1 to 200 characters" in refused.json()["detail"]


async def test_a_colleagues_key_gives_nobody_the_answer_that_was_theirs(desk: Desk, resources: Resources) -> None:
    assert (await desk.ask()).json() == {"value": 1}
    web = Web(desk.client._transport.app, resources)  # type: ignore[attr-defined]
    colleague = Desk(await web.signed_in(desk.tenant, "biller"), desk.slow, desk.tenant)
    colleague.key = desk.key
    refused = await colleague.ask()
    assert refused.status_code == 409
    assert "value" not in refused.json()
    assert (await desk.ask()).json() == {"value": 1}
    await web.close()


async def test_a_key_is_the_practices_own(desk: Desk, make_tenant: MakeTenant, resources: Resources) -> None:
    await desk.ask()
    other = await make_tenant(company_id=desk.tenant.company_id)
    web = Web(desk.client._transport.app, resources)  # type: ignore[attr-defined]
    elsewhere = Desk(await web.signed_in(other, "biller"), desk.slow, other)
    elsewhere.key = desk.key
    assert (await elsewhere.ask("?note=another")).json() == {"value": 1}
    await web.close()


async def test_a_key_is_forgotten_after_a_day_and_not_before(
    desk: Desk, settings: Settings, admin_url: str, resources: Resources
) -> None:
    async def clean() -> None:
        async with open_transaction(resources.database, Scope(audience="intake", request_id="test")) as tx:
            await handle_expiry_due(tx, {}, record=record)

    await desk.ask()
    await clean()
    assert (await desk.ask()).json() == {"value": 1}
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update app.idempotency_key set created_at = now() - interval '24 hours 1 minute' where key = %s",
            (desk.key,),
        )
    await clean()
    assert (await desk.ask()).json() == {"value": 2}


async def test_a_companys_route_keeps_its_keys_too(web: Web, tenant: Tenant) -> None:
    lead = await web.signed_in(tenant, "administrator", company_wide=True)
    body = msgspec.to_builtins(new_payer())
    key = {"Idempotency-Key": str(new_id())}
    first = await lead.post("/api/v1/payers", json=body, headers=key)
    assert first.status_code == 201, first.text
    again = await lead.post("/api/v1/payers", json=body, headers=key)
    other = await lead.post("/api/v1/payers", json={**body, "code": "OTHER"}, headers=key)
    assert (again.status_code, again.content, other.status_code) == (201, first.content, 409)


def posts(app: Litestar) -> dict[str, HTTPRouteHandler]:
    """The handler of every POST."""
    return {
        route.path_format: handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if "POST" in handler.http_methods
    }


def test_every_post_that_creates_takes_a_key_or_says_why_not(web: Web) -> None:
    creating = {path: handler for path, handler in posts(web.app).items() if handler.status_code in {201, 202}}
    without = {path for path, handler in creating.items() if not isinstance(handler, OnceHandler)}
    assert without == set(TAKES_NO_KEY)


def test_posting_money_wants_a_key(web: Web) -> None:
    wanting = {path for path, handler in posts(web.app).items() if isinstance(handler, OnceRequiredHandler)}
    assert wanting == {"/api/v1/practices/{practice_id}/remittances/{remittance_id}/post"}


async def test_the_manual_shows_the_header(web: Web) -> None:
    paths = (await web.visitor().get("/api/v1/openapi/openapi.json")).json()["paths"]
    for path, handler in posts(web.app).items():
        if isinstance(handler, OnceHandler):
            shown = [one["name"] for one in paths[path]["post"].get("parameters", [])]
            assert shown.count("Idempotency-Key") == 1, path
