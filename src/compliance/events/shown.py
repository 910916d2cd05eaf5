"""Events as people read them: with names and words, in lists and files. Pure."""

import uuid
from collections.abc import Iterable, Mapping

import msgspec

from audit.public import FoundEvent
from compliance.columns import text
from compliance.words import action_words, actor_name, role_words, second
from tabular.columns import Value


class ShownEvent(FoundEvent, frozen=True, kw_only=True):
    """An event with what it means: who, by name, did what, in words."""

    name: str
    words: str


def shown_event(found: FoundEvent, names: Mapping[uuid.UUID, str]) -> ShownEvent:
    """The event, with the name of whoever acted."""
    return ShownEvent(
        **msgspec.structs.asdict(found),
        name=actor_name(found.audience, found.user_id, names),
        words=action_words(found.action),
    )


EVENT_COLUMNS = (
    text("recorded", "When it was recorded (UTC)"),
    text("person", "Who"),
    text("role", "In which role"),
    text("what", "What this person did"),
    text("outcome", "How it ended"),
    text("purpose", "Why, or on what occasion"),
    text("object_type", "What kind of thing"),
    text("object_id", "Which thing"),
    text("changed", "What changed, or details; never a patient's data"),
    text("patient_ids", "Which patients"),
    text("action", "The action's name"),
    text("address", "From which network address"),
    text("session_id", "In which session"),
    text("request_id", "In which request"),
    text("person_id", "Id of the person"),
    text("event_id", "Id of the event"),
)


def event_rows(found: Iterable[ShownEvent]) -> list[dict[str, Value]]:
    """One row an event."""
    return [
        {
            "recorded": second(one.recorded_at),
            "person": one.name,
            "role": role_words(one.role),
            "what": one.words,
            "outcome": one.outcome,
            "purpose": one.purpose,
            "object_type": one.object_type,
            "object_id": one.object_id,
            "changed": msgspec.json.encode(one.changed).decode() if one.changed else "",
            "patient_ids": " ".join(map(str, one.patient_ids)),
            "action": one.action,
            "address": one.address,
            "session_id": str(one.session_id or ""),
            "request_id": one.request_id,
            "person_id": str(one.user_id or ""),
            "event_id": str(one.id),
        }
        for one in found
    ]
