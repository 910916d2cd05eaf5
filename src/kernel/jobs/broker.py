"""The only module that knows dramatiq: a broker with one actor, which runs whatever an outbox row announces.

It is asked for little: to hand each message to one worker. Retries, leases and dead jobs are kept with the outbox row, so that they
survive the broker and are the same whichever broker it is.
"""

import asyncio
import threading
from collections.abc import Sequence

import dramatiq
import structlog
from dramatiq import Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware
from dramatiq_postgres import PostgresBroker
from psycopg import Error as BrokerError
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from kernel.db.database import Database
from kernel.errors import Unavailable
from kernel.jobs.listeners import Listeners
from kernel.jobs.message import ForgedMessage, JobMessage, seal, unseal
from kernel.jobs.run import JobLost, run_job
from kernel.settings import JobSettings

ACTOR = "run_job"
QUEUE = "default"

_SEND_SECONDS = 10.0
"""How long sending waits for a connection to the broker, and then for its tables. Together it is well below the minute after which
the database ends a transaction that does nothing: that of the relay, which marks the rows, is open meanwhile."""

log = structlog.get_logger("jobs")

_GRACE_SECONDS = 5.0
"""How long cancelled jobs may take to give themselves back."""

# One statement for a whole batch. The outbox row's id is the message's, so that sending again replaces what is still queued.
_ENQUEUE = """
    insert into dramatiq.queue (queue_name, message_id, state, message)
    select %(queue)s, (one->>'message_id')::uuid, 'queued', one from jsonb_array_elements(%(messages)s) one
    on conflict (message_id) do update set state = 'queued', message = excluded.message, available_at = now(),
        worker_id = null, consumed_at = null, mtime = now()
"""
_NOT_FOR_EVER = "set local lock_timeout = '10s'"
_RETURN = """
    update dramatiq.queue set state = 'queued', worker_id = null, consumed_at = null, mtime = now()
    where worker_id = %s and state = 'consumed'
"""
_WAKE = "select pg_notify(%s, '')"


class JobBroker:
    """Sends job messages, and runs them when given the listeners."""

    def __init__(self, url: str, settings: JobSettings, *, key: bytes) -> None:
        self._settings = settings
        self._key = key
        self._broker = PostgresBroker(
            url=url,
            results=False,
            heartbeat_interval=settings.lease_seconds / 4,
            # Its own taking up of dead workers' messages would not count attempts; kernel.jobs.lost does it instead.
            heartbeat_ttl=_NEVER_SECONDS,
            maintenance_interval=settings.lease_seconds,
            poll_interval=0.25,
            middleware=[AsyncIO()],
        )

    def send(self, messages: Sequence[JobMessage]) -> None:
        """Queue the messages in one transaction; one that is queued already is replaced. Raises Unavailable."""
        encoded = [self._encode(message) for message in messages]
        try:
            # In a pipeline the three statements take one round trip.
            with self._broker.pool.connection(timeout=_SEND_SECONDS) as connection, connection.pipeline():
                connection.execute(_NOT_FOR_EVER)
                connection.execute(_ENQUEUE, {"queue": QUEUE, "messages": Jsonb(encoded)})
                connection.execute(_WAKE, (f"dramatiq.{QUEUE}.enqueue",))
        except (BrokerError, PoolTimeout) as error:
            raise Unavailable(f"the job broker does not take messages ({type(error).__name__})") from error

    def worker(self, database: Database, listeners: Listeners) -> "JobWorker":
        """A worker that runs jobs as their signed scope. `database` becomes the worker's: its pools live in its event loop."""
        running = set[asyncio.Task[None]]()

        @dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=self._broker)
        async def run(body: str, mac: str) -> None:
            task = asyncio.current_task()
            assert task is not None
            running.add(task)
            try:
                await run_job(database, unseal(body, mac, self._key), listeners)
            except ForgedMessage as forged:
                log.error("job message dropped", error=forged.slug)
            except JobLost as lost:
                log.error("job left to its lease", error=type(lost).__name__)
            except asyncio.CancelledError:
                pass  # it has given itself back; the broker need not know
            finally:
                running.discard(task)

        self._broker.add_middleware(_EndOfTheWorker(database))
        worker = Worker(self._broker, worker_threads=self._settings.threads, worker_timeout=100)
        return JobWorker(worker, running, database)

    def close(self) -> None:
        """Give the connections back."""
        self._broker.close()

    def _encode(self, message: JobMessage) -> dict[str, object]:
        encoded = dramatiq.Message(
            queue_name=QUEUE,
            actor_name=ACTOR,
            args=seal(message, self._key),
            kwargs={},
            options={},
            message_id=str(message.outbox_id),
        ).asdict()
        return dict(encoded)


_NEVER_SECONDS = 10 * 365 * 86_400.0


class JobWorker:
    """A running worker."""

    def __init__(self, worker: Worker, running: set[asyncio.Task[None]], database: Database) -> None:
        self._worker = worker
        self._running = running
        self._database = database

    def start(self) -> None:
        """Begin taking jobs, in threads."""
        self._worker.start()

    def stop(self, *, within_seconds: float) -> None:
        """Take no more jobs and let the running ones finish; those that are not done by then are rolled back and given back.

        A broker that does not answer is not waited for: what it cannot be told comes back by the lease.
        """
        limit = threading.Timer(within_seconds, self._give_back)
        milliseconds = int((within_seconds + _GRACE_SECONDS) * 1000)
        ending = threading.Thread(target=self._worker.stop, args=(milliseconds,), daemon=True)
        limit.start()
        ending.start()
        ending.join(within_seconds + 2 * _GRACE_SECONDS)
        limit.cancel()
        if ending.is_alive():
            log.error("job broker not told of the end")
            _close_in_its_loop(self._database)
            if (loop := get_event_loop_thread()) is not None:
                loop.stop()  # type: ignore[no-untyped-call]

    def _give_back(self) -> None:
        loop = get_event_loop_thread()
        if loop is None:
            return
        for task in list(self._running):
            loop.loop.call_soon_threadsafe(task.cancel)


class _EndOfTheWorker(Middleware):
    """After the last job: closes the worker's pools in the loop they live in, and returns messages that were taken ahead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after_worker_shutdown(self, broker: PostgresBroker, _worker: Worker) -> None:
        _close_in_its_loop(self._database)
        with broker.pool.connection() as connection:
            connection.execute(_RETURN, (broker.worker_id,))
            connection.execute("delete from dramatiq.worker where worker_id = %s", (broker.worker_id,))


def _close_in_its_loop(database: Database) -> None:
    if (loop := get_event_loop_thread()) is not None:
        loop.run_coroutine(database.close())
