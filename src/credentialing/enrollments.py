"""Which provider may bill which payer, from which service date. A payer may approve with a date in the past."""

import datetime as dt
import uuid
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from credentialing.errors import EnrollmentNotFound, UnknownParty
from credentialing.states import move
from credentialing.tables import enrollment
from directory.public import payers_by_id, providers_by_npi
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.ids import named_id
from kernel.jobs.outbox import announce


class NewEnrollment(msgspec.Struct, frozen=True, kw_only=True):
    """An application of a provider to a payer; with `effective_date` it is on file as approved already."""

    provider_npi: Annotated[str, msgspec.Meta(pattern=r"^\d{10}$")]
    payer_id: uuid.UUID
    requested_date: dt.date
    effective_date: dt.date | None = None


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """An enrollment. Dates are service dates: effective from the first day on, ended after the last."""

    id: uuid.UUID
    provider_id: uuid.UUID
    payer_id: uuid.UUID
    state: str
    requested_date: dt.date
    effective_date: dt.date | None
    ended_date: dt.date | None

    def covers(self, service_date: dt.date) -> bool:
        """Whether a service of that date may be billed under it."""
        if self.effective_date is None or service_date < self.effective_date:
            return False
        return self.ended_date is None or service_date <= self.ended_date


class EnrollmentBook:
    """Every enrollment of a practice, to ask many times without asking the database again."""

    def __init__(self, enrollments: list[Enrollment]) -> None:
        self._by_pair = {(one.provider_id, one.payer_id): one for one in enrollments}

    def covers(self, provider_id: uuid.UUID, payer_id: uuid.UUID, service_date: dt.date) -> bool:
        """Whether the provider was enrolled with the payer on the service date."""
        found = self._by_pair.get((provider_id, payer_id))
        return found is not None and found.covers(service_date)


async def request_enrollment(tx: Tx, new: NewEnrollment) -> uuid.UUID:
    """Put an application on file, or find the one of this provider and payer. Raises UnknownParty."""
    provider = (await providers_by_npi(tx)).get(new.provider_npi)
    if provider is None or new.payer_id not in await payers_by_id(tx):
        raise UnknownParty("add the provider to this practice and the payer to the company first")
    enrollment_id = named_id("enrollment", tx.practice_id, provider.id, new.payer_id)
    state = "requested" if new.effective_date is None else "approved"
    stored = await tx.execute(
        insert(enrollment)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=enrollment_id,
            provider_id=provider.id,
            payer_id=new.payer_id,
            state=state,
            requested_date=new.requested_date,
            effective_date=new.effective_date,
            decided_at=None if new.effective_date is None else wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        await record(tx, f"credentialing.enrollment.{state}", "enrollment", enrollment_id)
    return enrollment_id


async def approve_enrollment(tx: Tx, enrollment_id: uuid.UUID, effective_date: dt.date) -> Enrollment:
    """Record the payer's approval; claims that waited for it are looked at again.

    Approving again with the same date changes nothing. Raises EnrollmentNotFound, IllegalEnrollmentMove.
    """
    found = await _find(tx, enrollment_id)
    if found.state == "approved" and found.effective_date == effective_date:
        return found
    state = move(found.state, "approved")
    await tx.execute(
        enrollment.update()
        .where(enrollment.c.practice_id == tx.practice_id, enrollment.c.id == enrollment_id)
        .values(state=state, effective_date=effective_date, ended_date=None, decided_at=wall_now())
    )
    await record(
        tx,
        "credentialing.enrollment.approved",
        "enrollment",
        enrollment_id,
        changed={"effective_date": [None, effective_date.isoformat()]},
    )
    parties = {"provider_id": str(found.provider_id), "payer_id": str(found.payer_id)}
    await announce(tx, "credentialing.enrollment.approved", {"enrollment_id": str(enrollment_id), **parties})
    return await _find(tx, enrollment_id)


async def list_enrollments(tx: Tx) -> list[Enrollment]:
    """Every enrollment of the practice."""
    rows = await tx.execute(
        sa.select(enrollment).where(enrollment.c.practice_id == tx.practice_id).order_by(enrollment.c.id)
    )
    return [_enrollment(row) for row in rows]


async def enrollments_in_force(tx: Tx) -> EnrollmentBook:
    """The book the scrubber asks."""
    return EnrollmentBook([one for one in await list_enrollments(tx) if one.state in {"approved", "ended"}])


async def _find(tx: Tx, enrollment_id: uuid.UUID) -> Enrollment:
    statement = sa.select(enrollment).where(
        enrollment.c.practice_id == tx.practice_id, enrollment.c.id == enrollment_id
    )
    row = (await tx.execute(statement.with_for_update())).one_or_none()
    if row is None:
        raise EnrollmentNotFound("there is no such enrollment in this practice")
    return _enrollment(row)


def _enrollment(row: sa.Row[Any]) -> Enrollment:
    return Enrollment(
        id=row.id,
        provider_id=row.provider_id,
        payer_id=row.payer_id,
        state=row.state,
        requested_date=row.requested_date,
        effective_date=row.effective_date,
        ended_date=row.ended_date,
    )
