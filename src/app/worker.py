"""The worker process: takes jobs from the broker, relays the outbox to it, and takes up what dead workers left."""

import asyncio
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from app.providers import make_broker, make_database, make_resources
from app.resources import Resources
from app.stopping import rest, stop_when_asked
from app.subscriptions import listeners
from app.wait_for_database import wait_for_database
from kernel import clock
from kernel.db.database import Database
from kernel.errors import Unavailable
from kernel.jobs.broker import JobBroker
from kernel.jobs.listeners import Listeners
from kernel.jobs.lost import take_up_lost
from kernel.jobs.relay import IDLE_SECONDS, relay_batch
from kernel.logging import configure_logging, error_place
from kernel.settings import Settings

DATABASE_AWAY_SECONDS = 1.0

log = structlog.get_logger("worker")


def run_worker(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """Work until SIGTERM or Ctrl-C: running jobs may finish, within a limit; the rest stays queued for others."""
    configure_logging()
    clock.fix_process_time(settings.business_time)
    asyncio.run(_run(settings, announce_ready))


async def _run(settings: Settings, announce_ready: Callable[[], None]) -> None:
    stopping = stop_when_asked()
    resources = make_resources(settings)
    database, wait_seconds = resources.database, settings.database.start_wait_seconds
    try:
        if await wait_for_database(
            database, "worker", "intake", "relay", stopping=stopping, within_seconds=wait_seconds
        ):
            await _work(settings, resources, stopping, announce_ready)
    finally:
        await resources.close()


async def _work(
    settings: Settings, resources: Resources, stopping: asyncio.Event, announce_ready: Callable[[], None]
) -> None:
    heard = listeners(resources)
    broker, relay_broker = make_broker(settings, role="worker"), make_broker(settings, role="relay")
    worker = broker.worker(make_database(settings), heard)
    worker.start()
    announce_ready()
    try:
        await asyncio.gather(
            relay_forever(resources.database, relay_broker, stopping),
            take_up_forever(resources.database, heard, stopping, settings.jobs.lease_seconds),
        )
    finally:
        await asyncio.to_thread(worker.stop, within_seconds=settings.jobs.stop_seconds)
        broker.close()
        relay_broker.close()


async def relay_forever(database: Database, broker: JobBroker, stopping: asyncio.Event) -> None:
    """Relay until told to stop, resting briefly whenever there was nothing to send. What fails is sent by a later batch."""
    while not stopping.is_set():
        try:
            sent = await relay_batch(database, broker.send)
        except (OSError, sa.exc.SQLAlchemyError, Unavailable) as error:
            log.error("relay failed", error=type(error).__name__, error_at=error_place(error))
            await rest(stopping, DATABASE_AWAY_SECONDS)
            continue
        if sent == 0:
            await rest(stopping, IDLE_SECONDS)


async def take_up_forever(database: Database, heard: Listeners, stopping: asyncio.Event, lease_seconds: float) -> None:
    """Look for lost jobs, several times in a lease, until told to stop."""
    while not stopping.is_set():
        try:
            await take_up_lost(database, heard, lease_seconds=lease_seconds)
        except (OSError, sa.exc.SQLAlchemyError) as error:
            log.error("lost jobs not looked for", error=type(error).__name__, error_at=error_place(error))
        await rest(stopping, lease_seconds / 4)
