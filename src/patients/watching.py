"""Patients whose records need a closer look: those marked as VIP, and those who are called like somebody."""

import uuid
from collections.abc import Collection, Iterable

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from patients.registration import NO_SUCH_PATIENT
from patients.tables import patient


class WatchedPatient(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a patient as it takes to see that a look-up was unusual."""

    id: uuid.UUID
    first_name: str
    last_name: str
    vip: bool


async def mark_vip(tx: Tx, patient_id: uuid.UUID, *, vip: bool) -> None:
    """Mark a patient as VIP, or no longer; each look at the record of one is listed for compliance officers.

    The same again changes nothing. Raises NotFound for a patient of others.
    """
    here = sa.and_(patient.c.practice_id == tx.practice_id, patient.c.id == patient_id)
    changed = await tx.execute(patient.update().where(here, patient.c.vip != vip).values(vip=vip))
    if changed.rowcount:
        action = "patients.vip.marked" if vip else "patients.vip.unmarked"
        record(tx, action, "patient", patient_id, patient_ids=[patient_id])
    elif await tx.scalar(sa.select(patient.c.id).where(here)) is None:
        raise NotFound(NO_SUCH_PATIENT)


async def watched_patients(
    tx: Tx, *, last_names: Collection[str], ids: Iterable[uuid.UUID] = ()
) -> list[WatchedPatient]:
    """The patients who are marked as VIP, have one of these ids, or one of these last names in whatever case.

    For the list of unusual look-ups, which leaves an event of its own.
    """
    names: sa.ColumnElement[list[str]] = sa.literal(sorted({one.lower() for one in last_names}), sa.ARRAY(sa.Text()))
    keys: sa.ColumnElement[list[uuid.UUID]] = sa.literal(sorted(set(ids)), sa.ARRAY(sa.Uuid()))
    rows = await tx.execute(
        sa.select(*(patient.c[name] for name in WatchedPatient.__struct_fields__)).where(
            patient.c.practice_id == tx.practice_id,
            sa.or_(patient.c.vip, patient.c.id == sa.any_(keys), sa.func.lower(patient.c.last_name) == sa.any_(names)),
        )
    )
    return [WatchedPatient(**row._asdict()) for row in rows]
