"""What the rules judge: events of people, who those people are, and the patients that need a closer look. Pure."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from audit.public import VOCABULARY, PersonEvent
from compliance.anomalies.thresholds import LOOKING, Thresholds
from compliance.words import actor_name
from patients.public import WatchedPatient
from ui.formatting import MONTHS


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A window of events in the order of their times, and what is known besides."""

    events: Sequence[PersonEvent]
    names: Mapping[uuid.UUID, str]
    patients: Mapping[uuid.UUID, WatchedPatient]
    zone: ZoneInfo
    thresholds: Thresholds


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """Something unusual. `sentence` says why it is here; `event_ids` are the events behind it, in order."""

    rule: str
    sentence: str
    user_id: uuid.UUID
    name: str
    first_at: dt.datetime
    last_at: dt.datetime
    patient_ids: Sequence[uuid.UUID]
    event_ids: Sequence[uuid.UUID]


def found(facts: Facts, rule: str, events: Sequence[PersonEvent], says: str) -> Anomaly:
    """A finding about one person's events. `says` completes a sentence that begins with the name."""
    name = name_of(facts, events[0].user_id)
    return Anomaly(
        rule=rule,
        sentence=f"{name} {says}.",
        user_id=events[0].user_id,
        name=name,
        first_at=events[0].recorded_at,
        last_at=events[-1].recorded_at,
        patient_ids=sorted({key for one in events for key in one.patient_ids}),
        event_ids=[one.id for one in events],
    )


def name_of(facts: Facts, user_id: uuid.UUID) -> str:
    """The person's name."""
    return actor_name("", user_id, facts.names)


def by_person(events: Iterable[PersonEvent]) -> dict[uuid.UUID, list[PersonEvent]]:
    """Each person's events, in their order."""
    people: dict[uuid.UUID, list[PersonEvent]] = {}
    for one in events:
        people.setdefault(one.user_id, []).append(one)
    return people


def looked(event: PersonEvent) -> bool:
    """Whether a person was shown something about patients. The log itself shows ids alone, to those who watch over the others."""
    known = VOCABULARY.get(event.action)
    if known is None or known.object_type == "audit_log" or known.category not in LOOKING:
        return False
    return event.outcome == "done" and bool(event.patient_ids)


def opened(event: PersonEvent) -> bool:
    """Whether a person asked for one patient, rather than for a list."""
    return looked(event) and len(event.patient_ids) == 1


def clock_time(instant: dt.datetime, zone: ZoneInfo) -> str:
    """`2:05 PM on March 2, 2026`, as the practice's clocks showed it."""
    local = instant.astimezone(zone)
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"
    return f"{hour}:{local.minute:02} {half} on {MONTHS[local.month - 1]} {local.day}, {local.year}"
