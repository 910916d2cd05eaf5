"""Whom the log has named about something: for objects that are about patients and do not say themselves about which."""

import uuid

import sqlalchemy as sa

from audit.tables import audit_event
from kernel.db.transaction import Tx


async def patients_named_about(tx: Tx, object_type: str, object_id: uuid.UUID) -> list[uuid.UUID]:
    """The patients whom this practice's events about an object named so far, each once."""
    rows = await tx.execute(
        sa.select(sa.func.unnest(audit_event.c.patient_ids))
        .where(
            audit_event.c.practice_id == tx.practice_id,
            audit_event.c.object_id == str(object_id),
            audit_event.c.object_type == object_type,
        )
        .distinct()
    )
    return sorted(rows.scalars())
