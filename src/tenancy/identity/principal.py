"""From what the database found about a token to who that is and what they may do; pure."""

import datetime as dt
import uuid
from typing import Literal

import msgspec

from kernel.context import Audience, Principal
from tenancy.roles import permissions_of

Stage = Literal["open", "second_factor", "enroll"]
"""What a session is good for: everything its owner may do, answering the second factor, or setting one up."""

CLOSED = "offboarded"


class HalfSession(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose password was right and whose second factor is still to come; signed in nowhere yet."""

    company_id: uuid.UUID
    session_id: uuid.UUID
    user_id: uuid.UUID
    stage: Stage


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A session as found, and its owner's memberships as three lists of one length."""

    company_id: uuid.UUID
    id: uuid.UUID
    audience: Audience
    stage: Stage
    user_id: uuid.UUID | None
    practice_id: uuid.UUID | None
    patient_id: uuid.UUID | None
    authenticated_at: dt.datetime | None
    held_practices: list[uuid.UUID | None] | None
    held_roles: list[str] | None
    held_states: list[str | None] | None


def principal_of(held: Held) -> Principal | HalfSession:
    """Who this is. A session that is not fully open is nobody who may do anything."""
    if held.stage != "open" and held.user_id is not None:
        return HalfSession(company_id=held.company_id, session_id=held.id, user_id=held.user_id, stage=held.stage)
    roles = roles_held(held)
    return Principal(
        audience=held.audience,
        company_id=held.company_id,
        session_id=held.id,
        user_id=held.user_id,
        patient_id=held.patient_id,
        authenticated_at=held.authenticated_at,
        roles=roles,
        permissions={practice_id: permissions_of(role) for practice_id, role in roles.items()},
    )


def roles_held(held: Held) -> dict[uuid.UUID | None, str]:
    """The role in each practice, and company-wide under None; none in a practice that has left."""
    if held.patient_id is not None:
        return {held.practice_id: "patient"}
    memberships = zip(held.held_practices or (), held.held_roles or (), held.held_states or (), strict=True)
    return {practice_id: role for practice_id, role, state in memberships if state != CLOSED}
