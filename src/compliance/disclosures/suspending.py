"""Keeping disclosures out of the account for a time, and telling the patient again (164.528(a)(2))."""

import datetime as dt
import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from compliance.disclosures.grounds import GroundCode
from compliance.disclosures.suspension_terms import NewSuspension, Suspension, last_day
from compliance.disclosures.tables import disclosure, disclosure_suspension, suspension_lift
from kernel.clock import today, wall_now
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from tenancy.public import practice_profile

NO_SUCH_DISCLOSURE = "there is no such disclosure in this practice"
_OF_DISCLOSURE = sa.and_(
    disclosure_suspension.c.practice_id == disclosure.c.practice_id,
    disclosure_suspension.c.disclosure_id == disclosure.c.id,
)
_LIFTED = sa.and_(
    suspension_lift.c.practice_id == disclosure_suspension.c.practice_id,
    suspension_lift.c.suspension_id == disclosure_suspension.c.id,
)


async def suspend_disclosure(tx: Tx, disclosure_id: uuid.UUID, new: NewSuspension) -> uuid.UUID:
    """Keep a disclosure out of the account for a time.

    Raises NotFound, or Invalid for a ground on which no agency may ask for it and for days that cannot be.
    """
    told = await tx.execute(
        sa.select(disclosure.c.patient_id, disclosure.c.ground).where(
            disclosure.c.practice_id == tx.practice_id, disclosure.c.id == disclosure_id
        )
    )
    row = told.one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_DISCLOSURE)
    day = today((await practice_profile(tx)).time_zone)
    return await keep_suspension(tx, disclosure_id, row.patient_id, GroundCode(row.ground), new, day=day)


async def keep_suspension(
    tx: Tx,
    disclosure_id: uuid.UUID,
    patient_id: uuid.UUID,
    ground: GroundCode,
    new: NewSuspension,
    *,
    day: dt.date,
    at: str = "",
) -> uuid.UUID:
    """The same for a disclosure at hand; `at` is where in the body it stands. Raises Invalid."""
    until = last_day(new, ground, day=day, at=at)
    suspension_id = new_id()
    await tx.execute(
        disclosure_suspension.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=suspension_id,
            disclosure_id=disclosure_id,
            agency=new.agency,
            statement=new.statement,
            stated_on=new.stated_on,
            until=until,
            recorded_by=tx.scope.user_id,
            recorded_at=wall_now(),
        )
    )
    changed = {"statement": new.statement, "stated_on": str(new.stated_on), "until": str(until)}
    record(
        tx, "compliance.disclosure.suspended", "disclosure", disclosure_id, patient_ids=[patient_id], changed=changed
    )
    return suspension_id


async def lift_suspension(tx: Tx, suspension_id: uuid.UUID, *, reason: str) -> None:
    """Tell the patient again, because the agency no longer asks or the record is wrong. Raises NotFound, or Conflict when it was lifted."""
    found = await tx.execute(
        sa.select(disclosure.c.patient_id, disclosure.c.id)
        .select_from(disclosure.join(disclosure_suspension, _OF_DISCLOSURE))
        .where(disclosure.c.practice_id == tx.practice_id, disclosure_suspension.c.id == suspension_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("there is no such suspension in this practice")
    stored = await tx.execute(
        insert(suspension_lift)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            suspension_id=suspension_id,
            reason=reason,
            lifted_by=tx.scope.user_id,
            lifted_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount == 0:
        raise Conflict("this suspension was lifted already")
    record(
        tx,
        "compliance.disclosure.resumed",
        "disclosure",
        row.id,
        patient_ids=[row.patient_id],
        changed={"suspension_id": str(suspension_id)},
    )


async def suspensions_of(tx: Tx, disclosure_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Suspension]]:
    """What agencies stated about these disclosures, by disclosure, in the order in which it was recorded."""
    names = (name for name in Suspension.__struct_fields__ if not name.startswith("lifted"))
    rows = await tx.execute(
        sa.select(
            *(disclosure_suspension.c[name] for name in names),
            suspension_lift.c.lifted_at,
            suspension_lift.c.reason.label("lifted_because"),
        )
        .select_from(disclosure_suspension.outerjoin(suspension_lift, _LIFTED))
        .where(
            disclosure_suspension.c.practice_id == tx.practice_id,
            disclosure_suspension.c.disclosure_id == among_ids(disclosure_ids),
        )
        .order_by(disclosure_suspension.c.recorded_at, disclosure_suspension.c.id)
    )
    found: dict[uuid.UUID, list[Suspension]] = {}
    for row in rows:
        found.setdefault(row.disclosure_id, []).append(Suspension(**row._asdict()))
    return found
