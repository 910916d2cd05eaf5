"""Finds jobs that were sent and that nobody works on any more, and lets them be sent again.

The broker's workers say that they live; a job whose worker has been silent for the lease is lost, and so is one whose message the
broker no longer has. Each time counts as an attempt, so that a job which ends its worker is dead in the end and not a circle.
"""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.jobs.failure import keep_failure
from kernel.jobs.listeners import Listeners
from kernel.jobs.outbox import outbox
from kernel.jobs.relay import RELAY
from kernel.jobs.run import acting_scope

SPEAK_SECONDS = 1.0
"""While the broker's tables were locked no worker could say that it lives. Each that does says so within this time afterwards; what
it has taken and not begun would otherwise be counted as an attempt."""

PROBLEM = "the worker that had this job went away before it said how it ended"

log = structlog.get_logger("jobs")

# The outbox row's id is the message's. A running job's row is locked, so that taking it up below skips it.
_LOST = sa.text(
    """
    select o.id, o.company_id, o.practice_id from app.outbox o left join dramatiq.queue q on q.message_id = o.id
    where o.sent_at < now() - make_interval(secs => :lease) and o.done_at is null and o.dead_at is null
      and (q.message_id is null or q.state = 'rejected' or q.state = 'consumed' and not exists (
          select from dramatiq.worker w
          where w.worker_id = q.worker_id and w.heartbeat_at > now() - make_interval(secs => :lease)))
    order by o.sent_at limit 1000
    """
)
# Only a database clock that was set back leaves a rest this long before a job.
_CLOCK_SET_BACK = sa.text(
    """
    update app.outbox set due_at = now()
    where sent_at is null and done_at is null and dead_at is null and due_at > now() + make_interval(secs => :longest)
    """
)


async def take_up_lost(database: Database, listeners: Listeners, *, lease_seconds: float) -> int:
    """Let lost jobs be sent again, or die when that was their last attempt; returns how many there were."""
    policies = [listeners.retries.usual, *map(listeners.retries.policy, listeners.retries.by_topic)]
    longest_seconds = max(policy.longest_seconds for policy in policies)
    async with open_transaction(database, RELAY) as tx:
        await tx.execute(_CLOCK_SET_BACK, {"longest": longest_seconds + 60})
    lost = await _look(database, lease_seconds)
    if lost:
        await asyncio.sleep(SPEAK_SECONDS)
        silent = {row.id for row in lost}
        lost = [row for row in await _look(database, lease_seconds) if row.id in silent]
    taken = 0
    for row in lost:
        scope = Scope(audience="intake", company_id=row.company_id, practice_id=row.practice_id, purpose="lost job")
        async with open_transaction(database, scope) as tx:
            taken += await _take_up(tx, row.id, listeners)
    return taken


async def _look(database: Database, lease_seconds: float) -> Sequence[sa.Row[Any]]:
    async with open_transaction(database, RELAY) as tx:
        return (await tx.execute(_LOST, {"lease": lease_seconds})).all()


async def _take_up(tx: Tx, outbox_id: uuid.UUID, listeners: Listeners) -> bool:
    row = (
        await tx.execute(
            sa.select(outbox)
            .where(
                outbox.c.id == outbox_id,
                outbox.c.sent_at.is_not(None),
                outbox.c.done_at.is_(None),
                outbox.c.dead_at.is_(None),
            )
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return False
    acting = tx.acting(acting_scope(tx.scope, row))
    state = await keep_failure(acting, row, listeners, problem=PROBLEM, final=False)
    log.warning("job lost", job_id=str(row.id), topic=row.topic, attempt=row.attempts + 1, state=state)
    return True
