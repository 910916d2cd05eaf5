"""Jobs while something breaks: nothing is lost, and nothing is done twice.

Seconds stand for minutes here: leases, rests and waits are settings, and these tests make them short.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from tests.jobs.conftest import office
from tests.jobs.running import Office, leave_effect

from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.settings import Settings

__all__ = ["office"]


def admin_of(admin_url: str, settings: Settings) -> str:
    """A superuser's address of the test database."""
    head, _, _ = admin_url.rpartition("/")
    return f"{head}/{settings.database.name}"


async def test_the_database_is_gone_at_commit(office: Office, admin_url: str) -> None:
    """The work is written, and its session is ended before it commits: it is done by the next attempt, once."""
    left = [2]

    async def cut_off(tx: Tx, payload: Mapping[str, str]) -> None:
        await leave_effect(tx, payload)
        if left[0]:
            left[0] -= 1
            backend = await tx.scalar(sa.text("select pg_backend_pid()"))
            with psycopg.connect(admin_of(admin_url, office.settings), autocommit=True) as admin:
                admin.execute("select pg_terminate_backend(%s, 5000)", (backend,))

    await office.announce()
    async with office.working(cut_off):
        (row,) = await office.done()
    assert (row.attempts, await office.effects()) == (3, 1)


async def test_every_connection_of_the_worker_is_busy(office: Office) -> None:
    """More jobs at a time than connections: those that wait too long are tried again, and each is done once."""
    office.settings.database.pool_size = 1
    office.settings.database.pool_wait_seconds = 0.2

    async def slow(tx: Tx, payload: Mapping[str, str]) -> None:
        await leave_effect(tx, payload)
        await asyncio.sleep(0.3)

    await office.announce(4)
    async with office.working(slow):
        await office.done(4)
    assert await office.effects() == 4


async def test_the_hosts_clock_is_set_back(office: Office) -> None:
    """By less than a scope lives; by more, the database refuses our scopes, and `billwright doctor` says why."""
    await office.announce()
    with time_machine.travel(wall_now() - dt.timedelta(minutes=10)):
        await office.announce()
        assert await office.relay() == 2
        async with office.working(leave_effect, relaying=False):
            rows = await office.done(2)
    assert [row.attempts for row in rows] == [1, 1]
    assert await office.effects() == 2


@pytest.mark.parametrize("hours", [1, 24])
async def test_the_databases_clock_was_set_back_while_a_job_rested(office: Office, admin_url: str, hours: int) -> None:
    await office.announce()
    with psycopg.connect(admin_of(admin_url, office.settings)) as admin:
        admin.execute("update app.outbox set due_at = now() + make_interval(hours => %s)", (hours,))
    async with office.working(leave_effect):
        (row,) = await office.done()
    assert (row.attempts, await office.effects()) == (1, 1)
