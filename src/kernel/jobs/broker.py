"""The only module that knows dramatiq: a broker with one actor, which runs whatever an outbox row announces."""

from collections.abc import Callable, Mapping

import dramatiq
from dramatiq import Worker
from dramatiq.middleware import AsyncIO, Retries
from dramatiq_postgres import PostgresBroker

from kernel.db.database import Database
from kernel.jobs.message import ForgedMessage, JobMessage, seal, unseal
from kernel.jobs.run import Handler, run_job
from kernel.settings import JobSettings

ACTOR = "run_job"


class JobBroker:
    """Sends job messages, and runs them when given the handlers."""

    def __init__(self, url: str, settings: JobSettings, *, key: bytes) -> None:
        self._settings = settings
        self._key = key
        self._broker = PostgresBroker(
            url=url,
            results=False,
            heartbeat_ttl=settings.lease_seconds,
            heartbeat_interval=settings.lease_seconds / 4,
            maintenance_interval=settings.lease_seconds / 2,
            poll_interval=0.25,
            middleware=[AsyncIO(), Retries(max_retries=settings.max_retries, min_backoff=250, max_backoff=60_000)],
        )

    def sender(self) -> Callable[[JobMessage], None]:
        """What the relay calls for each row. The broker must know the actor's queue first, so this declares it."""
        self._broker.declare_queue("default")

        def send(message: JobMessage) -> None:
            body, mac = seal(message, self._key)
            self._broker.enqueue(
                dramatiq.Message(queue_name="default", actor_name=ACTOR, args=(body, mac), kwargs={}, options={})
            )

        return send

    def worker(self, database: Database, handlers: Mapping[str, Handler]) -> Worker:
        """A worker that runs jobs as their signed scope; start() and stop() it."""

        @dramatiq.actor(actor_name=ACTOR, broker=self._broker, throws=(ForgedMessage,))
        async def run(body: str, mac: str) -> None:
            await run_job(database, unseal(body, mac, self._key), handlers)

        return Worker(self._broker, worker_threads=self._settings.threads, worker_timeout=100)

    def close(self) -> None:
        """Give the connections back."""
        self._broker.close()
