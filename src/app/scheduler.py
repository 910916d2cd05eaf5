"""The scheduler process: says what is due, to whom; the work itself is done by jobs. Of several, one acts and the others wait."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.providers import make_resources
from app.stopping import rest, stop_when_asked
from app.wait_for_database import wait_for_database
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from kernel.jobs.outbox import announce
from kernel.jobs.schedule import Recurring, what_is_due
from kernel.jobs.schedule_tables import schedule, schedule_miss
from kernel.logging import configure_logging, error_place
from kernel.settings import Settings

SCHEDULE = (
    Recurring("clearinghouse.poll.due", every_seconds=60),
    Recurring("payments.stale.due", every_seconds=600),
    Recurring("audit.checkpoint.due", every_seconds=86_400),
    Recurring("kernel.expiry.due", every_seconds=3600, each_practice=False),
    Recurring("storage.uploads.due", every_seconds=3600, each_practice=False),
)
"""Everything that recurs."""

LEADERSHIP = 0x736368656475
"""The advisory lock that the one acting scheduler holds."""

SCHEDULER = Scope(audience="scheduler", request_id="schedule")

log = structlog.get_logger("scheduler")


def run_scheduler(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """Announce what is due until SIGTERM or Ctrl-C."""
    configure_logging()
    asyncio.run(_run(settings, announce_ready))


async def _run(settings: Settings, announce_ready: Callable[[], None]) -> None:
    stopping = stop_when_asked()
    resources = make_resources(settings)
    wait_seconds = settings.database.start_wait_seconds
    try:
        if await wait_for_database(resources.database, "scheduler", stopping=stopping, within_seconds=wait_seconds):
            announce_ready()
        while not stopping.is_set():
            try:
                await _lead(resources.database, stopping, settings.jobs.tick_seconds)
            except (OSError, sa.exc.SQLAlchemyError) as error:
                log.error("schedule not kept", error=type(error).__name__, error_at=error_place(error))
            await rest(stopping, settings.jobs.tick_seconds)
    finally:
        await resources.close()


async def _lead(database: Database, stopping: asyncio.Event, tick_seconds: float) -> None:
    """Tick for as long as this is the one scheduler; returns at once when another is."""
    async with _leadership(database) as leading:
        if leading is None:
            return
        log.info("scheduler leads")
        while not stopping.is_set():
            await tick(database, SCHEDULE)
            await rest(stopping, tick_seconds)
            # The lock is the session's: a session that is gone leads no more.
            await leading.execute(sa.text("select 1"))


@asynccontextmanager
async def _leadership(database: Database) -> AsyncIterator[AsyncConnection | None]:
    connection = await database.connect("scheduler")
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        led = await connection.scalar(sa.text("select pg_catalog.pg_try_advisory_lock(:lock)"), {"lock": LEADERSHIP})
        yield connection if led else None
    finally:
        # Ends the session, and the lock with it: a connection that went back to the pool would keep both.
        await connection.invalidate()
        await connection.close()


async def tick(database: Database, recurring: tuple[Recurring, ...]) -> None:
    """Announce everything that is due now, each in a transaction of its own."""
    for one in recurring:
        async with open_transaction(database, SCHEDULER) as tx:
            await _keep(tx, one)


async def _keep(tx: Tx, one: Recurring) -> None:
    now = wall_now()
    await tx.execute(
        insert(schedule)
        .values(topic=one.topic, every_seconds=one.every_seconds, due_at=now + one.every)
        .on_conflict_do_nothing()
    )
    # Locked: a scheduler that lost its leadership without knowing must not announce the same run again.
    row = (await tx.execute(sa.select(schedule).where(schedule.c.topic == one.topic).with_for_update())).one()
    due = what_is_due(one, row.due_at, now)
    if due.announce:
        await _announce(tx, one)
    if due.missed_runs:
        await _report_missed(tx, one.topic, row.due_at, due.missed_runs)
    if due.next_due_at != row.due_at or row.every_seconds != one.every_seconds:
        changes = {"due_at": due.next_due_at, "every_seconds": one.every_seconds}
        if due.announce:
            changes["announced_at"] = now
        await tx.execute(schedule.update().where(schedule.c.topic == one.topic).values(**changes))


async def _report_missed(tx: Tx, topic: str, due_at: dt.datetime, runs: int) -> None:
    await tx.execute(
        schedule_miss.insert().values(id=new_id(), topic=topic, due_at=due_at, found_at=wall_now(), runs=runs)
    )
    log.warning("scheduled runs missed", topic=topic, count=runs, since=due_at.isoformat())


# Whoever still has an unfinished job of the topic is not given another: the next run catches up.
_PRACTICES = sa.text(
    """
    select p.company_id, p.practice_id from app.practice p
    where p.status = 'active' and not exists (
        select from app.outbox o where o.practice_id = p.practice_id and o.topic = :topic and o.done_at is null and o.dead_at is null)
    order by p.practice_id
    """
)
_UNFINISHED = sa.text(
    "select count(*) from app.outbox where topic = :topic and practice_id is null and done_at is null and dead_at is null"
)


async def _announce(tx: Tx, one: Recurring) -> None:
    if not one.each_practice:
        if not await tx.scalar(_UNFINISHED, {"topic": one.topic}):
            await announce(tx, one.topic, {})
        return
    for row in (await tx.execute(_PRACTICES, {"topic": one.topic})).all():
        await announce(tx, one.topic, {}, practice_id=row.practice_id, company_id=row.company_id)
