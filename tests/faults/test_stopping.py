"""Processes that are told to stop: work in flight is finished or given back, the exit code is 0, a second signal ends at once."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults.processes import running, web_running
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def blocked(settings: Settings, admin_url: str) -> Iterator[psycopg.Connection]:
    """A superuser's session, for holding what others wait for."""
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        yield admin


async def test_the_web_process_answers_what_is_in_flight_and_ends_with_zero(
    settings: Settings, tenant: Tenant, web: Web, blocked: psycopg.Connection, tmp_path: Path
) -> None:
    email = await web.member(tenant, "biller")
    with web_running(settings, tmp_path) as (process, url):
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            signed_in = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
            assert signed_in.status_code == 201, signed_in.text
            blocked.execute("lock table app.claim in access exclusive mode")
            asked = asyncio.create_task(client.get(f"{base_of(tenant)}/claims"))
            await _until_waiting(blocked)
            process.tell()
            await asyncio.sleep(0.5)
            blocked.rollback()
            assert (await asked).status_code == 200
        assert await asyncio.to_thread(process.end) == 0


async def test_a_second_signal_ends_the_web_process_at_once(
    settings: Settings, tenant: Tenant, web: Web, blocked: psycopg.Connection, tmp_path: Path
) -> None:
    email = await web.member(tenant, "biller")
    with web_running(settings, tmp_path) as (process, url):
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
            blocked.execute("lock table app.claim in access exclusive mode")
            asked = asyncio.create_task(client.get(f"{base_of(tenant)}/claims"))
            await _until_waiting(blocked)
            process.tell()
            await asyncio.sleep(0.5)
            process.tell()
            assert await asyncio.to_thread(process.end) == 128 + signal.SIGTERM
            with pytest.raises(httpx.TransportError):
                await asked
        blocked.rollback()


@pytest.mark.parametrize("command", ["worker", "scheduler"])
async def test_an_idle_process_ends_with_zero(settings: Settings, tmp_path: Path, command: str) -> None:
    with running(settings, command, tmp_path / "log") as process:
        await asyncio.to_thread(process.wait_for, "is ready")
        process.tell()
        assert await asyncio.to_thread(process.end) == 0


async def _until_waiting(admin: psycopg.Connection) -> None:
    """Until somebody waits for a lock."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if admin.execute("select count(*) from pg_locks where not granted").fetchone() != (0,):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody waits")
