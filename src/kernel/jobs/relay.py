"""Moves committed outbox rows to the broker, at least once. Two relays share the work without meeting."""

import asyncio
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.standstill import STANDS_STILL

BATCH = 500
IDLE_SECONDS = 0.1

RELAY = Scope(audience="relay")

Send = Callable[[Sequence[JobMessage]], None]
"""Hands messages to the broker, all or none."""

_DUE = (
    sa.select(outbox.c.id)
    .where(
        outbox.c.sent_at.is_(None),
        outbox.c.done_at.is_(None),
        outbox.c.dead_at.is_(None),
        outbox.c.due_at <= sa.func.now(),
        ~STANDS_STILL,
    )
    .order_by(outbox.c.due_at, outbox.c.created_at, outbox.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_TAKE_DUE = (
    outbox.update()
    .values(sent_at=sa.func.now())
    .where(outbox.c.id == _DUE.c.id)
    .returning(outbox.c.id, outbox.c.company_id, outbox.c.practice_id, outbox.c.due_at, outbox.c.created_at)
)


async def relay_batch(database: Database, send: Send) -> int:
    """Send one batch of due rows, oldest first, and mark them sent; returns how many.

    A crash after sending and before the commit of the mark sends again: every job is safe to repeat.
    """
    async with open_transaction(database, RELAY) as tx:
        rows = (await tx.execute(_TAKE_DUE)).all()
        if rows:
            rows = sorted(rows, key=lambda row: (row.due_at, row.created_at, row.id))
            await asyncio.to_thread(send, [JobMessage(row.id, row.company_id, row.practice_id) for row in rows])
        return len(rows)
