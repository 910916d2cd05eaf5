"""The worker process: takes jobs from the broker, and relays the outbox to it."""

import asyncio
import signal
from collections.abc import Callable

import structlog

from app.providers import make_broker, make_resources
from app.subscriptions import handlers
from kernel import clock
from kernel.jobs.relay import relay_forever, resend_unfinished
from kernel.logging import configure_logging
from kernel.settings import Settings

log = structlog.get_logger("worker")


def run_worker(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """Work until SIGTERM or Ctrl-C; a job that is running then is finished, the rest stays queued."""
    configure_logging(json=settings.environment == "production")
    clock.fix_process_time(settings.business_time)
    asyncio.run(_run(settings, announce_ready))


async def _run(settings: Settings, announce_ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    resources = make_resources(settings)
    broker, relay_broker = make_broker(settings, role="worker"), make_broker(settings, role="relay")
    worker = broker.worker(make_resources(settings).database, handlers(resources))
    worker.start()
    resent = await resend_unfinished(resources.database)
    if resent:
        log.info("unfinished jobs sent again", count=resent)
    announce_ready()
    try:
        await relay_forever(resources.database, relay_broker.sender(), stopping)
    finally:
        await asyncio.to_thread(worker.stop)
        broker.close()
        relay_broker.close()
        await resources.close()
