"""Who acts, for whom, and why: one value, made once by authentication and carried by every request, job and audit event."""

import datetime as dt
import uuid
from typing import Literal

import msgspec

Audience = Literal[
    "staff", "practice", "patient", "worker", "relay", "scheduler", "sealer", "identity", "intake", "reporting"
]
"""The login role that a scope is good for. A token made for one audience is refused on another's connection."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The acting person and the rows they may touch.

    `user_id` is the true actor and never changes when another practice is opened. `practice_id` is the one practice of this
    transaction; `patient_id` narrows it to a patient's own rows. `purpose` says why, for the audit log.
    """

    audience: Audience
    company_id: uuid.UUID | None = None
    practice_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    role: str = ""
    purpose: str = ""
    session_id: uuid.UUID | None = None
    request_id: str = ""
    address: str = ""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, as authentication loaded it: enough to decide a permission without asking the database again.

    `roles` maps a practice to the roles held there, joined by `+`; the key None holds company-wide ones. Permissions follow the
    same keys. In `read_only` practices nothing may be changed or sent, whoever asks.
    """

    audience: Audience
    company_id: uuid.UUID
    session_id: uuid.UUID
    user_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None
    display_name: str = ""
    authenticated_at: dt.datetime | None = None
    """When the password was last given; None for somebody who gives none."""
    roles: dict[uuid.UUID | None, str] = {}
    permissions: dict[uuid.UUID | None, frozenset[str]] = {}
    read_only: frozenset[uuid.UUID] = frozenset()

    def may(self, permission: str, practice_id: uuid.UUID | None) -> bool:
        """Whether the role held in this practice (None: in the company) grants the permission. Default is no."""
        return permission in self.permissions.get(practice_id, frozenset())

    def scope(self, practice_id: uuid.UUID | None, *, request_id: str, address: str, purpose: str = "") -> Scope:
        """The scope of one request of this person, acting for one practice or for the company."""
        return Scope(
            audience=self.audience,
            company_id=self.company_id,
            practice_id=practice_id,
            patient_id=self.patient_id,
            user_id=self.user_id,
            role=self.roles.get(practice_id, self.audience),
            purpose=purpose,
            session_id=self.session_id,
            request_id=request_id,
            address=address,
        )
