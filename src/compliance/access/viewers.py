"""Who has seen a patient's records: each person, since when, how often, through what. Pure."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from audit.public import VOCABULARY, Access, Category
from compliance.columns import count, text
from compliance.words import action_words, actor_name, role_words, second
from tabular.columns import Value


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a person did with the records. `words` completes "this person ..."; `category` is the kind of thing it is."""

    action: str
    words: str
    category: Category | None
    """None for an action that the vocabulary no longer has."""
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


def _deed(one: Access) -> Deed:
    return Deed(
        action=one.action,
        words=action_words(one.action),
        category=VOCABULARY[one.action].category if one.action in VOCABULARY else None,
        first_at=one.first_at,
        last_at=one.last_at,
        times=one.times,
    )


COLUMNS = (
    text("person", "Who"),
    text("role", "In which role"),
    text("action", "What this person did"),
    text("kind", "What kind of thing that is: read, search, export, print, download, change, ..."),
    text("first", "First time (UTC)"),
    text("last", "Last time (UTC)"),
    count("times", "How often"),
    text("person_id", "Id of the person"),
)


def viewer_rows(found: Iterable[Viewer]) -> list[dict[str, Value]]:
    """One row a person and action, for a file."""
    return [
        {
            "person": viewer.name,
            "role": viewer.role,
            "action": deed.words,
            "kind": deed.category or "",
            "first": second(deed.first_at),
            "last": second(deed.last_at),
            "times": deed.times,
            "person_id": str(viewer.user_id or ""),
        }
        for viewer in found
        for deed in viewer.through
    ]
