"""Processes that are told to stop: work in flight is finished or given back, the exit code is 0, a second signal ends at once."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults.processes import running, web_running
from tests.faults.stops import counted, stop_under_load
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.jobs.outbox import announce
from kernel.settings import Settings

NO_RATES = {
    f"BILLWRIGHT_LIMITS__{name}": "100000"
    for name in ("ADDRESS_PER_SECOND", "ADDRESS_BURST", "CALLER_PER_SECOND", "CALLER_BURST")
}

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


@pytest.mark.parametrize("turns", [int(os.environ.get("STOPS", "5"))])
async def test_stopped_under_load_every_request_is_answered_or_was_never_taken(
    settings: Settings, tenant: Tenant, web: Web, blocked: psycopg.Connection, tmp_path: Path, turns: int
) -> None:
    """`STOPS=200` stops it so often. What was written was answered, and what was answered was written; nothing was answered in part."""
    keeper = await web.signed_in(tenant, "administrator", company_wide=True)
    cookie = "; ".join(f"{name}={value}" for name, value in keeper.cookies.items())
    seen = []
    for _ in range(turns):
        with web_running(settings, tmp_path, NO_RATES) as (process, url):
            seen.append(await stop_under_load(process, int(url.rpartition(":")[2]), cookie))
    rows = blocked.execute("select code from app.payer where company_id = %s", [tenant.company_id]).fetchall()
    sums = counted(seen, {str(code) for (code,) in rows})
    sys.stdout.write(f"\n{dict(sums)}\n")
    assert sums["answered: made"] >= turns
    assert (sums["broken answers"], sums["written without an answer"], sums["answered and not written"]) == (0, 0, 0)


@pytest.mark.parametrize("finishes", [True, False])
async def test_a_busy_worker_finishes_its_job_or_gives_it_back_uncounted(
    settings: Settings, tenant: Tenant, blocked: psycopg.Connection, tmp_path: Path, *, finishes: bool
) -> None:
    own = settings.model_copy(deep=True)
    own.jobs.stop_seconds = 30 if finishes else 1
    async with tenant.tx() as tx:
        await announce(tx, "clearinghouse.poll.due", {})
    job = (
        "select done_at is not null, attempts, sent_at is not null, dead_at is not null from app.outbox"
        " where practice_id = %s and topic = 'clearinghouse.poll.due'"
    )
    blocked.execute("lock table app.connection in access exclusive mode")
    with running(own, "worker", tmp_path / "log") as process:
        await _until_waiting(blocked)
        process.tell()
        await asyncio.sleep(0.5)
        if finishes:
            blocked.rollback()
        assert await asyncio.to_thread(process.end) == 0, process.said()
    blocked.rollback()
    expected = (True, 1, True, False) if finishes else (False, 0, False, False)
    assert blocked.execute(job, [tenant.practice_id]).fetchone() == expected
    blocked.rollback()
    with running(settings, "worker", tmp_path / "log"):
        deadline = time.monotonic() + 60
        while blocked.execute(job, [tenant.practice_id]).fetchone() != (True, 1, True, False):
            assert time.monotonic() < deadline
            blocked.rollback()
            await asyncio.sleep(0.1)


async def test_a_busy_scheduler_finishes_its_announcement_and_ends_with_zero(
    settings: Settings, tenant: Tenant, blocked: psycopg.Connection, tmp_path: Path
) -> None:
    """Stopped in the middle of announcing: the run is announced once, by whoever leads next if not by this one."""
    topic, due = "clearinghouse.poll.due", "update app.schedule set due_at = now() where topic = %s"
    announced = "select count(*) from app.outbox where practice_id = %s and topic = %s and done_at is null"
    with running(settings, "scheduler", tmp_path / "log") as process:
        await asyncio.to_thread(process.wait_for, "scheduler leads")
        process.tell()
        assert await asyncio.to_thread(process.end) == 0
    blocked.execute("delete from app.outbox where topic = %s", [topic])
    blocked.execute(due, [topic])
    blocked.commit()
    blocked.execute("lock table app.outbox in access exclusive mode")
    with running(settings, "scheduler", tmp_path / "log") as process:
        await _until_waiting(blocked)
        process.tell()
        await asyncio.sleep(0.5)
        blocked.rollback()
        assert await asyncio.to_thread(process.end) == 0, process.said()
    assert blocked.execute(announced, [tenant.practice_id, topic]).fetchone() == (1,)


@pytest.mark.parametrize("command", ["worker", "scheduler"])
async def test_an_idle_process_ends_with_zero(settings: Settings, tmp_path: Path, command: str) -> None:
    with running(settings, command, tmp_path / "log") as process:
        await asyncio.to_thread(process.wait_for, "is ready")
        process.tell()
        assert await asyncio.to_thread(process.end) == 0


async def _until_waiting(admin: psycopg.Connection) -> None:
    """Until somebody waits for a table; other tests wait in databases of their own on this server."""
    waiting = "select count(*) from pg_locks join pg_database on oid = database where not granted and datname = current_database()"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if admin.execute(waiting).fetchone() != (0,):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody waits")
