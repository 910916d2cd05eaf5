"""Finding events in the audit log: by person, patient, object, action, time and outcome.

They are those of the transaction's practice; where it acts for no practice, those of the company itself, and for no company, nobody's. The
search is an event.
Times are those at which the database recorded an event: nobody can choose them.
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
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import FieldError, Invalid

EVENTS_A_READ = 5_000


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


class PersonEvent(msgspec.Struct, frozen=True):
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
    found = await _found(tx, asked, page, newest_first=True)
    record(tx, "audit.log.searched", "audit_log", patient_ids=_about(asked), changed=_told(asked))
    return found


async def export_events(tx: Tx, asked: EventFilter, *, most: int) -> list[FoundEvent]:
    """The same events for a file, oldest first; that it was made is on record.

    Raises Invalid when it is more than `most` events, or for an action that does not exist.
    """
    found = await _found(tx, asked, PageAsked(most), newest_first=False)
    if len(found) > most:
        raise _too_many(most)
    told = {**_told(asked), "events": len(found)}
    record(tx, "audit.events.exported", "audit_log", patient_ids=_about(asked), changed=told)
    return found


async def _found(tx: Tx, asked: EventFilter, page: PageAsked, *, newest_first: bool) -> list[FoundEvent]:
    if asked.action is not None and asked.action not in VOCABULARY:
        message = "there is no such action; GET audit/actions names them all"
        raise Invalid(message, fields=(FieldError("/action", message, "query"),))
    event, source = _events(tx, asked)
    shown = sa.select(*(event.c[name] for name in FoundEvent.__struct_fields__)).select_from(source)
    rows = await tx.execute(paged(shown, page, event.c.recorded_at, event.c.id, newest_first=newest_first))
    return [FoundEvent(**row._asdict()) for row in rows]


async def patient_events(
    tx: Tx, patient_id: uuid.UUID, *, actions: Sequence[str], since: dt.datetime, until: dt.datetime
) -> list[FoundEvent]:
    """What was done with a patient's records by these actions, oldest first; for reports, which leave an event of their own."""
    among: Any = sa.any_(sa.literal(list(actions), sa.ARRAY(sa.Text())))
    event, source = _events(tx, EventFilter(since=since, until=until, patient_id=patient_id, outcome="done"))
    rows = await tx.execute(
        sa.select(*(event.c[name] for name in FoundEvent.__struct_fields__))
        .select_from(source)
        .where(event.c.action == among)
        .order_by(event.c.recorded_at, event.c.id)
    )
    return [FoundEvent(**row._asdict()) for row in rows]


async def accesses_of_patient(tx: Tx, patient_id: uuid.UUID, *, since: dt.datetime, until: dt.datetime) -> list[Access]:
    """Everything that was done with a patient's records, added up by person, role and action. Refusals showed nothing."""
    event, source = _events(tx, EventFilter(since=since, until=until, patient_id=patient_id, outcome="done"))
    grouped = (event.c.audience, event.c.user_id, event.c.role, event.c.action)
    rows = await tx.execute(
        sa.select(
            *grouped,
            sa.func.min(event.c.recorded_at).label("first_at"),
            sa.func.max(event.c.recorded_at).label("last_at"),
            sa.func.count().label("times"),
        )
        .select_from(source)
        .group_by(*grouped)
    )
    return [Access(**row._asdict()) for row in rows]


async def person_events(tx: Tx, *, since: dt.datetime, until: dt.datetime, most: int) -> list[PersonEvent]:
    """What people did in a period, oldest first; for reports, which leave an event of their own.

    Raises Invalid when it is more than `most` events.
    """
    found: list[PersonEvent] = []
    while len(found) <= most:
        page = await _person_events_after(tx, EventFilter(since=since, until=until), found[-1] if found else None)
        found += page
        if len(page) < EVENTS_A_READ and len(found) <= most:
            return found
    raise _too_many(most)


async def _person_events_after(tx: Tx, asked: EventFilter, last: PersonEvent | None) -> list[PersonEvent]:
    """The next events, so few that other requests get their turn."""
    event, source = _events(tx, asked)
    names = (name for name in PersonEvent.__struct_fields__ if name != "status")
    status = event.c.changed["status"].as_integer().label("status")
    people = (
        sa.select(*(event.c[name] for name in names), status).select_from(source).where(event.c.user_id.is_not(None))
    )
    page = PageAsked(EVENTS_A_READ - 1, (last.recorded_at, last.id) if last else None)
    return [PersonEvent(*list(row)) for row in await tx.execute(paged(people, page, event.c.recorded_at, event.c.id))]


def _events(tx: Tx, asked: EventFilter) -> tuple[sa.FromClause, sa.FromClause]:
    """The events that fit, as a table to select from, and what must stand behind FROM for it."""
    event = audit_event.c
    fitting = sa.select(audit_event).where(
        *_of_scope(tx), event.recorded_at >= asked.since, event.recorded_at < asked.until
    )
    for column, value in (
        (event.user_id, asked.user_id),
        (event.object_type, asked.object_type),
        (event.object_id, asked.object_id),
        (event.action, asked.action),
        (event.outcome, asked.outcome),
    ):
        if value is not None:
            fitting = fitting.where(column == value)
    if asked.patient_id is None:
        table = fitting.subquery("event")
        return table, table
    # LIMIT keeps the planner from turning the look-ups around: of a function's rows it knows nothing, and might read the whole log.
    keys = _keys_of(asked.patient_id, asked.since, asked.until)
    found = fitting.where(event.recorded_at == keys.c.recorded_at, event.id == keys.c.id).limit(1).lateral("event")
    return found, keys.join(found, sa.true())


def _of_scope(tx: Tx) -> tuple[sa.ColumnElement[bool], ...]:
    """Whose events: the practice's, or those of the company that are no practice's, or nobody's."""
    if tx.scope.practice_id is not None:
        return (audit_event.c.practice_id == tx.practice_id,)
    return audit_event.c.practice_id.is_(None), audit_event.c.company_id == tx.scope.company_id


def _keys_of(patient_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> sa.TableValuedAlias:
    """The keys of a patient's events; a function, because row security keeps an index on arrays from being used."""
    instant = sa.DateTime(timezone=True)
    return sa.func.identity.patient_events(
        sa.literal(patient_id, sa.Uuid()), sa.literal(since, instant), sa.literal(until, instant)
    ).table_valued(sa.column("recorded_at", instant), sa.column("id", pg.UUID(as_uuid=True)), name="found")


def _too_many(most: int) -> Invalid:
    message = f"more than {most:,} events are in this time; ask for a shorter one"
    return Invalid(message, fields=(FieldError("/since", message, "query"),))


def _about(asked: EventFilter) -> list[uuid.UUID]:
    return [asked.patient_id] if asked.patient_id else []


def _told(asked: EventFilter) -> Mapping[str, Any]:
    """The filters, for the event. The patient is in `patient_ids`."""
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
    given.pop("patient_id", None)
    return {name: msgspec.to_builtins(value) for name, value in given.items()}
