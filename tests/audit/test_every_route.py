"""Every route leaves its event, over real HTTP: what succeeds, what is refused, and what is asked twice."""

import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from pydantic import SecretStr
from tests.api.server import Server, serving
from tests.api.test_foreign_ids import how_much_it_ends, routes
from tests.audit.walk import CASES, NO_EVENT, World, open_world
from tests.plugins.stripe_sandbox import StripeSandbox, WebhookReceiver
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import Web, request_id_of

from app.resources import Resources
from kernel.settings import SecretSettings, Settings

MANY = {"address_per_second": 10_000.0, "address_burst": 10_000, "caller_per_second": 10_000.0, "caller_burst": 10_000}

Event = tuple[str, str, list[uuid.UUID], uuid.UUID | None]
"""Action, outcome, patients, practice."""


class HttpWeb(Web):
    """The application in a process of its own; its visitors come over a socket."""

    def __init__(self, app: Litestar, resources: Resources, server: Server) -> None:
        super().__init__(app, resources)
        self._url = f"http://127.0.0.1:{server.port}"

    def visitor(self) -> httpx.AsyncClient:
        """Somebody who has not signed in."""
        client = httpx.AsyncClient(base_url=self._url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60)
        self._clients.append(client)
        return client


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    """The card processor's stand-in; its own webhooks go to nobody of ours."""
    with WebhookReceiver() as receiver, StripeSandbox(tmp_path_factory.mktemp("stripe"), receiver.url) as running:
        yield running


@pytest.fixture(scope="module")
def server(web_settings: Settings, sandbox: StripeSandbox) -> Iterator[Server]:
    """`billwright serve` with the stand-in."""
    with pytest.MonkeyPatch.context() as environment:
        for name in SecretSettings.model_fields:
            key: SecretStr = getattr(web_settings.secrets, name)
            environment.setenv(f"BILLWRIGHT_SECRETS__{name.upper()}", key.get_secret_value())
        environment.setenv("BILLWRIGHT_STRIPE__API_BASE", sandbox.url)
        environment.setenv("BILLWRIGHT_STRIPE__SECRET_KEY", "sk_test_x")
        environment.setenv("BILLWRIGHT_STRIPE__WEBHOOK_SECRET", sandbox.webhook_secret)
        with serving(web_settings, **MANY) as running:
            yield running


@pytest_asyncio.fixture
async def http(served: Litestar, resources: Resources, server: Server) -> AsyncIterator[HttpWeb]:
    """The web over sockets, with this test's own visitors."""
    made = HttpWeb(served, resources, server)
    yield made
    await made.close()


@pytest.fixture
async def world(http: HttpWeb, make_tenant: MakeTenant, sandbox: StripeSandbox) -> World:
    return await open_world(http, make_tenant, sandbox)


@pytest.fixture
def left_by(settings: Settings, admin_url: str) -> Iterator["Log"]:
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}", autocommit=True) as admin:
        yield Log(admin)


class Log:
    """The audit log of all chains, read past row security."""

    def __init__(self, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        self._admin = admin

    def __call__(self, answer: httpx.Response) -> list[Event]:
        """What one request left."""
        rows = self._admin.execute(
            "select action, outcome, patient_ids, practice_id from app.audit_event where request_id = %s"
            " and role <> 'job' order by recorded_at",
            [request_id_of(answer)],
        )
        return [(str(one[0]), str(one[1]), list(one[2]), one[3]) for one in rows]  # type: ignore[call-overload, arg-type, misc]


def test_every_case_is_of_a_route(web: Web) -> None:
    assert set(CASES) | set(NO_EVENT) <= set(routes(web))
    assert all(NO_EVENT.values())


async def test_what_succeeds_leaves_its_event(world: World, left_by: Log) -> None:
    """A new route is called with the practice's own ids; if it needs more to succeed, say so in `walk.py`."""
    unsuccessful, silent, noisy = {}, [], {}
    for route in sorted(routes(world.web), key=how_much_it_ends):
        answer = await world.call(route)
        if answer.status_code >= 400:
            unsuccessful[route] = (answer.status_code, answer.text[:300])
        events = left_by(answer)
        if route in NO_EVENT:
            noisy.update({route: events} if events else {})
        elif not any(outcome == "done" for _, outcome, _, _ in events):
            silent.append(route)
    assert unsuccessful == {}
    assert silent == []
    assert noisy == {}
