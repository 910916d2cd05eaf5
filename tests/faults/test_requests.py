"""Requests while something breaks: a clear answer with a request id, whole or no change, and an audit event either way."""

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
import time_machine
from tests.factories.directory import new_payer
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
from kernel.clock import wall_now
from kernel.db.database import Database
from kernel.ids import new_id
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
    await _recorded(admin, refused, [("http.request.failed", "failed")])


async def test_the_database_is_gone_at_commit(
    web: Web, tenant: Tenant, admin: psycopg.Connection, settings: Settings, admin_url: str
) -> None:
    """The work is written, and its session ends while it commits: nothing of it stays, and sent again it is there once."""
    keeper = await web.signed_in(tenant, "administrator", company_wide=True)
    body, key = msgspec.to_builtins(new_payer()), {"Idempotency-Key": str(new_id())}
    with psycopg.connect(admin_of(admin_url, settings), autocommit=True) as other:
        other.execute(_AT_COMMIT)
        try:
            admin.execute("select pg_advisory_xact_lock(%s)", [LOCK])
            asked = asyncio.create_task(keeper.post("/api/v1/payers", json=body, headers=key))
            await _end_who_waits(other)
            failed = await asked
        finally:
            admin.rollback()
            other.execute("drop trigger at_commit on app.payer; drop function public.at_commit()")
    assert (failed.status_code, failed.json()["request_id"]) == (503, request_id_of(failed))
    assert "We lost the database while answering" in failed.json()["detail"]
    payers = "select count(*) from app.payer where company_id = %s"
    assert admin.execute(payers, [tenant.company_id]).fetchone() == (0,)
    await _recorded(admin, failed, [("http.request.failed", "failed")])
    again = [await keeper.post("/api/v1/payers", json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in again] == [201, 201]
    assert admin.execute(payers, [tenant.company_id]).fetchone() == (1,)


LOCK = 0x666175
_AT_COMMIT = f"""
    create function public.at_commit() returns trigger language plpgsql security definer as
    $$ begin perform pg_catalog.pg_advisory_xact_lock({LOCK}); return null; end $$;
    grant execute on function public.at_commit() to public;
    create constraint trigger at_commit after insert on app.payer deferrable initially deferred
    for each row execute function public.at_commit()
"""


async def _end_who_waits(admin: psycopg.Connection) -> None:
    """End the session that waits for the test's lock."""
    async with asyncio.timeout(30):
        while True:
            ended = admin.execute(
                "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and not granted"
                " and objid = %s",
                [LOCK],
            ).fetchall()
            if ended:
                return
            await asyncio.sleep(0.05)


async def _recorded(admin: psycopg.Connection, answer: httpx.Response, expected: list[tuple[str, str]]) -> None:
    """Wait for the audit events of a request; while the database is away they are kept in the spool."""
    async with asyncio.timeout(30):
        while events_of(admin, request_id_of(answer)) != expected:  # noqa: ASYNC110  the application writes them
            await asyncio.sleep(0.1)


async def test_the_hosts_clock_is_set_back_by_more_than_a_scope_lives(
    web: Web, tenant: Tenant, admin: psycopg.Connection
) -> None:
    """Nobody is let in on a scope that the database finds expired; when the clock is right again, everything is as it was."""
    biller = await web.signed_in(tenant, "biller")
    with time_machine.travel(wall_now() - dt.timedelta(hours=1)):
        refused = await biller.get(f"{base_of(tenant)}/claims")
    assert refused.status_code >= 500
    assert refused.json()["request_id"] == request_id_of(refused)
    assert "scope" not in refused.text
    assert (await biller.get(f"{base_of(tenant)}/claims")).status_code == 200
    await _recorded(admin, refused, [("http.request.failed", "failed")])


@pytest.mark.slow
async def test_a_client_that_leaves_a_change_half_way_finds_it_done_once(
    settings: Settings, tenant: Tenant, web: Web, admin: psycopg.Connection, tmp_path: Path
) -> None:
    email = await web.member(tenant, "administrator", company_wide=True)
    body = msgspec.json.encode(new_payer())
    key = {"Idempotency-Key": str(new_id())}
    with web_running(settings, tmp_path) as (_, url):
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            admin.execute("lock table app.payer in exclusive mode")
            sent = {**key, "Content-Type": "application/json", "Content-Length": str(len(body)), "Origin": url}
            await asyncio.to_thread(_send_and_leave, url, "/api/v1/payers", cookies, sent, body)
            admin.rollback()
            again = await client.post("/api/v1/payers", content=body, headers=sent)
            for _ in range(100):
                if again.status_code != 409:
                    break
                await asyncio.sleep(0.2)  # the first is still running
                again = await client.post("/api/v1/payers", content=body, headers=sent)
            assert again.status_code == 201, again.text
    payers = "select count(*) from app.payer where company_id = %s"
    events = "select count(*) from app.audit_event where company_id = %s and action = 'directory.payer.added'"
    for counted in (payers, events):
        assert admin.execute(counted, [tenant.company_id]).fetchone() == (1,)


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
    _leave_after(url, f"GET {path} HTTP/1.1\r\nCookie: {cookies}\r\n", b"")


def _send_and_leave(url: str, path: str, cookies: str, headers: Mapping[str, str], body: bytes) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    _leave_after(url, f"POST {path} HTTP/1.1\r\nCookie: {cookies}\r\n{lines}", body)


def _leave_after(url: str, head: str, body: bytes) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{head}Host: {host}\r\n\r\n".encode() + body)
        connection.settimeout(0.2)
        try:
            connection.recv(1)
        except TimeoutError:
            return
