"""From what the database found about a token to who that is and what they may do; pure."""

import datetime as dt
import uuid
from typing import Literal

import msgspec

from kernel.context import Audience, Principal, Scope
from tenancy.held import HeldRole, access_of, audience_of_roles

Stage = Literal["open", "second_factor", "enroll"]
"""What a session is good for: everything its owner may do, answering the second factor, or setting one up."""


class HalfSession(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose password was right and whose second factor is still to come; signed in nowhere yet."""

    company_id: uuid.UUID
    session_id: uuid.UUID
    user_id: uuid.UUID
    stage: Stage

    def acting(self, visitor: Scope) -> Scope:
        """The scope of this person, out of what a request says about where it comes from."""
        return msgspec.structs.replace(
            visitor, company_id=self.company_id, user_id=self.user_id, session_id=self.session_id, role="self"
        )


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A session as found, and its owner's roles in force as three lists of one length."""

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


def principal_of(held: Held) -> Principal | HalfSession | None:
    """Who this is. A session that is not fully open is nobody who may do anything; None for a patient whose practice has left."""
    if held.stage != "open" and held.user_id is not None:
        return HalfSession(company_id=held.company_id, session_id=held.id, user_id=held.user_id, stage=held.stage)
    roles = roles_held(held)
    access = access_of(roles)
    if held.patient_id is not None and not access.roles:
        return None  # the practice has left, and its bills with it
    return Principal(
        # Roles may have changed sides since the session was opened; the login role goes with those held now.
        audience=held.audience if held.user_id is None else audience_of_roles({one.role for one in roles}),
        company_id=held.company_id,
        session_id=held.id,
        user_id=held.user_id,
        patient_id=held.patient_id,
        authenticated_at=held.authenticated_at,
        roles=access.roles,
        permissions=access.permissions,
        read_only=access.read_only,
    )


def roles_held(held: Held) -> list[HeldRole]:
    """The roles in force, each with the state of its practice."""
    lists = zip(held.held_practices or (), held.held_roles or (), held.held_states or (), strict=True)
    return [HeldRole(practice_id, role, state) for practice_id, role, state in lists]
