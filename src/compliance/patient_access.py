"""Who has seen a patient's records: each person, since when, how often, through what. Pure."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from audit.public import VOCABULARY, Access
from compliance.actors import actor_name, role_words
from tabular.columns import Column, ColumnKind, Value


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a person did with the records. `words` completes "this person ..."."""

    action: str
    words: str
    first_at: dt.datetime
    last_at: dt.datetime
    times: int


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who had the records before their eyes, or a part of the system that worked with them."""

    name: str
    user_id: uuid.UUID | None
    role: str
    first_at: dt.datetime
    last_at: dt.datetime
    times: int
    through: Sequence[Deed]


def viewers(accesses: Iterable[Access], names: Mapping[uuid.UUID, str]) -> list[Viewer]:
    """One line a person and role, whoever was there last first; what they did most often first."""
    together: dict[tuple[str, uuid.UUID | None, str], list[Access]] = {}
    for one in accesses:
        together.setdefault((one.audience, one.user_id, one.role), []).append(one)
    found = [
        Viewer(
            name=actor_name(audience, user_id, names),
            user_id=user_id,
            role=role_words(role),
            first_at=min(one.first_at for one in deeds),
            last_at=max(one.last_at for one in deeds),
            times=sum(one.times for one in deeds),
            through=sorted((_deed(one) for one in deeds), key=lambda one: (-one.times, one.words)),
        )
        for (audience, user_id, role), deeds in together.items()
    ]
    return sorted(found, key=lambda one: (-one.last_at.timestamp(), one.name, str(one.user_id)))


def words_of(action: str) -> str:
    """What an action means; its own name where the vocabulary no longer has it."""
    return VOCABULARY[action].words if action in VOCABULARY else action


def _deed(one: Access) -> Deed:
    return Deed(
        action=one.action, words=words_of(one.action), first_at=one.first_at, last_at=one.last_at, times=one.times
    )


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, meaning=meaning, example="x")


COLUMNS = (
    _text("person", "Who"),
    _text("role", "In which role"),
    _text("action", "What this person did"),
    _text("first", "First time (UTC)"),
    _text("last", "Last time (UTC)"),
    Column(name="times", kind=ColumnKind.INTEGER, meaning="How often", example="3"),
    _text("person_id", "Id of the person"),
)


def viewer_rows(found: Iterable[Viewer]) -> list[dict[str, Value]]:
    """One row a person and action, for a file."""
    return [
        {
            "person": viewer.name,
            "role": viewer.role,
            "action": deed.words,
            "first": second(deed.first_at),
            "last": second(deed.last_at),
            "times": deed.times,
            "person_id": str(viewer.user_id or ""),
        }
        for viewer in found
        for deed in viewer.through
    ]


def second(instant: dt.datetime) -> str:
    """An instant for a file: UTC, to the second."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
