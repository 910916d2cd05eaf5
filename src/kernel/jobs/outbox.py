"""Jobs are rows first and messages second: what must happen after a transaction is written in that transaction."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.db.tables import (
    count_column,
    instant_column,
    intake_table,
    json_column,
    text_column,
    uuid_column,
)
from kernel.db.transaction import Tx
from kernel.ids import new_id

outbox = intake_table(
    "outbox",
    uuid_column("id"),
    text_column("topic"),
    json_column("payload"),
    text_column("request_id"),
    uuid_column("user_id", nullable=True),
    instant_column("created_at"),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    instant_column("sent_at", nullable=True),
    instant_column("started_at", nullable=True),
    instant_column("done_at", nullable=True),
    instant_column("dead_at", nullable=True),
    instant_column("dismissed_at", nullable=True),
    count_column("attempts"),
    text_column("problem", nullable=True),
    text_column("dismissal", nullable=True),
)
"""Waiting (`sent_at` empty, due at `due_at` by the database's clock), sent, and then done, or dead until a person replays or
dismisses it. `attempts` counts those that ended, `problem` is what the last one said."""


async def announce(
    tx: Tx,
    topic: str,
    payload: Mapping[str, str],
    *,
    practice_id: uuid.UUID | None = None,
    company_id: uuid.UUID | None = None,
) -> None:
    """Announce a fact under a dotted topic (`edi.835.received`); whoever listens runs after this transaction commits.

    The payload holds ids, never personal data. `practice_id` and `company_id` are for intake, which learns whose an event is while
    it works.
    """
    await tx.execute(
        outbox.insert(),
        {
            "id": new_id(),
            "company_id": company_id or tx.scope.company_id,
            "practice_id": practice_id or tx.scope.practice_id,
            "topic": topic,
            "payload": dict(payload),
            "request_id": tx.scope.request_id,
            "user_id": tx.scope.user_id,
            "created_at": wall_now(),
            "attempts": 0,
        },
    )


async def count_open(tx: Tx) -> int:
    """How many jobs of this scope still want work: neither done nor dismissed, the dead ones included."""
    statement = sa.select(sa.func.count()).select_from(outbox).where(_open())
    if tx.scope.practice_id is not None:
        statement = statement.where(outbox.c.practice_id == tx.scope.practice_id)
    count: int = await tx.scalar(statement)
    return count


async def failed_topics(tx: Tx) -> list[tuple[str, str]]:
    """Topic and problem of this scope's jobs that failed and have not succeeded since."""
    rows = await tx.execute(
        sa.select(outbox.c.topic, outbox.c.problem)
        .where(_open(), outbox.c.problem.is_not(None))
        .order_by(outbox.c.created_at)
    )
    return [(row.topic, row.problem) for row in rows]


def _open() -> sa.ColumnElement[bool]:
    return sa.and_(outbox.c.done_at.is_(None), outbox.c.dismissed_at.is_(None))
