"""Finding events in the audit log of a practice: by person, patient, object, action, time and outcome.

The search is an event itself. Times are those at which the database recorded an event: nobody can choose them.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from audit.actions import VOCABULARY
from audit.recording import Outcome, record
from audit.tables import audit_event
from kernel.db.among import among_texts
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import FieldError, Invalid


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: those recorded from `since` until before `until`, and of these the ones that every given field fits."""

    since: dt.datetime
    until: dt.datetime
    user_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None
    object_type: str | None = None
    object_id: str | None = None
    action: str | None = None
    outcome: Outcome | None = None


class FoundEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was written. `patient_ids` are all patients it is about; `changed` holds no patient's data."""

    id: uuid.UUID
    recorded_at: dt.datetime
    occurred_at: dt.datetime
    audience: str
    user_id: uuid.UUID | None
    role: str
    purpose: str
    session_id: uuid.UUID | None
    request_id: str
    address: str
    action: str
    object_type: str
    object_id: str
    patient_ids: list[uuid.UUID]
    changed: dict[str, Any]
    outcome: Outcome


class PersonEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a person's event that rules about unusual access look at. `status` is that of a refused request."""

    id: uuid.UUID
    recorded_at: dt.datetime
    user_id: uuid.UUID
    action: str
    outcome: Outcome
    patient_ids: list[uuid.UUID]
    status: int | None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How often one person, in one role, did one thing with a patient's records."""

    audience: str
    user_id: uuid.UUID | None
    role: str
    action: str
    first_at: dt.datetime
    last_at: dt.datetime
    times: int


async def find_events(tx: Tx, asked: EventFilter, page: PageAsked) -> list[FoundEvent]:
    """Events, newest first, a page and one more; the search is on record. Raises Invalid for an action that does not exist."""
    if asked.action is not None and asked.action not in VOCABULARY:
        message = "there is no such action; GET audit/actions names them all"
        raise Invalid(message, fields=(FieldError("/action", message, "query"),))
    statement = paged(
        _select(tx, asked, *_SHOWN),
        page,
        audit_event.c.recorded_at,
        audit_event.c.id,
        newest_first=True,
    )
    found = [FoundEvent(**row._asdict()) for row in await tx.execute(statement)]
    about = [asked.patient_id] if asked.patient_id else []
    await record(tx, "audit.log.searched", "audit_log", patient_ids=about, changed=_told(asked))
    return found


async def patient_events(
    tx: Tx, patient_id: uuid.UUID, *, actions: Sequence[str], since: dt.datetime, until: dt.datetime
) -> list[FoundEvent]:
    """What was done with a patient's records by these actions, oldest first; for reports, which leave an event of their own."""
    among = among_texts(actions)
    asked = EventFilter(since=since, until=until, patient_id=patient_id, outcome="done")
    rows = await tx.execute(
        _select(tx, asked, *_SHOWN)
        .where(audit_event.c.action == among)
        .order_by(audit_event.c.recorded_at, audit_event.c.id)
    )
    return [FoundEvent(**row._asdict()) for row in rows]


async def accesses_of_patient(tx: Tx, patient_id: uuid.UUID, *, since: dt.datetime, until: dt.datetime) -> list[Access]:
    """Everything that was done with a patient's records, added up by person, role and action. Refusals showed nothing."""
    events = _select(
        tx,
        EventFilter(since=since, until=until, patient_id=patient_id, outcome="done"),
        audit_event.c.audience,
        audit_event.c.user_id,
        audit_event.c.role,
        audit_event.c.action,
        audit_event.c.recorded_at,
    ).subquery()
    grouped = (events.c.audience, events.c.user_id, events.c.role, events.c.action)
    rows = await tx.execute(
        sa.select(
            *grouped,
            sa.func.min(events.c.recorded_at).label("first_at"),
            sa.func.max(events.c.recorded_at).label("last_at"),
            sa.func.count().label("times"),
        ).group_by(*grouped)
    )
    return [Access(**row._asdict()) for row in rows]


async def person_events(tx: Tx, *, since: dt.datetime, until: dt.datetime, most: int) -> list[PersonEvent]:
    """What people did in a period, oldest first; for reports, which leave an event of their own.

    Raises Invalid when it is more than `most` events.
    """
    event = audit_event.c
    names = (name for name in PersonEvent.__struct_fields__ if name != "status")
    rows = await tx.execute(
        _select(
            tx,
            EventFilter(since=since, until=until),
            *(event[name] for name in names),
            event.changed["status"].as_integer().label("status"),
        )
        .where(event.user_id.is_not(None))
        .order_by(event.recorded_at, event.id)
        .limit(most + 1)
    )
    found = [PersonEvent(**row._asdict()) for row in rows]
    if len(found) > most:
        message = f"more than {most:,} events are in this time; ask for a shorter one"
        raise Invalid(message, fields=(FieldError("/since", message, "query"),))
    return found


_SHOWN = [audit_event.c[name] for name in FoundEvent.__struct_fields__]


def _select(tx: Tx, asked: EventFilter, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    event = audit_event.c
    statement = sa.select(*columns).where(
        event.practice_id == tx.practice_id, event.recorded_at >= asked.since, event.recorded_at < asked.until
    )
    for column, value in (
        (event.user_id, asked.user_id),
        (event.object_type, asked.object_type),
        (event.object_id, asked.object_id),
        (event.action, asked.action),
        (event.outcome, asked.outcome),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if asked.patient_id is None:
        return statement
    keys = _events_of(asked.patient_id, asked.since, asked.until)
    return statement.join(keys, sa.and_(keys.c.recorded_at == event.recorded_at, keys.c.id == event.id))


def _events_of(patient_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> sa.TableValuedAlias:
    """The keys of a patient's events; a function, because row security keeps an index on arrays from being used."""
    instant = sa.DateTime(timezone=True)
    return sa.func.identity.patient_events(
        sa.literal(patient_id, sa.Uuid()), sa.literal(since, instant), sa.literal(until, instant)
    ).table_valued(sa.column("recorded_at", instant), sa.column("id", pg.UUID(as_uuid=True)), name="found")


def _told(asked: EventFilter) -> Mapping[str, Any]:
    """The filters, for the event. The patient is in `patient_ids`."""
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
    given.pop("patient_id", None)
    return {name: msgspec.to_builtins(value) for name, value in given.items()}
