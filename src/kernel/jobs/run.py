"""Runs one job: one transaction, in the scope its message was signed for, at most once to its end."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import sqlalchemy as sa
import structlog

from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import AppError, Unavailable
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import outbox
from kernel.jobs.standstill import put_back, stands_still
from kernel.logging import error_place

Handler = Callable[[Tx, Mapping[str, str]], Awaitable[None]]
"""A use case that takes up a topic: the open transaction and the announced ids."""

log = structlog.get_logger("jobs")


class JobFailed(Exception):
    """A job ended in a surprise and is to be tried again; the message is a kind of error and a place in the code."""


async def run_job(database: Database, message: JobMessage, handlers: Mapping[str, Handler]) -> None:
    """Run the job of one outbox row and mark it done in the same transaction.

    A second delivery waits for the first and then finds it done. A refusal (AppError) is final and kept with the row;
    anything else is kept and raised, so that the broker tries again later. Jobs of a practice that is not active are put back.
    """
    scope = Scope(
        audience="intake" if message.practice_id is None else "worker",
        company_id=message.company_id,
        practice_id=message.practice_id,
        purpose="job",
        request_id=str(message.outbox_id),
    )
    try:
        async with open_transaction(database, scope) as tx:
            await _run(tx, message.outbox_id, handlers)
    except Exception as error:
        final = isinstance(error, AppError) and not isinstance(error, Unavailable)
        problem = error.message if isinstance(error, AppError) else f"{type(error).__name__} at {error_place(error)}"
        async with open_transaction(database, scope) as tx:
            await _keep_problem(tx, message.outbox_id, problem)
        log.warning(
            "job failed", job_id=str(message.outbox_id), error=type(error).__name__, error_at=error_place(error)
        )
        if not final:
            # The broker keeps and logs what is raised: it gets a name and a place, never the values of the error itself.
            raise JobFailed(f"{type(error).__name__} at {error_place(error)}") from None


async def _run(tx: Tx, outbox_id: uuid.UUID, handlers: Mapping[str, Handler]) -> None:
    row = await _lock(tx, outbox_id)
    if row is None or row.done_at is not None:
        return
    if await stands_still(tx):
        await put_back(tx, outbox_id)
        return
    acting = tx.acting(_acting_scope(tx.scope, row))
    await handlers[row.topic](acting, row.payload)
    await tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id)
        .values(done_at=wall_now(), attempts=outbox.c.attempts + 1, problem=None)
    )


async def _lock(tx: Tx, outbox_id: uuid.UUID) -> sa.Row[Any] | None:
    return (await tx.execute(sa.select(outbox).where(outbox.c.id == outbox_id).with_for_update())).one_or_none()


def _acting_scope(scope: Scope, row: sa.Row[Any]) -> Scope:
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


async def _keep_problem(tx: Tx, outbox_id: uuid.UUID, problem: str) -> None:
    await tx.execute(
        outbox.update()
        .where(outbox.c.id == outbox_id, outbox.c.done_at.is_(None))
        .values(problem=problem, attempts=outbox.c.attempts + 1, started_at=wall_now())
    )
