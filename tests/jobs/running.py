"""Announcing, relaying and running jobs in tests, and what is seen of them afterwards."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import sqlalchemy as sa
from dramatiq.asyncio import get_event_loop_thread
from tests.plugins.tenants import Tenant

from app.providers import make_broker
from kernel.context import Scope
from kernel.db.counters import counter, next_numbers
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import announce, outbox
from kernel.jobs.relay import relay_batch
from kernel.jobs.run import Handler
from kernel.settings import Settings

TOPIC = "test.thing.happened"
PATIENCE_SECONDS = 30


class Office(msgspec.Struct, frozen=True):
    """A tenant, the database, and the settings that jobs run with."""

    settings: Settings
    database: Database
    tenant: Tenant

    async def announce(self, count: int = 1) -> None:
        """Announce and commit."""
        async with self.tenant.tx() as tx:
            for place in range(count):
                await announce(tx, TOPIC, {"place": str(place)})

    async def rows(self) -> list[sa.Row[Any]]:
        """The tenant's outbox, oldest first."""
        async with self.tenant.tx() as tx:
            statement = sa.select(outbox).where(outbox.c.practice_id == self.tenant.practice_id)
            return list((await tx.execute(statement.order_by(outbox.c.created_at, outbox.c.id))).all())

    async def message(self) -> JobMessage:
        """The message of the only row."""
        (row,) = await self.rows()
        return JobMessage(row.id, row.company_id, row.practice_id)

    async def effects(self) -> int:
        """How often the effect of a job is in the books."""
        async with self.tenant.tx() as tx:
            value = await tx.scalar(sa.select(counter.c.value).where(counter.c.practice_id == self.tenant.practice_id))
            return value or 0

    async def relay(self) -> int:
        """Send everything that is unsent to the broker; returns how many rows that was."""
        broker = make_broker(self.settings, role="relay")
        try:
            return await relay_batch(self.database, broker.sender())
        finally:
            broker.close()

    async def queued(self) -> list[str]:
        """The states of the broker's messages."""
        async with open_transaction(self.database, Scope(audience="relay")) as tx:
            return list((await tx.execute(sa.text("select state::text from dramatiq.queue"))).scalars())

    async def rejected(self) -> list[tuple[str, int]]:
        """Messages the broker gave up: the actor's first argument, and how often it was retried."""
        statement = (
            "select message->'args'->>0, coalesce((message->'options'->>'retries')::int, 0) from dramatiq.queue"
            " where state = 'rejected'"
        )
        async with open_transaction(self.database, Scope(audience="relay")) as tx:
            return [(body, retries) for body, retries in await tx.execute(sa.text(statement))]

    @asynccontextmanager
    async def working(self, handler: Handler) -> AsyncIterator[None]:
        """A worker that takes jobs from the broker while the block runs."""
        broker = make_broker(self.settings, role="worker")
        # Pools belong to one event loop, and the worker runs in its own.
        pools = Database(self.settings.database, scope_key=self.database.scope_key)
        worker = broker.worker(pools, {TOPIC: handler})
        worker.start()
        try:
            yield
        finally:
            await asyncio.to_thread(_end, worker.stop, pools)
            broker.close()

    async def done(self, count: int = 1) -> list[sa.Row[Any]]:
        """Wait until so many jobs are done; the outbox then."""
        return await self.until(lambda rows: sum(row.done_at is not None for row in rows) >= count)

    async def until(self, reached: Callable[[list[sa.Row[Any]]], bool]) -> list[sa.Row[Any]]:
        """Wait until the outbox looks so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not reached(rows := await self.rows()):  # noqa: ASYNC110  other threads and processes change it
                await asyncio.sleep(0.05)
        return rows

    async def settled(self) -> None:
        """Wait until the broker has nothing waiting or running."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while set(await self.queued()) - {"rejected"}:  # noqa: ASYNC110  other threads and processes change it
                await asyncio.sleep(0.05)


def _end(stop: Callable[[], None], pools: Database) -> None:
    loop = get_event_loop_thread()
    assert loop is not None
    idle = threading.Event()

    async def close() -> None:
        await pools.close()
        idle.set()

    loop.run_coroutine(close())
    idle.wait()
    stop()


async def leave_effect(tx: Tx, _: Mapping[str, str]) -> None:
    """A job whose effect can be counted."""
    await next_numbers(tx, "effect")


def failing(times: int, error: Callable[[], Exception]) -> Callable[[Tx, Mapping[str, str]], Awaitable[None]]:
    """A job that leaves its effect and fails so many times before it succeeds."""
    left = [times]

    async def handler(tx: Tx, payload: Mapping[str, str]) -> None:
        await leave_effect(tx, payload)
        if left[0]:
            left[0] -= 1
            raise error()

    return handler


async def empty(database: Database) -> None:
    """Remove what earlier tests announced and nobody took up."""
    async with open_transaction(database, Scope(audience="relay")) as tx:
        await tx.execute(sa.text("delete from app.outbox"))
        await tx.execute(sa.text("delete from dramatiq.queue"))
