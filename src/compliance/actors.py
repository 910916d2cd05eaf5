"""Who did something, in words. Pure."""

import uuid
from collections.abc import Mapping

_NOT_PEOPLE = {
    "patient": "The patient",
    "staff": "An operator at the command line",
    "practice": "An operator at the command line",
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
