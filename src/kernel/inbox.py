"""Inbound events are stored first, answered, and understood later. The same event twice is one row."""

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import wall_now
from kernel.db.tables import instant_column, intake_table, text_column, uuid_column
from kernel.db.transaction import Tx
from kernel.ids import named_id
from kernel.jobs.outbox import announce

inbox_event = intake_table(
    "inbox_event",
    uuid_column("id"),
    text_column("source"),
    text_column("external_id"),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    instant_column("received_at"),
    text_column("state"),
    instant_column("processed_at", nullable=True),
    text_column("problem", nullable=True),
)


async def receive(tx: Tx, source: str, external_id: str, payload: bytes) -> bool:
    """Keep an event whose practice is not known yet and announce `inbox.<source>.received`; False if it was here before."""
    event_id = named_id("inbox", source, external_id)
    stored = await tx.execute(
        insert(inbox_event)
        .values(
            id=event_id,
            source=source,
            external_id=external_id,
            payload=payload,
            received_at=wall_now(),
            state="received",
        )
        .on_conflict_do_nothing(index_elements=["source", "external_id"])
    )
    if stored.rowcount == 0:
        return False
    await announce(tx, f"inbox.{source}.received", {"inbox_id": str(event_id)})
    return True


async def payload_of(tx: Tx, event_id: uuid.UUID) -> bytes:
    """The stored bytes of an event visible to this scope."""
    payload: bytes = await tx.scalar(sa.select(inbox_event.c.payload).where(inbox_event.c.id == event_id))
    return payload


async def claim(tx: Tx, event_id: uuid.UUID, *, company_id: uuid.UUID, practice_id: uuid.UUID) -> None:
    """Hand an event to the practice it turned out to be about. From now on only that practice sees it."""
    await tx.execute(
        inbox_event.update()
        .where(inbox_event.c.id == event_id)
        .values(company_id=company_id, practice_id=practice_id, state="claimed")
    )


async def finish(tx: Tx, event_id: uuid.UUID, *, problem: str | None = None) -> None:
    """Mark an event processed, or refused with the reason; refused events stay for a person to see and replay."""
    await tx.execute(
        inbox_event.update()
        .where(inbox_event.c.id == event_id)
        .values(state="refused" if problem else "processed", problem=problem, processed_at=wall_now())
    )
