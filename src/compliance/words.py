"""Who did something, what and when, in words. Pure."""

import datetime as dt
import uuid
from collections.abc import Mapping

from audit.public import VOCABULARY

_NOT_PEOPLE = {
    "patient": "The patient",
    "staff": "An operator at the command line",
    "practice": "An operator at the command line",
    "identity": "Somebody who was not signed in",
}
"""Whoever acts without an account, by the login role; the rest is our own machinery."""


def actor_name(audience: str, user_id: uuid.UUID | None, names: Mapping[uuid.UUID, str]) -> str:
    """The person's name; for whoever has no account, what they are."""
    if user_id is None:
        return _NOT_PEOPLE.get(audience, "The system")
    return names.get(user_id, "A person who is not shown to you")


def role_words(role: str) -> str:
    """`coder+practice_admin` as `coder and practice admin`."""
    return role.replace("_", " ").replace("+", " and ")


def action_words(action: str) -> str:
    """What an action means; its own name where the vocabulary no longer has it."""
    return VOCABULARY[action].words if action in VOCABULARY else action


def second(instant: dt.datetime) -> str:
    """An instant for a file: UTC, to the second."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
