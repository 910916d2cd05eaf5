"""What recurs: announced in time, caught up once when missed, by one scheduler at a time."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from tests.jobs.running import Office
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import make_test_resources

from app.scheduler import LEADERSHIP, SCHEDULE, tick
from app.stack import child_environment
from app.subscriptions import handlers, outside_handlers
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.outbox import outbox
from kernel.jobs.schedule import Due, Recurring, what_is_due
from kernel.jobs.schedule_tables import schedule_miss
from kernel.settings import Settings
from tenancy.tables import practice

NOON = dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC)
EACH_MINUTE = Recurring("test.minute.due", every_seconds=60)
INTAKE = Scope(audience="intake", request_id="test")


def after(**passed: float) -> dt.datetime:
    return NOON + dt.timedelta(**passed)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (after(seconds=-1), Due(announce=False, next_due_at=NOON)),
        (NOON, Due(announce=True, next_due_at=after(minutes=1))),
        (after(seconds=59), Due(announce=True, next_due_at=after(minutes=1))),
        (after(minutes=5, seconds=1), Due(announce=True, next_due_at=after(minutes=6), missed_runs=5)),
        (after(days=1), Due(announce=True, next_due_at=after(days=1, minutes=1), missed_runs=1440)),
        (after(minutes=-1), Due(announce=False, next_due_at=NOON)),
        (after(hours=-1), Due(announce=False, next_due_at=after(minutes=-59))),  # the clock was set back
    ],
)
def test_what_is_due(now: dt.datetime, expected: Due) -> None:
    assert what_is_due(EACH_MINUTE, NOON, now) == expected


def test_every_recurring_topic_has_somebody_who_listens(settings: Settings) -> None:
    resources = make_test_resources(settings, "http://127.0.0.1:9")
    topics = {*handlers(resources), *outside_handlers(resources)}
    assert [one.topic for one in SCHEDULE if one.topic not in topics] == []


class Days:
    """Ticks of a scheduler at chosen moments, and what it announced to one practice."""

    def __init__(self, database: Database, tenant: Tenant, topic: str) -> None:
        self.recurring = Recurring(topic, every_seconds=60)
        self._database = database
        self._tenant = tenant
        self._start = wall_now()

    async def tick(self, minutes: float) -> None:
        with time_machine.travel(self._start + dt.timedelta(minutes=minutes), tick=False):
            await tick(self._database, (self.recurring,))

    async def announced(self, tenant: Tenant | None = None) -> int:
        async with (tenant or self._tenant).tx() as tx:
            statement = sa.select(sa.func.count()).where(
                outbox.c.practice_id == tx.practice_id, outbox.c.topic == self.recurring.topic
            )
            count: int = await tx.scalar(statement)
            return count

    async def finish(self) -> None:
        async with self._tenant.tx("worker") as tx:
            await tx.execute(outbox.update().where(outbox.c.practice_id == tx.practice_id).values(done_at=wall_now()))

    async def missed(self) -> list[int]:
        async with open_transaction(self._database, INTAKE) as tx:
            rows = await tx.execute(
                sa.select(schedule_miss.c.runs).where(schedule_miss.c.topic == self.recurring.topic)
            )
            return list(rows.scalars())


@pytest.fixture
async def days(office: Office, request: pytest.FixtureRequest) -> Days:
    """A schedule of this test's own."""
    return Days(office.database, office.tenant, f"test.{request.node.name.removeprefix('test_')}.due")


async def test_a_run_is_announced_once_when_it_is_due(days: Days) -> None:
    await days.tick(0)
    assert await days.announced() == 0
    for _ in range(2):
        await days.tick(1)
    assert await days.announced() == 1
    await days.finish()
    await days.tick(2)
    assert (await days.announced(), await days.missed()) == (2, [])


async def test_missed_runs_are_reported_and_caught_up_once(days: Days) -> None:
    await days.tick(0)
    await days.tick(61)
    assert (await days.announced(), await days.missed()) == (1, [60])
    await days.finish()
    await days.tick(62)
    assert (await days.announced(), await days.missed()) == (2, [60])


async def test_a_practice_whose_last_run_is_unfinished_is_not_given_another(days: Days) -> None:
    await days.tick(0)
    for minute in (1, 2, 3):
        await days.tick(minute)
    assert await days.announced() == 1


async def test_a_suspended_practice_is_left_out_until_it_is_resumed(
    days: Days, office: Office, make_tenant: MakeTenant
) -> None:
    other = await make_tenant()
    await set_status(office.tenant, "suspended")
    await days.tick(0)
    await days.tick(1)
    assert (await days.announced(), await days.announced(other)) == (0, 1)
    await set_status(office.tenant, "active")
    await days.tick(2)
    assert await days.announced() == 1


async def test_jobs_of_a_suspended_practice_wait_until_it_is_resumed(office: Office) -> None:
    await office.announce()
    await set_status(office.tenant, "suspended")
    assert await office.relay() == 0
    await set_status(office.tenant, "active")
    assert await office.relay() == 1


async def test_a_clock_set_back_delays_a_run_by_one_interval_at_most(days: Days) -> None:
    await days.tick(600)
    await days.tick(0)
    await days.tick(1)
    assert await days.announced() == 1


async def set_status(tenant: Tenant, status: str) -> None:
    async with tenant.tx() as tx:
        await tx.execute(practice.update().where(practice.c.practice_id == tx.practice_id).values(status=status))


def start_scheduler(settings: Settings) -> subprocess.Popen[bytes]:
    own = settings.model_copy(deep=True)
    own.jobs.tick_seconds = 0.1
    environment = {**child_environment(own), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "scheduler"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"scheduler is ready\n"
    return process


async def leaders(admin_url: str, settings: Settings) -> int:
    """How many sessions hold the scheduler's lock."""
    head, _, _ = admin_url.rpartition("/")
    statement = (
        "select count(*) from pg_locks l join pg_database d on d.oid = l.database"
        " where l.locktype = 'advisory' and l.granted and d.datname = %s"
        " and (l.classid::int8 << 32 | l.objid::int8) = %s"
    )
    async with await psycopg.AsyncConnection.connect(f"{head}/{settings.database.name}") as admin:
        ((count,),) = await (await admin.execute(statement, (settings.database.name, LEADERSHIP))).fetchall()
    return int(count)


async def test_of_two_schedulers_one_leads_and_the_other_follows_when_it_is_gone(
    settings: Settings, admin_url: str, tmp_path: Path
) -> None:
    first = start_scheduler(settings)
    second = None
    try:
        assert first.stdout is not None
        assert b"scheduler leads" in await asyncio.to_thread(first.stdout.readline)
        second = start_scheduler(settings)
        assert second.stdout is not None
        assert await leaders(admin_url, settings) == 1
        first.kill()
        assert b"scheduler leads" in await asyncio.to_thread(second.stdout.readline)
        assert await leaders(admin_url, settings) == 1
        second.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(second.wait, 20) == 0
        assert await leaders(admin_url, settings) == 0
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()
