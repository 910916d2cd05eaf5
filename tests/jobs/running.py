"""Announcing, relaying and running jobs in tests, and what is seen of them afterwards."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from tests.plugins.tenants import Tenant

from app.providers import make_broker, make_database
from audit.public import record
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.counters import counter, next_numbers
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.jobs.listeners import Handler, Listeners, OutsideHandler
from kernel.jobs.lost import take_up_lost
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import announce, outbox
from kernel.jobs.relay import relay_batch
from kernel.jobs.retry import Retries, RetryPolicy, RetryRule
from kernel.settings import Settings

PROJECT = Path(__file__).parents[2]
TOPIC = "test.thing.happened"
PATIENCE_SECONDS = 30
QUICK = Retries(RetryPolicy(attempts=4, first_seconds=0.05, longest_seconds=0.2))
"""As in production, in fractions of a second."""


def listening(handler: Handler, *, retries: Retries = QUICK) -> Listeners:
    """One handler for the tests' topic, with the real audit log."""
    return Listeners({TOPIC: handler}, {}, retries, record)


def listening_outside(handler: OutsideHandler) -> Listeners:
    """The same for a handler that opens its own transactions."""
    return Listeners({}, {TOPIC: handler}, QUICK, record)


def at_most(attempts: int) -> Retries:
    """The tests' topic is given up after so many attempts."""
    return msgspec.structs.replace(QUICK, by_topic={TOPIC: RetryRule(attempts=attempts)})


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

    async def events(self) -> list[tuple[str, str]]:
        """Action and outcome of the tenant's audit events, oldest first."""
        async with self.tenant.tx() as tx:
            rows = await tx.execute(
                sa.select(audit_event.c.action, audit_event.c.outcome)
                .where(audit_event.c.practice_id == self.tenant.practice_id)
                .order_by(audit_event.c.recorded_at)
            )
            return [(row.action, row.outcome) for row in rows]

    async def relay(self) -> int:
        """Send everything that is due to the broker; returns how many rows that was."""
        broker = make_broker(self.settings, role="relay")
        try:
            return await relay_batch(self.database, broker.send)
        finally:
            broker.close()

    async def take_up_lost(self, retries: Retries = QUICK) -> int:
        """Look once for jobs that nobody works on any more."""
        heard = listening(leave_effect, retries=retries)
        return await take_up_lost(self.database, heard, lease_seconds=self.settings.jobs.lease_seconds)

    async def queued(self) -> list[str]:
        """The states of the broker's messages."""
        async with open_transaction(self.database, Scope(audience="relay")) as tx:
            return list((await tx.execute(sa.text("select state::text from dramatiq.queue"))).scalars())

    @asynccontextmanager
    async def working(self, handler: Handler | Listeners, *, relaying: bool = True) -> AsyncIterator[None]:
        """A worker that takes jobs from the broker while the block runs; with a relay and a lease beside it, as in the process."""
        heard = handler if isinstance(handler, Listeners) else listening(handler)
        broker = make_broker(self.settings, role="worker")
        worker = broker.worker(make_database(self.settings), heard)
        worker.start()
        relays = asyncio.create_task(self._keep_relaying(heard)) if relaying else None
        try:
            yield
        finally:
            if relays is not None:
                relays.cancel()
                await asyncio.wait([relays])
            await asyncio.to_thread(worker.stop, within_seconds=self.settings.jobs.stop_seconds)
            broker.close()

    async def _keep_relaying(self, heard: Listeners) -> None:
        broker = make_broker(self.settings, role="relay")
        try:
            while True:
                await relay_batch(self.database, broker.send)
                await take_up_lost(self.database, heard, lease_seconds=self.settings.jobs.lease_seconds)
                await asyncio.sleep(0.05)
        finally:
            broker.close()

    async def done(self, count: int = 1) -> list[sa.Row[Any]]:
        """Wait until so many jobs are done; the outbox then."""
        return await self.until(lambda rows: sum(row.done_at is not None for row in rows) >= count)

    async def dead(self) -> list[sa.Row[Any]]:
        """Wait until every job is dead; the outbox then."""
        return await self.until(lambda rows: all(row.dead_at is not None for row in rows))

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


def start_stuck(office: Office, module: str) -> subprocess.Popen[bytes]:
    """A process of its own for this office, which says on its output how far it came, and never comes out."""
    database = office.settings.database
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "BILLWRIGHT_ENVIRONMENT": "test",
        "BILLWRIGHT_HOME": str(office.settings.home),
        "BILLWRIGHT_DATABASE__HOST": database.host,
        "BILLWRIGHT_DATABASE__PORT": str(database.port),
        "BILLWRIGHT_DATABASE__NAME": database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": database.role_prefix,
        "BILLWRIGHT_JOBS__LEASE_SECONDS": str(office.settings.jobs.lease_seconds),
    }
    return subprocess.Popen([sys.executable, "-m", module], env=environment, cwd=PROJECT, stdout=subprocess.PIPE)


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
