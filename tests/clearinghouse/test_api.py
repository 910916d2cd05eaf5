"""The endpoints: who may look at files, download them, and have the partners' folders read."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope
from tests.factories.clearinghouse import connect, leave, remittance_file
from tests.plugins.tenants import MakeTenant, Tenant

from app.patients_in_files import patients_in_file
from audit.tables import audit_event
from clearinghouse.api import ClearinghouseController
from clearinghouse.permissions import EXCHANGE_FILES, MANAGE_CONNECTIONS, READ_FILES
from clearinghouse.public import handle_poll_due
from kernel.context import Principal
from kernel.db.database import Database
from kernel.http.bodies import BodyLimits
from kernel.http.middleware import RequestContext
from kernel.http.pages import PageSeal, provide_page
from kernel.http.problems import answer_problem
from kernel.http.scoping import provide_tx
from kernel.ids import new_id
from kernel.jobs.outbox import outbox
from kernel.settings import LimitSettings
from kernel.storage.folder import FolderStore


class SignedIn(ASGIMiddleware):
    """Every request is this person's."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    async def handle(self, scope: AsgiScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        scope["user"] = self._principal
        await next_app(scope, receive, send)


def client_of(tenant: Tenant, database: Database, store: FolderStore, *permissions: str) -> httpx.AsyncClient:
    """A client signed in with these permissions in the tenant's practice."""
    principal = Principal(
        audience="staff",
        company_id=tenant.company_id,
        session_id=new_id(),
        user_id=tenant.user_id,
        roles={tenant.practice_id: "biller"},
        permissions={tenant.practice_id: frozenset(permissions)},
    )
    app = Litestar(
        route_handlers=[ClearinghouseController],
        dependencies={"tx": Provide(provide_tx), "page": Provide(provide_page)},
        middleware=[RequestContext(), SignedIn(principal), BodyLimits(LimitSettings())],
        exception_handlers={Exception: answer_problem},
        state=State(
            {"database": database, "store": store, "page_seal": PageSeal(b"test"), "patients_in_file": patients_in_file}
        ),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clearinghouse.test")


@pytest.fixture
async def client(tenant: Tenant, database: Database, store: FolderStore) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(tenant, database, store, READ_FILES, EXCHANGE_FILES, MANAGE_CONNECTIONS) as made:
        yield made


@pytest.fixture
async def base(tenant: Tenant, store: FolderStore, exchange: Path) -> str:
    """The practice's address, with one file taken in and one refused."""
    await connect(tenant)
    leave(exchange, "good.835", remittance_file())
    leave(exchange, "bad.zip", b"PK\x03\x04 IEA*1*000000001~")
    async with tenant.tx("worker") as tx:
        await handle_poll_due(tx, {}, store=store, exchange_root=exchange.parent)
    return f"/api/v1/practices/{tenant.practice_id}"


async def test_files_are_listed_and_narrowed(client: httpx.AsyncClient, base: str) -> None:
    listed = (await client.get(f"{base}/edi-files")).json()["items"]
    assert [(file["name"], file["state"]) for file in listed] == [("bad.zip", "refused"), ("good.835", "announced")]
    refused = (await client.get(f"{base}/edi-files", params={"direction": "in", "state": "refused"})).json()["items"]
    assert [file["name"] for file in refused] == ["bad.zip"]
    assert "ZIP" in refused[0]["problem"]


async def test_a_download_gives_the_bytes_and_leaves_a_trace(
    client: httpx.AsyncClient, base: str, tenant: Tenant
) -> None:
    listed = (await client.get(f"{base}/edi-files", params={"state": "announced"})).json()["items"]
    answer = await client.get(f"{base}/edi-files/{listed[0]['id']}/content")
    assert answer.content == remittance_file()
    assert answer.headers["content-disposition"].startswith("attachment")
    async with tenant.tx() as tx:
        events = await tx.execute(
            sa.select(audit_event.c.object_id).where(
                audit_event.c.practice_id == tenant.practice_id,
                audit_event.c.action == "clearinghouse.file.downloaded",
            )
        )
        assert events.scalars().all() == [listed[0]["id"]]


async def test_an_unknown_file_is_not_found(client: httpx.AsyncClient, base: str) -> None:
    assert (await client.get(f"{base}/edi-files/{uuid.uuid4()}/content")).status_code == 404


async def test_asking_for_a_poll_makes_a_job(client: httpx.AsyncClient, base: str, tenant: Tenant) -> None:
    assert (await client.post(f"{base}/edi-files/poll")).status_code == 202
    async with tenant.tx() as tx:
        topics = await tx.execute(sa.select(outbox.c.topic).where(outbox.c.topic == "clearinghouse.poll.due"))
        assert len(topics.all()) == 1


async def test_connections_are_set_up_once_and_only_with_plain_folders(client: httpx.AsyncClient, base: str) -> None:
    body = {
        "name": "Second",
        "folder": "second",
        "submitter_id": "SUBMITTER",
        "receiver_id": "PAYER",
        "receiver_name": "SECOND CLEARINGHOUSE",
    }
    first, again = [(await client.post(f"{base}/connections", json=body)).json() for _ in range(2)]
    assert first == again
    third = {**body, "name": "Third"}
    assert (await client.post(f"{base}/connections", json={**third, "folder": "../second"})).status_code == 400
    taken = await client.post(f"{base}/connections", json={**third, "folder": "riverbend"})
    assert (taken.status_code, taken.json()["type"].rpartition("/")[2]) == (409, "folder-taken")
    listed = (await client.get(f"{base}/connections")).json()["items"]
    assert [one["folder"] for one in listed] == ["riverbend", "second"]


async def test_reading_does_not_include_exchanging(
    tenant: Tenant, database: Database, store: FolderStore, base: str
) -> None:
    async with client_of(tenant, database, store, READ_FILES) as reader:
        assert (await reader.get(f"{base}/edi-files")).status_code == 200
        assert (await reader.post(f"{base}/edi-files/poll")).status_code == 403
        assert (await reader.post(f"{base}/connections", json={})).status_code == 403


async def test_another_practice_s_files_are_not_there(
    make_tenant: MakeTenant, tenant: Tenant, database: Database, store: FolderStore, base: str
) -> None:
    async with tenant.tx() as tx:
        file_id = await tx.scalar(sa.text("select id from app.edi_file limit 1"))
    other = await make_tenant(company_id=tenant.company_id)
    async with client_of(other, database, store, READ_FILES) as stranger:
        assert (await stranger.get(f"{base}/edi-files")).status_code == 404
        own = f"/api/v1/practices/{other.practice_id}"
        assert (await stranger.get(f"{own}/edi-files")).json()["items"] == []
        assert (await stranger.get(f"{own}/edi-files/{file_id}/content")).status_code == 404
