"""Inbound events are stored first, answered, and understood later. The same event twice is one row."""

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import wall_now
from kernel.db.tables import instant_column, intake_table, text_column, uuid_column
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from kernel.jobs.listeners import Recorder
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


class InboundEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as people see it: everything but what it said."""

    id: uuid.UUID
    source: str
    external_id: str
    state: str
    problem: str | None
    size_bytes: int
    company_id: uuid.UUID | None
    practice_id: uuid.UUID | None
    received_at: dt.datetime
    processed_at: dt.datetime | None


_SHOWN = sa.select(
    sa.func.octet_length(inbox_event.c.payload).label("size_bytes"),
    *(inbox_event.c[name] for name in InboundEvent.__struct_fields__ if name != "size_bytes"),
)


def inbox_id(source: str, external_id: str) -> uuid.UUID:
    """The id under which an event of this source is kept."""
    return named_id("inbox", source, external_id)


async def receive(tx: Tx, source: str, external_id: str, payload: bytes) -> bool:
    """Keep an event whose practice is not known yet and announce `inbox.<source>.received`; False if it was here before."""
    event_id = inbox_id(source, external_id)
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


async def list_events(
    tx: Tx, *, state: str | None = None, source: str | None = None, limit: int = 50
) -> list[InboundEvent]:
    """The newest events that fit and that this scope sees, newest first."""
    statement = _SHOWN.order_by(inbox_event.c.received_at.desc(), inbox_event.c.id).limit(limit)
    for column, wanted in ((inbox_event.c.state, state), (inbox_event.c.source, source)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return [_event(row) for row in await tx.execute(statement)]


async def show_event(tx: Tx, event_id: uuid.UUID) -> InboundEvent:
    """One event. Raises NotFound."""
    row = (await tx.execute(_SHOWN.where(inbox_event.c.id == event_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no inbound event {event_id}")
    return _event(row)


async def replay_event(tx: Tx, event_id: uuid.UUID, record: Recorder) -> InboundEvent:
    """Announce a stored event once more, as if it had just come. Raises NotFound.

    Whoever takes it up finds what the first time left, so an event that was processed changes nothing again.
    """
    event = await show_event(tx, event_id)
    await tx.execute(
        inbox_event.update()
        .where(inbox_event.c.id == event_id)
        .values(state="received" if event.practice_id is None else "claimed", problem=None, processed_at=None)
    )
    await announce(tx, f"inbox.{event.source}.received", {"inbox_id": str(event_id)})
    scope = msgspec.structs.replace(tx.scope, company_id=event.company_id, practice_id=event.practice_id)
    record(tx.acting(scope), "inbox.event.replayed", "inbox_event", event_id, changed={"state": event.state})
    return await show_event(tx, event_id)


def _event(row: sa.Row[Any]) -> InboundEvent:
    return msgspec.convert(row, InboundEvent, from_attributes=True)
