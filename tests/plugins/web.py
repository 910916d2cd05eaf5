"""The web application in process: the real one, over the test database, with people who sign in as people do.

async def test_a_biller_reads_claims(web: Web, tenant: Tenant) -> None:
    biller = await web.signed_in(tenant, "biller")
    answer = await biller.get(f"{base_of(tenant)}/claims")
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from litestar import Litestar
from litestar.types import ControllerRouterHandler
from pydantic import SecretStr

from app.asgi import create_app
from app.providers import make_database, make_store
from app.resources import Resources
from app.routes import ROUTES
from app.subscriptions import listeners
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.run import run_job
from kernel.settings import Settings
from payments.patient.stripe_gateway import StripeGateway
from tenancy.public import NewMember, Sessions, add_member
from tests.plugins.tenants import Tenant

PASSWORD = "correct horse battery staple"
"""Every test person's; long enough, and nobody's."""
BASE_URL = "http://billwright.test"
NOBODY_LISTENS = "http://127.0.0.1:9"


class Web:
    """An application, its visitors, and its jobs."""

    def __init__(self, app: Litestar, resources: Resources) -> None:
        self.app = app
        self.resources = resources
        self._address = f"2001:db8:{new_id().hex[-8:-4]}:{new_id().hex[-4:]}::1"
        self._clients: list[httpx.AsyncClient] = []

    def visitor(self) -> httpx.AsyncClient:
        """Somebody who has not signed in; answers come as they are, redirects are not followed."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self._address, 40_000)),
            base_url=BASE_URL,
            headers={"Sec-Fetch-Site": "same-origin"},  # as a browser on our own pages
        )
        self._clients.append(client)
        return client

    async def member(self, tenant: Tenant, role: str, *, company_wide: bool = False) -> str:
        """Add a person with one role in the tenant's practice, or in its company; their e-mail."""
        email = f"{role}-{new_id()}@northgate.example"
        practice_id = None if company_wide else tenant.practice_id
        async with tenant.tx() as tx:
            new = NewMember(email=email, display_name="Sam Example", password=PASSWORD, roles={practice_id: role})
            await add_member(tx, new)
        return email

    async def signed_in(self, tenant: Tenant, role: str, *, company_wide: bool = False) -> httpx.AsyncClient:
        """A person with this role, signed in through the session endpoint."""
        client = self.visitor()
        email = await self.member(tenant, role, company_wide=company_wide)
        answer = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return client

    async def run_jobs(self, tenant: Tenant) -> None:
        """Run what is due for this practice, and what follows from it, until nothing is open but what was refused."""
        heard = listeners(self.resources)
        while messages := await self._due(tenant):
            for message in messages:
                await run_job(self.resources.database, message, heard)

    async def close(self) -> None:
        """Send the visitors home."""
        for client in self._clients:
            await client.aclose()

    async def _due(self, tenant: Tenant) -> list[JobMessage]:
        found = []
        for scope in (Scope(audience="intake", request_id="test"), tenant.scope("worker")):
            async with open_transaction(self.resources.database, scope) as tx:
                rows = await tx.execute(
                    sa.select(outbox.c.id, outbox.c.company_id, outbox.c.practice_id)
                    .where(outbox.c.done_at.is_(None), outbox.c.problem.is_(None))
                    .where(outbox.c.practice_id.is_not_distinct_from(scope.practice_id))
                    .order_by(outbox.c.created_at, outbox.c.id)
                )
                found += [JobMessage(row.id, row.company_id, row.practice_id) for row in rows]
        return found


@pytest.fixture(scope="session")
def web_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The test process's settings, with files and mailboxes in a folder of their own."""
    own = settings.model_copy(deep=True)
    own.home = tmp_path_factory.mktemp("web")
    own.limits.address_per_second = own.limits.caller_per_second = 10_000.0  # all tests come from one address
    own.limits.address_burst = own.limits.caller_burst = 10_000
    return own


@pytest_asyncio.fixture(scope="session")
async def resources(web_settings: Settings) -> Resources:
    """Real ones; the card processor is an address at which nobody listens."""
    return make_test_resources(web_settings, NOBODY_LISTENS)


@pytest_asyncio.fixture(scope="session")
async def served(resources: Resources) -> AsyncIterator[Litestar]:
    """The application, started once a test process."""
    async with started(create_app(resources)) as app:
        yield app


@pytest.fixture
async def web(served: Litestar, resources: Resources) -> AsyncIterator[Web]:
    """The application with this test's own visitors."""
    made = Web(served, resources)
    yield made
    await made.close()


def make_test_resources(settings: Settings, stripe_url: str, *, webhook_secret: SecretStr | None = None) -> Resources:
    """Resources over the test database; `stripe_url` may be that of a running stand-in, with its webhook secret."""
    keys = settings.secrets
    database = make_database(settings)
    return Resources(
        settings=settings,
        database=database,
        store=make_store(settings),
        sessions=Sessions(database, key=keys.lookup_key.get_secret_value().encode(), limits=settings.sessions),
        gateway=StripeGateway(
            api_key=settings.stripe.secret_key.get_secret_value(),
            webhook_secret=(webhook_secret or settings.stripe.webhook_secret).get_secret_value(),
            api_base=stripe_url,
        ),
    )


@asynccontextmanager
async def started(app: Litestar) -> AsyncIterator[Litestar]:
    """The application between start and stop, both in one task: a fixture's two halves run in two, which its lifespan forbids."""
    ready, done = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await done.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield app
    finally:
        waiting.cancel()
        done.set()
        await life


def app_with(resources: Resources, *more: ControllerRouterHandler) -> Litestar:
    """The application with routes that only a test has."""
    return create_app(resources, (*ROUTES, *more))


def base_of(tenant: Tenant) -> str:
    """The address of the tenant's practice."""
    return f"/api/v1/practices/{tenant.practice_id}"


async def as_read(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    """The header of an edit of what this person reads there now; of whatever there is, for who cannot read it."""
    return {"If-Match": (await client.get(path)).headers.get("ETag", "*")}


async def audit_actions(tenant: Tenant, request_id: str) -> list[sa.Row[tuple[str, str, dict[str, object]]]]:
    """Action, outcome and details of what one request left in the practice's audit log."""
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.action, audit_event.c.outcome, audit_event.c.changed)
            .where(audit_event.c.practice_id == tx.practice_id, audit_event.c.request_id == request_id)
            .order_by(audit_event.c.recorded_at)
        )
        return list(rows.all())


def request_id_of(answer: httpx.Response) -> str:
    """The id by which an answer is found again in log and audit."""
    value = answer.headers["X-Request-Id"]
    assert uuid.UUID(value)
    return value
