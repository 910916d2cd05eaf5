"""What payers decided, kept with the claim; and where the claim goes next."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from claims.history import Move, move_claims
from claims.outcome import Outcome, Standing, decide
from claims.scrubbing.service import scrub
from claims.tables import adjudication, claim, claim_line, encounter
from kernel.db.transaction import Tx
from kernel.ids import named_id
from patients.public import coverages_by_id


class RemittedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a claim that a remittance may answer."""

    id: uuid.UUID
    line_number: int
    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    service_date: dt.date


class RemittedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that a remittance may answer: the payer it is with, and the one after it."""

    id: uuid.UUID
    number: str
    patient_id: uuid.UUID
    state: str
    payer_order: int
    payer_id: uuid.UUID
    next_payer_id: uuid.UUID | None
    charge_cents: int
    service_date: dt.date
    payer_claim_number: str
    lines: tuple[RemittedLine, ...]


class NewAdjudication(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of one payer, after it was posted. `content["lines"]` holds line id, paid cents and adjustments: the next payer
    is told them."""

    claim_id: uuid.UUID
    payer_order: int
    payer_id: uuid.UUID
    payer_claim_number: str
    status_code: str
    is_reversal: bool
    crossed_over: bool
    charge_cents: int
    paid_cents: int
    patient_cents: int
    paid_date: dt.date
    content: dict[str, Any]
    open_insurance_cents: int
    open_patient_cents: int


async def claims_for_remittance(tx: Tx, numbers: Sequence[str]) -> dict[str, RemittedClaim]:
    """The claims with these control numbers, locked until the transaction ends, by number."""
    rows = (
        await tx.execute(
            sa.select(claim, encounter.c.secondary_coverage_id)
            .join(
                encounter,
                sa.and_(encounter.c.practice_id == claim.c.practice_id, encounter.c.id == claim.c.encounter_id),
            )
            .where(
                claim.c.practice_id == tx.practice_id,
                claim.c.number == sa.any_(sa.literal(list(numbers), sa.ARRAY(sa.Text()))),
            )
            .order_by(claim.c.number)
            .with_for_update(of=claim)
        )
    ).all()
    lines = await _lines(tx, [row.id for row in rows])
    coverages = await coverages_by_id(tx, [row.secondary_coverage_id for row in rows if row.secondary_coverage_id])
    return {
        row.number: RemittedClaim(
            id=row.id,
            number=row.number,
            patient_id=row.patient_id,
            state=row.state,
            payer_order=row.payer_order,
            payer_id=row.payer_id,
            next_payer_id=coverages[row.secondary_coverage_id].payer_id
            if row.payer_order == 1 and row.secondary_coverage_id
            else None,
            charge_cents=row.charge_cents,
            service_date=row.service_date,
            payer_claim_number=row.payer_claim_number,
            lines=tuple(lines.get(row.id, ())),
        )
        for row in rows
    }


async def record_adjudications(tx: Tx, new: Sequence[NewAdjudication]) -> None:
    """Keep these decisions, in order, and move each claim to where its last one puts it.

    A claim that goes to its next payer passes the scrubber again, like any other claim that is to be sent.
    """
    ids = list({one.claim_id for one in new})
    claims = await _claims(tx, ids)
    sequences = await _sequences(tx, ids)
    rows = []
    for one in new:
        sequences[one.claim_id] = sequences.get(one.claim_id, 0) + 1
        rows.append(_row(tx, one, sequences[one.claim_id]))
    await tx.execute(adjudication.insert(), rows)
    states = {key: row.state for key, row in claims.items()}
    rebilled = []
    for one in new:
        row = claims[one.claim_id]
        outcome = decide(_standing(one, row))
        if outcome.to_next_payer:
            rebilled.append(one.claim_id)
        await _move(tx, one, row, states[one.claim_id], outcome)
        states[one.claim_id] = outcome.state
    await scrub(tx, rebilled)


