"""Moves committed outbox rows to the broker, at least once. Two relays share the work without meeting."""

import asyncio
from collections.abc import Callable

import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.standstill import MAY_RUN

BATCH = 200
IDLE_SECONDS = 0.1

_SCOPE = Scope(audience="relay")


async def relay_batch(database: Database, send: Callable[[JobMessage], None]) -> int:
    """Send one batch of unsent rows, oldest first, and mark them sent; returns how many.

    A crash after sending and before the mark sends again: every job is safe to repeat.
    """
    async with open_transaction(database, _SCOPE) as tx:
        rows = (
            await tx.execute(
                sa.select(outbox.c.id, outbox.c.company_id, outbox.c.practice_id)
                .where(outbox.c.sent_at.is_(None), MAY_RUN)
                .order_by(outbox.c.created_at, outbox.c.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        ).all()
        for row in rows:
            await asyncio.to_thread(send, JobMessage(row.id, row.company_id, row.practice_id))
        if rows:
            sent = outbox.update().where(outbox.c.id.in_([row.id for row in rows])).values(sent_at=wall_now())
            await tx.execute(sent)
        return len(rows)


async def resend_unfinished(database: Database) -> int:
    """Send again whatever was sent and never finished: jobs whose retries ran out while the database or a partner was away.

    Called when a worker starts. A job that is running or queued elsewhere may so be delivered twice, which changes nothing.
    """
    async with open_transaction(database, _SCOPE) as tx:
        unfinished = sa.and_(outbox.c.sent_at.is_not(None), outbox.c.done_at.is_(None))
        result = await tx.execute(outbox.update().where(unfinished).values(sent_at=None))
        return result.rowcount


async def relay_forever(database: Database, send: Callable[[JobMessage], None], stopping: asyncio.Event) -> None:
    """Relay until told to stop, resting briefly whenever there was nothing to send."""
    while not stopping.is_set():
        if await relay_batch(database, send) == 0:
            try:
                await asyncio.wait_for(stopping.wait(), IDLE_SECONDS)
            except TimeoutError:
                continue
