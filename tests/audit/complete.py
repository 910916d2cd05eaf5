"""What an event must say, so that whoever reads it knows who did what to what, in which session, from where."""

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from audit.actions import VOCABULARY

COLUMNS = (
    "action, outcome, audience, user_id, role, purpose, session_id, request_id, address, object_type, object_id, patient_ids, changed,"
    " practice_id, company_id"
)

NOBODY_YET = frozenset(
    {
        "tenancy.sign_in.refused", "tenancy.sign_in.delayed", "tenancy.password_reset.asked", "tenancy.password_reset.delayed",
        "tenancy.password_reset.refused", "tenancy.bill.refused", "http.request.refused", "http.request.failed",
        "inbox.event.received", "inbox.event.refused", "tenancy.session.closed",
    }
)  # fmt: skip
"""Done by somebody who had not proved who they are, or by another system."""

INVITED = "invited"
"""The role of whoever proves who they are with a mailed link; there is no session yet, and the roles are those that the inviter gives."""
BY_LINK = frozenset({"tenancy.password.reset", "tenancy.sessions.ended"})
"""Done by a link too: a new password, which ends every session."""

SAYS_IT_ALL = frozenset(
    {
        "compliance.disclosure.withdrawn", "patients.vip.marked", "patients.vip.unmarked", "tenancy.api_key.revoked",
        "tenancy.bill_code.issued", "tenancy.bill_link.issued", "tenancy.invitation.shown", "tenancy.invitation.withdrawn",
    }
)  # fmt: skip
"""Changes of one thing that has two states, or that makes one thing: the action and its object tell it whole."""


class Event(msgspec.Struct, frozen=True):
    """An event as stored."""

    action: str
    outcome: str
    audience: str
    user_id: uuid.UUID | None
    role: str
    purpose: str
    session_id: uuid.UUID | None
    request_id: str
    address: str
    object_type: str
    object_id: str
    patient_ids: list[uuid.UUID]
    changed: dict[str, Any]
    practice_id: uuid.UUID | None
    company_id: uuid.UUID | None


def lacks(event: Event) -> Iterator[str]:
    """What the event of a request or a job should say and does not."""
    if not event.request_id:
        yield "request"
    yield from _lacks_of_job(event) if event.role == "job" else _lacks_of_request(event)
    if event.role == "patient" and not event.patient_ids:
        yield "patient"
    if not event.object_id and not event.patient_ids and not event.changed:
        yield "object"
    if VOCABULARY[event.action].category in {"change", "permission"} and event.action not in SAYS_IT_ALL:
        yield from [] if event.changed or event.purpose else ["what changed, or why"]


def _lacks_of_job(event: Event) -> Iterator[str]:
    """Who asked for it, in which session and from where, the events of that request say."""
    if not event.purpose:
        yield "topic"


def _lacks_of_request(event: Event) -> Iterator[str]:
    somebody = event.user_id is not None or event.role == "patient"
    if not event.address:
        yield "address"
    if not somebody and event.action not in NOBODY_YET:
        yield "actor"
    if somebody and event.session_id is None and event.role != INVITED and event.action not in BY_LINK:
        yield "session"
    if somebody and not event.role:
        yield "role"