def _standing(one: NewAdjudication, row: "_Next") -> Standing:
    return Standing(
        is_reversal=one.is_reversal,
        crossed_over=one.crossed_over,
        has_next_payer=row.next_coverage_id is not None,
        answers_current_payer=one.payer_order == row.payer_order,
        open_insurance_cents=one.open_insurance_cents,
        open_patient_cents=one.open_patient_cents,
        left_for_next_cents=one.patient_cents,
    )


async def _move(tx: Tx, one: NewAdjudication, row: "_Next", state: str, outcome: Outcome) -> None:
    to_next = outcome.to_next_payer
    changes: Mapping[str, Any] = {
        "payer_order": one.payer_order + 1 if to_next else row.payer_order,
        "coverage_id": row.next_coverage_id if to_next else row.coverage_id,
        "payer_id": row.next_payer_id if to_next else row.payer_id,
        "payer_claim_number": "" if to_next else one.payer_claim_number or row.payer_claim_number,
    }
    if one.payer_order < row.payer_order and not one.is_reversal:
        return  # an earlier payer's correction: the claim stays with the payer it is with
    await move_claims(
        tx,
        [Move(claim_id=one.claim_id, from_state=state, to_state=outcome.state, reason=outcome.reason, changes=changes)],
    )


class _Next(msgspec.Struct, frozen=True):
    """A claim with the coverage after its own."""

    state: str
    payer_order: int
    coverage_id: uuid.UUID
    payer_id: uuid.UUID
    payer_claim_number: str
    next_coverage_id: uuid.UUID | None
    next_payer_id: uuid.UUID | None


async def _claims(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Next]:
    rows = (
        await tx.execute(
            sa.select(claim, encounter.c.secondary_coverage_id)
            .join(
                encounter,
                sa.and_(encounter.c.practice_id == claim.c.practice_id, encounter.c.id == claim.c.encounter_id),
            )
            .where(claim.c.practice_id == tx.practice_id, claim.c.id == _among(ids))
            .order_by(claim.c.number)
            .with_for_update(of=claim)
        )
    ).all()
    coverages = await coverages_by_id(tx, [row.secondary_coverage_id for row in rows if row.secondary_coverage_id])
    found = {}
    for row in rows:
        following = coverages.get(row.secondary_coverage_id) if row.payer_order == 1 else None
        found[row.id] = _Next(
            row.state,
            row.payer_order,
            row.coverage_id,
            row.payer_id,
            row.payer_claim_number,
            following.id if following else None,
            following.payer_id if following else None,
        )
    return found


async def _sequences(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = await tx.execute(
        sa.select(adjudication.c.claim_id, sa.func.max(adjudication.c.sequence).label("last"))
        .where(adjudication.c.practice_id == tx.practice_id, adjudication.c.claim_id == _among(ids))
        .group_by(adjudication.c.claim_id)
    )
    return {row.claim_id: row.last for row in rows}


def _row(tx: Tx, one: NewAdjudication, sequence: int) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    del values["open_insurance_cents"], values["open_patient_cents"]
    return {
        **values,
        "practice_id": tx.practice_id,
        "company_id": tx.company_id,
        "id": named_id("adjudication", one.claim_id, sequence),
        "sequence": sequence,
    }


async def _lines(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[RemittedLine]]:
    found: dict[uuid.UUID, list[RemittedLine]] = {}
    for row in await tx.execute(
        sa.select(claim_line)
        .where(claim_line.c.practice_id == tx.practice_id, claim_line.c.claim_id == _among(ids))
        .order_by(claim_line.c.claim_id, claim_line.c.line_number)
    ):
        found.setdefault(row.claim_id, []).append(
            RemittedLine(
                id=row.id,
                line_number=row.line_number,
                control_number=row.control_number,
                procedure_code=row.procedure_code,
                modifiers=tuple(row.modifiers),
                units=row.units,
                charge_cents=row.charge_cents,
                service_date=row.service_date,
            )
        )
    return found


def _among(ids: Sequence[uuid.UUID]) -> Any:
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))
