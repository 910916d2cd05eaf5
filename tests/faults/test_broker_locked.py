"""The broker's tables are locked for longer than a worker may be silent: `LOCKED_SECONDS=60` holds them for a minute.

Announcing does not wait for the broker, a worker that cannot speak is not taken for dead, and both can be told to stop.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from tests.faults.processes import running
from tests.faults.test_jobs import admin_of
from tests.jobs.conftest import office
from tests.jobs.running import Office, leave_effect, listening

from app.providers import make_broker, make_database
from app.worker import relay_forever, take_up_forever
from kernel.db.transaction import Tx

__all__ = ["office"]

LOCKED_SECONDS = float(os.environ.get("LOCKED_SECONDS", "9"))
"""Twice the lease of these tests and more, so that a worker which is silent meanwhile looks dead."""

pytestmark = pytest.mark.slow


@asynccontextmanager
async def locked(office: Office, admin_url: str) -> AsyncIterator[None]:
    """Nobody else reads or writes the broker's tables in the block."""
    async with await psycopg.AsyncConnection.connect(admin_of(admin_url, office.settings)) as admin:
        await admin.execute("lock table dramatiq.queue, dramatiq.worker in access exclusive mode")
        yield


@asynccontextmanager
async def relaying(office: Office) -> AsyncIterator[None]:
    """What the worker process does besides its jobs."""
    own = office.settings
    database, broker, stopping = make_database(own), make_broker(own, role="relay"), asyncio.Event()
    beside = [
        asyncio.create_task(relay_forever(database, broker, stopping)),
        asyncio.create_task(take_up_forever(database, listening(leave_effect), stopping, own.jobs.lease_seconds)),
    ]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*beside)
        broker.close()
        await database.close()


async def test_the_brokers_tables_are_locked_for_a_while(office: Office, admin_url: str) -> None:
    """Jobs that run, that a worker has taken and not begun, and that are announced meanwhile: each is done by its first attempt."""
    office.settings.jobs.threads = 1
    office.settings.database.lock_wait_seconds = 2.0
    go_on = asyncio.Event()
    begun: list[str] = []

    async def wait_inside(tx: Tx, payload: Mapping[str, str]) -> None:
        begun.append(payload["place"])
        await leave_effect(tx, payload)
        while not go_on.is_set():
            await tx.scalar(sa.text("select 1"))  # a transaction that does nothing for a minute is ended
            await asyncio.sleep(0.2)

    await office.announce(2)
    async with office.working(wait_inside, relaying=False), relaying(office):
        async with asyncio.timeout(30):
            while await office.queued() != ["consumed"] * 2 or not begun:  # noqa: ASYNC110  another thread changes it
                await asyncio.sleep(0.05)
        async with locked(office, admin_url):
            await office.announce(5)
            await asyncio.sleep(LOCKED_SECONDS)
            assert [row.done_at for row in await office.rows()] == [None] * 7
        await asyncio.sleep(office.settings.jobs.lease_seconds)
        go_on.set()
        rows = await office.done(7)
        await office.settled()
    assert [row.attempts for row in rows] == [1] * 7
    assert (len(begun), await office.effects()) == (7, 7)


async def test_a_worker_can_be_told_to_stop_meanwhile(office: Office, admin_url: str, tmp_path: Path) -> None:
    """What it cannot tell the broker any more comes back by its lease; here nothing was begun."""
    office.settings.jobs.stop_seconds = 1.0
    with running(office.settings, "worker", tmp_path / "log") as process:
        await asyncio.to_thread(process.wait_for, "is ready")
        async with locked(office, admin_url):
            await office.announce(3)
            await asyncio.to_thread(process.wait_for, "relay failed")
            process.tell()
            assert await asyncio.to_thread(process.end) == 0, process.said()
    assert "job broker not told of the end" in process.said()
    assert [row.sent_at for row in await office.rows()] == [None] * 3
    async with office.working(leave_effect):
        rows = await office.done(3)
    assert [row.attempts for row in rows] == [1] * 3
    assert await office.effects() == 3
