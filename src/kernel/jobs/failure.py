"""What becomes of a job whose attempt failed: due again after a rest, or dead until a person looks at it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.jobs.listeners import Listeners
from kernel.jobs.outbox import outbox
from kernel.jobs.retry import rest_seconds


async def keep_failure(tx: Tx, row: sa.Row[Any], listeners: Listeners, *, problem: str, final: bool) -> str:
    """Count the attempt of a locked row, keep what it said, and leave its audit event; returns `waiting` or `dead`.

    `final` is for a refusal, which another attempt would only repeat.
    """
    attempts = row.attempts + 1
    rest = None if final else rest_seconds(listeners.retries.policy(row.topic), attempts)
    values: dict[str, Any] = {"attempts": attempts, "problem": problem, "started_at": wall_now()}
    if rest is None:
        values["dead_at"] = wall_now()
    else:
        # The database's clock sends it, so the database's clock counts the rest.
        values.update(sent_at=None, due_at=sa.func.now() + dt.timedelta(seconds=rest))
    await tx.execute(outbox.update().where(outbox.c.id == row.id).values(**values))
    state = "dead" if rest is None else "waiting"
    listeners.record(
        tx,
        "jobs.job.refused" if final else "jobs.job.failed",
        "job",
        row.id,
        changed={"topic": row.topic, "attempt": attempts, "state": state},
        outcome="refused" if final else "failed",
    )
    return state
