"""Runs one job: one transaction, in the scope its message was signed for, at most once to its end."""

import asyncio
import uuid
from typing import Any

import sqlalchemy as sa
import structlog
from structlog.contextvars import bound_contextvars

from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import AppError, Unavailable
from kernel.jobs.failure import keep_failure
from kernel.jobs.listeners import Listeners
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.standstill import STANDS_STILL
from kernel.logging import error_place

log = structlog.get_logger("jobs")


class JobLost(Exception):
    """A job failed and not even that could be written; the lease of its worker brings it back."""


async def run_job(database: Database, message: JobMessage, listeners: Listeners) -> None:
    """Run the job of one outbox row and mark it done in the same transaction; one that asks somebody outside, after it.

    A delivery that finds the job done, dead or running elsewhere does nothing. A failure is kept with the row, which is then due
    again after a rest; a refusal (AppError other than Unavailable) and a failure of the last attempt make it dead. A cancelled
    job, and one of a practice that is not active, are put back as if they had not been begun. Raises JobLost when the database
    does not even take the failure.
    """
    scope = Scope(
        audience="intake" if message.practice_id is None else "worker",
        company_id=message.company_id,
        practice_id=message.practice_id,
        purpose="job",
        request_id=str(message.outbox_id),
    )
    with bound_contextvars(**_context(message)):
        try:
            await _run(database, scope, message.outbox_id, listeners)
        except asyncio.CancelledError:
            log.warning("job given back")
            await asyncio.shield(_give_back(database, scope, message.outbox_id))
            raise
        except Exception as error:
            await _fail(database, scope, message.outbox_id, listeners, error)


async def _run(database: Database, scope: Scope, outbox_id: uuid.UUID, listeners: Listeners) -> None:
    started_at = wall_now()
    async with open_transaction(database, scope) as tx:
        row = await _lock(tx, outbox_id)
        if row is None:
            return
        if row.stands_still:
            await _put_back(tx, outbox_id)
            return
        acting = acting_scope(scope, row)
        with bound_contextvars(**_row_context(row)):
            if row.topic in listeners.handlers:
                await listeners.handlers[row.topic](tx.acting(acting), row.payload)
                await tx.execute(_DONE, {"job": outbox_id, "started": started_at, "done": wall_now()})
                return
    if row.topic not in listeners.outside:
        raise Unavailable(f"this worker does not know the topic {row.topic}; start workers of a newer version")
    with bound_contextvars(**_row_context(row)):
        await listeners.outside[row.topic](database, acting, row.payload)
    async with open_transaction(database, scope) as tx:
        await tx.execute(_DONE, {"job": outbox_id, "started": started_at, "done": wall_now()})


# A job that runs elsewhere is skipped, not waited for: if that run fails or its worker dies, it is sent again.
# Whoever runs a job holds its advisory lock: another delivery finds it taken and goes away. The row itself is waited for, because the
# relay holds it for the moment between sending the message and committing the mark, and a worker may be quicker than that.
_RUNS_NOWHERE_ELSE = sa.func.pg_catalog.pg_try_advisory_xact_lock(
    sa.func.pg_catalog.hashtextextended(sa.func.concat("job ", sa.bindparam("job", type_=outbox.c.id.type)), 0)
)
_LOCK = (
    sa.select(
        outbox.c.id,
        outbox.c.topic,
        outbox.c.payload,
        outbox.c.request_id,
        outbox.c.user_id,
        outbox.c.attempts,
        STANDS_STILL.label("stands_still"),
    )
    .where(
        outbox.c.id == sa.bindparam("job"),
        outbox.c.practice_id.is_not_distinct_from(sa.bindparam("practice", type_=outbox.c.practice_id.type)),
        outbox.c.done_at.is_(None),
        outbox.c.dead_at.is_(None),
        _RUNS_NOWHERE_ELSE,
    )
    .with_for_update()
)
_DONE = (
    outbox.update()
    .where(outbox.c.id == sa.bindparam("job"), outbox.c.done_at.is_(None))
    .values(
        started_at=sa.bindparam("started"),
        done_at=sa.bindparam("done"),
        attempts=outbox.c.attempts + 1,
        problem=None,
    )
)


async def _lock(tx: Tx, outbox_id: uuid.UUID) -> sa.Row[Any] | None:
    """The row, if it is whose the message says: intake, which sees every practice's rows, runs no practice's job."""
    return (await tx.execute(_LOCK, {"job": outbox_id, "practice": tx.scope.practice_id})).one_or_none()


async def _fail(database: Database, scope: Scope, outbox_id: uuid.UUID, listeners: Listeners, error: Exception) -> None:
    """Keep a failure with its row, in words that hold ids and places and never the values of the error itself."""
    final = isinstance(error, AppError) and not isinstance(error, Unavailable)
    name, place = type(error).__name__, error_place(error)
    problem = error.message if isinstance(error, AppError) else f"{name} at {place}"
    try:
        async with open_transaction(database, scope) as tx:
            row = await _lock(tx, outbox_id)
            if row is None:
                return
            acting = tx.acting(acting_scope(scope, row))
            state = await keep_failure(acting, row, listeners, problem=problem, final=final)
    except Exception as second:
        log.error("job failed and could not say so", error=name, error_at=place)
        raise JobLost(f"{name} at {place}, then {type(second).__name__} at {error_place(second)}") from None
    with bound_contextvars(**_row_context(row)):
        log.warning("job failed", state=state, error=name, error_at=place)


async def _give_back(database: Database, scope: Scope, outbox_id: uuid.UUID) -> None:
    async with open_transaction(database, scope) as tx:
        if await _lock(tx, outbox_id) is not None:
            await _put_back(tx, outbox_id)


async def _put_back(tx: Tx, outbox_id: uuid.UUID) -> None:
    """Let the relay find a row again, as soon as it may be run."""
    await tx.execute(outbox.update().where(outbox.c.id == outbox_id).values(sent_at=None, due_at=sa.func.now()))


def acting_scope(scope: Scope, row: sa.Row[Any]) -> Scope:
    """Whoever caused the job stays its actor, and the request that caused it stays findable."""
    return Scope(
        audience=scope.audience,
        company_id=scope.company_id,
        practice_id=scope.practice_id,
        user_id=row.user_id,
        role="job",
        purpose=row.topic,
        request_id=row.request_id or str(row.id),
    )


def _context(message: JobMessage) -> dict[str, str]:
    """What every line of the job says, library lines included."""
    known = {"job_id": message.outbox_id, "company_id": message.company_id, "practice_id": message.practice_id}
    return {name: str(value) for name, value in known.items() if value is not None}


def _row_context(row: sa.Row[Any]) -> dict[str, object]:
    return {
        "topic": row.topic,
        "attempt": row.attempts + 1,
        "request_id": row.request_id or str(row.id),
        **({} if row.user_id is None else {"user_id": str(row.user_id)}),
    }
