"""What others may ask of the audit log: to leave a trace in it, and to read it."""

import sqlalchemy as sa

from audit.actions import ACTIONS, VOCABULARY, Action, Category
from audit.announcing import handle_checkpoint_due
from audit.named import patients_named_about
from audit.recording import Outcome, record
from audit.search import (
    Access,
    EventFilter,
    FoundEvent,
    PersonEvent,
    accesses_of_patient,
    export_events,
    find_events,
    patient_events,
    person_events,
)
from audit.tables import audit_event
from kernel.db.transaction import Tx

__all__ = [
    "ACTIONS",
    "VOCABULARY",
    "Access",
    "Action",
    "Category",
    "EventFilter",
    "FoundEvent",
    "Outcome",
    "PersonEvent",
    "accesses_of_patient",
    "count_by_action",
    "export_events",
    "find_events",
    "handle_checkpoint_due",
    "patient_events",
    "patients_named_about",
    "person_events",
    "record",
]


async def count_by_action(tx: Tx) -> dict[str, int]:
    """How many events of each action the practice of this transaction has, in alphabetical order."""
    rows = await tx.execute(
        sa.select(audit_event.c.action, sa.func.count().label("events"))
        .where(audit_event.c.practice_id == tx.practice_id)
        .group_by(audit_event.c.action)
        .order_by(audit_event.c.action)
    )
    return {row.action: row.events for row in rows}
