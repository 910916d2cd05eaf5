"""Jobs from their announcement to their end, against plain dramatiq actors on the same Postgres broker with the same work.

Both insert one row a job, in a transaction of its own, with as many jobs at a time. Ours also keeps the announcement with the fact,
signs message and scope, works under row security, and ends the job in the transaction of its work.
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import asyncpg
import dramatiq
import sqlalchemy as sa
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import AsyncIO, Retries
from dramatiq_postgres import PostgresBroker
from sqlalchemy.ext.asyncio import create_async_engine

from app.demo.facts import load_facts
from app.providers import make_broker, make_database
from app.worker import relay_forever
from audit.public import record
from bench.installation import Installation, Office, installation, open_office
from bench.measure import Measure, against_floor
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.ids import new_id
from kernel.jobs.listeners import Listeners
from kernel.jobs.outbox import announce
from kernel.jobs.retry import Retries as OurRetries
from kernel.jobs.retry import RetryPolicy

JOBS = 500
ROUNDS = 7
GOAL = 0.8
TOPIC = "bench.thing.happened"
QUEUE = "floor"

Count = Callable[[], Awaitable[int]]


def run() -> list[Measure]:
    """Medians of interleaved rounds: seconds from the first announcement to the last job done."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        admin = await asyncpg.connect(installed.admin_url)
        try:
            await admin.execute("create schema floor; create table floor.fact (like app.audit_event including all)")
            await admin.execute("delete from app.outbox")
            rounds = [await _round(admin, installed, office, plain_first=turn % 2 == 0) for turn in range(ROUNDS)]
        finally:
            await admin.close()
    plain, ours = (statistics.median(times) for times in zip(*rounds, strict=True))
    note = f"median of {ROUNDS}; {JOBS / ours:,.0f} jobs a second against {JOBS / plain:,.0f}, announced one transaction each"
    return [against_floor(f"jobs: {JOBS:,} from announcement to done, s", ours, plain, goal=GOAL, note=note)]


async def _round(
    admin: asyncpg.Connection, installed: Installation, office: Office, *, plain_first: bool
) -> tuple[float, float]:
    """Seconds of the plain actors and ours; who goes first changes, so that neither always finds the quieter server."""
    if plain_first:
        plain = await _plain(admin, installed)
        return plain, await _ours(admin, office)
    ours = await _ours(admin, office)
    return await _plain(admin, installed), ours


async def _ours(admin: asyncpg.Connection, office: Office) -> float:
    settings = office.resources.settings
    broker, relay_broker = make_broker(settings, role="worker"), make_broker(settings, role="relay")
    policy = OurRetries(RetryPolicy(attempts=1, first_seconds=1, longest_seconds=1))
    worker = broker.worker(make_database(settings), Listeners({TOPIC: _note}, {}, policy, record))
    worker.start()
    stopping = asyncio.Event()
    relay = asyncio.create_task(relay_forever(office.resources.database, relay_broker, stopping))
    before = await admin.fetchval("select count(*) from app.outbox where done_at is not null")

    async def done() -> int:
        return int(await admin.fetchval("select count(*) from app.outbox where done_at is not null")) - int(before)

    try:
        started = time.perf_counter()
        for place in range(JOBS):
            async with office.tx() as tx:
                await announce(tx, TOPIC, {"place": str(place)})
        return await _until_all(done, started)
    finally:
        stopping.set()
        await relay
        await asyncio.to_thread(worker.stop, within_seconds=5)
        broker.close()
        relay_broker.close()


async def _note(tx: Tx, payload: Mapping[str, str]) -> None:
    record(tx, "claims.claim.read", "claim", payload["place"])


async def _plain(admin: asyncpg.Connection, installed: Installation) -> float:
    async with _plain_actor(installed) as send:
        await admin.execute("truncate floor.fact")

        async def done() -> int:
            return int(await admin.fetchval("select count(*) from floor.fact"))

        started = time.perf_counter()
        await asyncio.to_thread(lambda: [send(str(place)) for place in range(JOBS)])
        return await _until_all(done, started)


@asynccontextmanager
async def _plain_actor(installed: Installation) -> AsyncIterator[Callable[[str], object]]:
    """dramatiq as its manual has it: an asynchronous actor, a pool, an insert."""
    settings = installed.resources.settings
    broker = PostgresBroker(
        url=installed.admin_url, results=False, poll_interval=0.25, middleware=[AsyncIO(), Retries()]
    )
    url = installed.admin_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, pool_size=settings.database.pool_size)

    @dramatiq.actor(queue_name=QUEUE, broker=broker)
    async def note(place: str) -> None:
        async with engine.begin() as connection:
            await connection.execute(
                _INSERT, {"id": new_id(), "at": wall_now(), "place": place, "nobody": uuid.UUID(int=0)}
            )

    worker = dramatiq.Worker(broker, worker_threads=settings.jobs.threads, worker_timeout=100)
    worker.start()
    try:
        yield note.send
    finally:
        loop = get_event_loop_thread()
        if loop is not None:
            await asyncio.to_thread(loop.run_coroutine, engine.dispose())
        await asyncio.to_thread(worker.stop)
        broker.close()


_INSERT = sa.text(
    "insert into floor.fact (id, occurred_at, audience, role, purpose, request_id, address, action, object_type, object_id,"
    " patient_ids, changed, outcome, practice_id) values (:id, :at, 'worker', 'job', '', '', '', 'bench.thing.noted', 'thing',"
    " :place, '{}', '{}', 'done', :nobody)"
)


async def _until_all(done: Count, started: float) -> float:
    while await done() < JOBS:  # noqa: ASYNC110  the database changes, not this process
        await asyncio.sleep(0.02)
    return time.perf_counter() - started
