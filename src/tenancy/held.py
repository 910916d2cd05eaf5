"""What a person may do right now, decided from the roles held and the state of each practice. Pure."""

import uuid
from collections.abc import Collection, Iterable

import msgspec

from kernel.context import Audience
from tenancy.roles import PRACTICE_PEOPLE, READ_OFFBOARDED, permissions_of, reads

Place = uuid.UUID | None
"""A practice, or None for the company as a whole."""


class HeldRole(msgspec.Struct, frozen=True):
    """A role in force. In a practice that has left there are only the company-wide roles, seen from there."""

    practice_id: Place
    role: str
    practice_status: str | None


class Access(msgspec.Struct, frozen=True):
    """Roles joined by `+` and permissions, by place; `read_only` are the places where nothing may be changed or sent."""

    roles: dict[Place, str]
    permissions: dict[Place, frozenset[str]]
    read_only: frozenset[uuid.UUID]


def access_of(held: Iterable[HeldRole]) -> Access:
    """Join the roles held in each place.

    Several roles add up. In a suspended practice only reading is left. An offboarded one is gone for its own people, and may be
    read by the company's administrators and auditors.
    """
    by_place: dict[Place, list[HeldRole]] = {}
    for one in held:
        if _counts(one):
            by_place.setdefault(one.practice_id, []).append(one)
    roles, permissions, read_only = {}, {}, set()
    for place, there in by_place.items():
        roles[place] = "+".join(sorted({one.role for one in there}))
        granted = frozenset[str]().union(*(permissions_of(one.role) for one in there))
        if place is not None and any(one.practice_status != "active" for one in there):
            read_only.add(place)
            granted = reads(granted)
        permissions[place] = granted
    return Access(roles, permissions, frozenset(read_only))


def audience_of_roles(roles: Collection[str]) -> Audience:
    """Which login role a person's requests use: people of practices alone have one that may do less."""
    return "practice" if roles and PRACTICE_PEOPLE.issuperset(roles) else "staff"


def _counts(one: HeldRole) -> bool:
    return one.practice_status != "offboarded" or one.role in READ_OFFBOARDED
