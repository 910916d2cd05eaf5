"""The scheduler process: says what is due, to whom; the work itself is done by jobs."""

import asyncio
import signal
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from app.providers import make_resources
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.outbox import announce
from kernel.logging import configure_logging, error_place
from kernel.settings import Settings

POLL_SECONDS = 60.0

log = structlog.get_logger("scheduler")

_PRACTICES = sa.text("select company_id, practice_id from app.practice where status = 'active' order by practice_id")


def run_scheduler(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """Announce what is due until SIGTERM or Ctrl-C."""
    configure_logging(json=settings.environment == "production")
    asyncio.run(_run(settings, announce_ready))


async def _run(settings: Settings, announce_ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    resources = make_resources(settings)
    announce_ready()
    try:
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), POLL_SECONDS)
            except TimeoutError:
                await _announce_due(resources.database)
    finally:
        await resources.close()


async def _announce_due(database: Database) -> None:
    """Every practice's mailboxes are read once a minute. A database that does not answer is tried again next time."""
    try:
        async with open_transaction(database, Scope(audience="scheduler")) as tx:
            for row in (await tx.execute(_PRACTICES)).all():
                await announce(tx, "clearinghouse.poll.due", {}, practice_id=row.practice_id, company_id=row.company_id)
    except (OSError, sa.exc.SQLAlchemyError) as error:
        log.error(
            "schedule missed", name="clearinghouse.poll.due", error=type(error).__name__, error_at=error_place(error)
        )
