"""Recording what was told to others outside the product: subpoenas, public health reports, and the like."""

import datetime as dt
import uuid
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from compliance.disclosures.grounds import GroundCode
from compliance.disclosures.suspending import NO_SUCH_DISCLOSURE, keep_suspension, suspensions_of
from compliance.disclosures.suspension_terms import NewSuspension, Suspension, withheld_until
from compliance.disclosures.tables import disclosure, disclosure_withdrawal
from kernel.clock import today, wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import Conflict, FieldError, Invalid, NotFound
from kernel.ids import new_id
from patients.public import patient_exists
from tenancy.public import practice_profile

FIRST_ACCOUNTED = dt.date(2003, 4, 14)
"""From when on covered entities had to comply with the Privacy Rule (45 CFR 164.534)."""

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class ToldOutside(msgspec.Struct, frozen=True, kw_only=True):
    """What was told, to whom, when, why (164.528(b)(2)), and on which ground."""

    disclosed_on: dt.date
    recipient_name: Line
    recipient_address: Annotated[str, msgspec.Meta(max_length=300)] = ""
    what: Text
    purpose: Text
    ground: GroundCode


class NewDisclosure(ToldOutside, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A disclosure to record, and what the agency stated if the patient is not to be told for a time."""

    suspension: NewSuspension | None = None


class Disclosure(ToldOutside, frozen=True, kw_only=True):
    """A disclosure on record; one that was withdrawn no longer counts.

    `withheld_until` is the last day on which the patient is not to be told, by the suspensions that were not lifted.
    """

    id: uuid.UUID
    patient_id: uuid.UUID
    recorded_by: uuid.UUID | None
    recorded_at: dt.datetime
    withdrawn_at: dt.datetime | None
    withdrawn_because: str | None
    withheld_until: dt.date | None = None
    suspensions: list[Suspension] = []


async def record_disclosure(tx: Tx, patient_id: uuid.UUID, new: NewDisclosure) -> uuid.UUID:
    """Put a disclosure on record. Raises NotFound for a patient of others; Invalid for a day to come or before the rule, or
    for a suspension that the rule does not know."""
    await patient_exists(tx, patient_id)
    day = today((await practice_profile(tx)).time_zone)
    _refuse_impossible(new, day)
    disclosure_id = new_id()
    told = msgspec.structs.asdict(new)
    del told["suspension"]
    await tx.execute(
        disclosure.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=disclosure_id,
            patient_id=patient_id,
            recorded_by=tx.scope.user_id,
            recorded_at=wall_now(),
            **{**told, "ground": new.ground.value},
        )
    )
    record(
        tx,
        "compliance.disclosure.recorded",
        "disclosure",
        disclosure_id,
        patient_ids=[patient_id],
        changed={"ground": new.ground.value},
    )
    if new.suspension is not None:
        await keep_suspension(tx, disclosure_id, patient_id, new.ground, new.suspension, day=day, at="/suspension")
    return disclosure_id


async def withdraw_disclosure(tx: Tx, disclosure_id: uuid.UUID, *, reason: str) -> None:
    """Count a disclosure no longer, because its record is wrong. Raises NotFound, or Conflict when it was withdrawn before."""
    patient_id = await tx.scalar(
        sa.select(disclosure.c.patient_id).where(
            disclosure.c.practice_id == tx.practice_id, disclosure.c.id == disclosure_id
        )
    )
    if patient_id is None:
        raise NotFound(NO_SUCH_DISCLOSURE)
    stored = await tx.execute(
        insert(disclosure_withdrawal)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            disclosure_id=disclosure_id,
            reason=reason,
            withdrawn_by=tx.scope.user_id,
            withdrawn_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount == 0:
        raise Conflict("this disclosure was withdrawn already")
    record(tx, "compliance.disclosure.withdrawn", "disclosure", disclosure_id, patient_ids=[patient_id])


async def disclosures_of(tx: Tx, patient_id: uuid.UUID, page: PageAsked) -> list[Disclosure]:
    """What is on record about a patient, the latest first, a page and one more; the reading is on record. Raises NotFound."""
    await patient_exists(tx, patient_id)
    statement = paged(_select(tx, patient_id), page, disclosure.c.disclosed_on, disclosure.c.id, newest_first=True)
    found = await _loaded(tx, statement)
    record(tx, "compliance.disclosure.listed", "disclosure", patient_ids=[patient_id])
    return found


async def counted_disclosures(tx: Tx, patient_id: uuid.UUID, *, since: dt.date, until: dt.date) -> list[Disclosure]:
    """What is on record about a patient between two days, both included, and was not withdrawn."""
    return await _loaded(
        tx,
        _select(tx, patient_id)
        .where(disclosure.c.disclosed_on >= since, disclosure.c.disclosed_on <= until)
        .where(disclosure_withdrawal.c.withdrawn_at.is_(None))
        .order_by(disclosure.c.disclosed_on, disclosure.c.id),
    )


def _select(tx: Tx, patient_id: uuid.UUID) -> sa.Select[Any]:
    of_it = sa.and_(
        disclosure_withdrawal.c.practice_id == disclosure.c.practice_id,
        disclosure_withdrawal.c.disclosure_id == disclosure.c.id,
    )
    return (
        sa.select(
            disclosure,
            disclosure_withdrawal.c.withdrawn_at,
            disclosure_withdrawal.c.reason.label("withdrawn_because"),
        )
        .select_from(disclosure.outerjoin(disclosure_withdrawal, of_it))
        .where(disclosure.c.practice_id == tx.practice_id, disclosure.c.patient_id == patient_id)
    )


async def _loaded(tx: Tx, statement: sa.Select[Any]) -> list[Disclosure]:
    rows = (await tx.execute(statement)).all()
    suspended = await suspensions_of(tx, [row.id for row in rows])
    return [_disclosure(row, suspended.get(row.id, [])) for row in rows]


def _disclosure(row: sa.Row[Any], suspensions: list[Suspension]) -> Disclosure:
    stored = {name: row._mapping[name] for name in Disclosure.__struct_fields__ if name in row._mapping}  # noqa: SLF001
    stored["ground"] = GroundCode(row.ground)
    return Disclosure(**stored, suspensions=suspensions, withheld_until=withheld_until(suspensions))


def _refuse_impossible(new: NewDisclosure, day: dt.date) -> None:
    if new.disclosed_on > day:
        raise _refusal("disclosed_on", "this day is still to come; record what was told when it has been told")
    if new.disclosed_on < FIRST_ACCOUNTED:
        raise _refusal(
            "disclosed_on", "the account begins with April 14, 2003 (45 CFR 164.528(a)(1)(ix)); check the year"
        )


def _refusal(field: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(f"/{field}", message),))
