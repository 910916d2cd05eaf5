"""Requests while something breaks: a clear answer with a request id, whole or no change, and an audit event either way."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults.processes import web_running
from tests.faults.test_jobs import admin_of
from tests.plugins.tenants import Tenant
from tests.plugins.web import (
    NOBODY_LISTENS,
    PASSWORD,
    Web,
    app_with,
    base_of,
    make_test_resources,
    request_id_of,
    started,
)

from app.audit_spool import AuditSpool
from kernel.db.database import Database
from kernel.settings import Settings


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an application of this test's own."""
    own = settings.model_copy(deep=True)
    own.home = tmp_path
    return own


@pytest.fixture
def admin(settings: Settings, admin_url: str) -> Iterator[psycopg.Connection]:
    """A superuser's session."""
    with psycopg.connect(admin_of(admin_url, settings)) as connection:
        yield connection
        connection.rollback()


def events_of(admin: psycopg.Connection, request_id: str) -> list[tuple[str, str]]:
    """Action and outcome of a request's audit events."""
    rows = admin.execute("select action, outcome from app.audit_event where request_id = %s", (request_id,)).fetchall()
    admin.rollback()
    return [(action, outcome) for action, outcome in rows]


@pytest.fixture
async def small(own: Settings, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A biller at an application with one connection a role, and little patience."""
    own.database.pool_size, own.database.pool_wait_seconds = 1, 0.3
    resources = make_test_resources(own, NOBODY_LISTENS)
    async with started(app_with(resources)) as app:
        web = Web(app, resources)
        yield await web.signed_in(tenant, "biller")
        await web.close()


async def test_every_connection_is_busy(small: httpx.AsyncClient, tenant: Tenant, admin: psycopg.Connection) -> None:
    claims = f"{base_of(tenant)}/claims"
    assert (await small.get(claims)).status_code == 200
    admin.execute("lock table app.claim in access exclusive mode")
    first = asyncio.create_task(small.get(claims))
    await asyncio.sleep(0.1)
    refused = await small.get(claims)
    assert (refused.status_code, refused.json()["request_id"]) == (503, request_id_of(refused))
    assert refused.json()["detail"] == "We are busier than usual. Nothing was changed; try again in a moment."
    admin.rollback()
    assert (await first).status_code == 200
    assert (await small.get(claims)).status_code == 200


async def test_the_database_is_away_and_comes_back(
    own: Settings, database: Database, admin: psycopg.Connection
) -> None:
    """The answer says so; the refusal's audit event is kept, and written when the database answers again."""
    own.database.port = 9
    resources = make_test_resources(own, NOBODY_LISTENS)
    async with started(app_with(resources)) as app:
        web = Web(app, resources)
        refused = await web.visitor().get("/api/v1/session")
        failed = await web.visitor().post("/api/v1/session", json={"email": "a@b.example", "password": "x" * 20})
        ready = await web.visitor().get("/health/ready")
        await web.close()
    assert (refused.status_code, failed.status_code) == (401, 503)
    assert "We lost the database" in failed.json()["detail"]
    assert (ready.status_code, ready.json()) == (503, {"state": "not ready", "missing": ["database"]})
    spool = AuditSpool(own.home / "spool" / "audit")
    kept = sorted((own.home / "spool" / "audit").iterdir())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600] * 3
    assert await spool.flush(database) == 3
    assert (await spool.flush(database), list((own.home / "spool" / "audit").iterdir())) == (0, [])
    assert events_of(admin, request_id_of(refused)) == [("http.request.refused", "refused")]
    assert events_of(admin, request_id_of(failed)) == [("http.request.failed", "failed")]


@pytest.mark.slow
async def test_clients_that_leave_half_way_take_nothing_with_them(
    settings: Settings, tenant: Tenant, web: Web, admin: psycopg.Connection, tmp_path: Path
) -> None:
    """More of them than there are connections; the next client is answered as ever."""
    own = settings.model_copy(deep=True)
    own.database.pool_size = 2
    email = await web.member(tenant, "biller")
    with web_running(own, tmp_path) as (_, url):
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            signed_in = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            assert signed_in.status_code == 201
            admin.execute("lock table app.claim in access exclusive mode")
            for _ in range(5):
                await asyncio.to_thread(_ask_and_leave, url, f"{base_of(tenant)}/claims", cookies)
            admin.rollback()
            answer = await client.get(f"{base_of(tenant)}/claims")
            assert answer.status_code == 200


def _ask_and_leave(url: str, path: str, cookies: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\r\n".encode())
        connection.settimeout(0.2)
        try:
            connection.recv(1)
        except TimeoutError:
            return
