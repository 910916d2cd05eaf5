"""Which provider may bill which payer, from which service date. A payer may approve with a date in the past."""

import datetime as dt
import uuid
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from credentialing.book import Enrollment, EnrollmentBook
from credentialing.errors import EndsBeforeItBegins, EnrollmentNotFound, UnknownParty
from credentialing.states import move
from credentialing.tables import enrollment
from directory.public import payers_by_id, providers_by_npi
from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import FieldError
from kernel.ids import named_id
from kernel.jobs.outbox import announce

_ACTIONS = {
    "approved": "credentialing.enrollment.approved",
    "refused": "credentialing.enrollment.refused",
    "ended": "credentialing.enrollment.ended",
}


class NewEnrollment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An application of a provider to a payer; with `effective_date` the payer has approved it already."""

    provider_npi: Annotated[str, msgspec.Meta(pattern=r"^\d{10}$", examples=["2999901012"])]
    payer_id: uuid.UUID
    requested_date: dt.date
    effective_date: dt.date | None = None


async def request_enrollment(tx: Tx, new: NewEnrollment) -> uuid.UUID:
    """Put an application on file, or find the one of this provider and payer; one that still waits takes the approval told here.

    What was decided before stays: a decision is changed by deciding again, not by applying again. Raises UnknownParty.
    """
    provider = (await providers_by_npi(tx)).get(new.provider_npi)
    if provider is None:
        raise _unknown("provider_npi", "no provider of this practice has this NPI; add the provider first")
    if new.payer_id not in await payers_by_id(tx):
        raise _unknown("payer_id", "the company has no such payer; add the payer first")
    enrollment_id = named_id("enrollment", tx.practice_id, provider.id, new.payer_id)
    stored = await tx.execute(
        insert(enrollment)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=enrollment_id,
            provider_id=provider.id,
            payer_id=new.payer_id,
            state="requested",
            requested_date=new.requested_date,
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "credentialing.enrollment.requested", "enrollment", enrollment_id)
    if new.effective_date is not None and (await lock_enrollment(tx, enrollment_id)).state == "requested":
        await approve_enrollment(tx, enrollment_id, new.effective_date)
    return enrollment_id


async def read_enrollment(tx: Tx, enrollment_id: uuid.UUID) -> Enrollment:
    """One enrollment. Raises EnrollmentNotFound."""
    return await _found(tx, _select(tx).where(enrollment.c.id == enrollment_id))


async def lock_enrollment(tx: Tx, enrollment_id: uuid.UUID) -> Enrollment:
    """The same for whoever decides about it: other decisions wait until this transaction ends."""
    return await _found(tx, _select(tx).where(enrollment.c.id == enrollment_id).with_for_update())


async def approve_enrollment(tx: Tx, enrollment_id: uuid.UUID, effective_date: dt.date) -> Enrollment:
    """Record the payer's approval, or another effective date of it; claims that waited for it are looked at again.

    Approving again with the same date changes nothing. Raises EnrollmentNotFound.
    """
    found = await lock_enrollment(tx, enrollment_id)
    if found.state == "approved" and found.effective_date == effective_date:
        return found
    approved = await _decide(tx, found, "approved", effective_date=effective_date, ended_date=None)
    await announce(
        tx,
        "credentialing.enrollment.approved",
        {
            "enrollment_id": str(enrollment_id),
            "provider_id": str(found.provider_id),
            "payer_id": str(found.payer_id),
        },
    )
    return approved


async def refuse_enrollment(tx: Tx, enrollment_id: uuid.UUID) -> Enrollment:
    """Record that the payer refused the application. Refusing again changes nothing.

    Raises EnrollmentNotFound, or IllegalEnrollmentMove for one that was approved: that one is ended, not refused.
    """
    found = await lock_enrollment(tx, enrollment_id)
    return found if found.state == "refused" else await _decide(tx, found, "refused")


async def end_enrollment(tx: Tx, enrollment_id: uuid.UUID, ended_date: dt.date) -> Enrollment:
    """Record the last service date that the payer covers. The same date again changes nothing.

    Raises EnrollmentNotFound, EndsBeforeItBegins, or IllegalEnrollmentMove for one that is not approved.
    """
    found = await lock_enrollment(tx, enrollment_id)
    if found.state == "ended" and found.ended_date == ended_date:
        return found
    if found.effective_date is not None and ended_date < found.effective_date:
        message = f"the enrollment covers services from {found.effective_date} on; its last day cannot lie before"
        raise EndsBeforeItBegins(message, fields=(FieldError("/ended_date", message),))
    return await _decide(tx, found, "ended", ended_date=ended_date)


async def list_enrollments(tx: Tx, page: PageAsked | None = None) -> list[Enrollment]:
    """Every enrollment of the practice, the oldest application first."""
    rows = await tx.execute(paged(_select(tx), page, enrollment.c.requested_date, enrollment.c.id))
    return [_enrollment(row) for row in rows]


async def enrollments_in_force(tx: Tx) -> EnrollmentBook:
    """The book the scrubber asks."""
    return EnrollmentBook(await list_enrollments(tx))


def _unknown(field: str, message: str) -> UnknownParty:
    return UnknownParty(message, fields=(FieldError(f"/{field}", message),))


def _select(tx: Tx) -> sa.Select[Any]:
    columns = (enrollment.c[name] for name in Enrollment.__struct_fields__)
    return sa.select(*columns).where(enrollment.c.practice_id == tx.practice_id)


async def _found(tx: Tx, statement: sa.Select[Any]) -> Enrollment:
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise EnrollmentNotFound("there is no such enrollment in this practice")
    return _enrollment(row)


async def _decide(tx: Tx, before: Enrollment, to: str, **dates: dt.date | None) -> Enrollment:
    state = move(before.state, to)
    await tx.execute(
        enrollment.update()
        .where(enrollment.c.practice_id == tx.practice_id, enrollment.c.id == before.id)
        .values(state=state, decided_at=wall_now(), **dates)
    )
    changed = {name: {"before": _iso(getattr(before, name)), "after": _iso(date)} for name, date in dates.items()}
    record(
        tx,
        _ACTIONS[state],
        "enrollment",
        before.id,
        changed={"state": {"before": before.state, "after": state}, **changed},
    )
    return await read_enrollment(tx, before.id)


def _iso(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


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
