"""What payers decided, kept with the claim; and where the claim goes next."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.concerned import patients_of_claims
from claims.history import Move, move_claims
from claims.outcome import Outcome, Standing, decide
from claims.prior_loading import decisions_in_force
from claims.remitted import PayerInTurn, find_claims, payers_in_turn
from claims.scrubbing.service import scrub
from claims.tables import adjudication, claim
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from kernel.ids import named_id


class NewAdjudication(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of one payer, after it was posted; amounts in cents.

    `content["lines"]` holds, for each line, its id, charge, payment and adjustments (see `claims.prior.PriorLine`), for the next
    payer to be told. The open amounts are the claim's, after everything of the same remittance was posted.
    """

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


class _Course(msgspec.Struct):
    """A claim while decisions are applied to it, one after the other."""

    state: str
    payer_order: int
    payer_claim_number: str
    turns: list[PayerInTurn]
    decided: set[int]
    """The payers whose decision stands."""


async def record_adjudications(tx: Tx, new: Sequence[NewAdjudication]) -> None:
    """Keep these decisions, in order, and move each claim along with every one of them.

    A claim that goes to its next payer passes the scrubber, like any other claim that is to be sent.
    """
    if not new:
        return
    ids = sorted({one.claim_id for one in new})
    courses = await _courses(tx, ids)
    await _store(tx, new)
    moves = [move for one in new for move in _apply(one, courses[one.claim_id])]
    await move_claims(tx, moves)
    record(
        tx,
        "claims.claim.adjudicated",
        "claim",
        patient_ids=await patients_of_claims(tx, ids),
        changed={"decisions": len(new), "moves": len(moves)},
    )
    await scrub(tx, [key for key, course in courses.items() if course.state == "ready"])


def _apply(one: NewAdjudication, course: _Course) -> list[Move]:
    """The move a decision makes, if any; the course goes along."""
    if one.is_reversal:
        course.decided.discard(one.payer_order)
    else:
        course.decided.add(one.payer_order)
    outcome = decide(_standing(one, course))
    if outcome is None:
        return []
    with_other = outcome.payer_order != one.payer_order
    turn = course.turns[outcome.payer_order - 1]
    course.payer_claim_number = "" if with_other else one.payer_claim_number or course.payer_claim_number
    move = _move(one.claim_id, course, outcome, turn)
    course.state, course.payer_order = outcome.state, outcome.payer_order
    return [move]


def _standing(one: NewAdjudication, course: _Course) -> Standing:
    following = one.payer_order + 1
    undecided = following <= len(course.turns) and following not in course.decided
    return Standing(
        with_order=course.payer_order,
        decided_by_order=one.payer_order,
        is_reversal=one.is_reversal,
        crossed_over=one.crossed_over,
        next_order=following if undecided else None,
        open_insurance_cents=one.open_insurance_cents,
        open_patient_cents=one.open_patient_cents,
        left_for_next_cents=one.patient_cents,
    )


def _move(claim_id: uuid.UUID, course: _Course, outcome: Outcome, turn: PayerInTurn) -> Move:
    return Move(
        claim_id=claim_id,
        from_state=course.state,
        to_state=outcome.state,
        reason=outcome.reason,
        changes={
            "payer_order": outcome.payer_order,
            "coverage_id": turn.coverage_id,
            "payer_id": turn.payer_id,
            "payer_claim_number": course.payer_claim_number,
        },
    )


async def _courses(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Course]:
    rows = await find_claims(tx, claim.c.id == among_ids(ids), lock=True)
    turns, decided = await payers_in_turn(tx, rows), await decisions_in_force(tx, ids)
    return {
        row.id: _Course(
            row.state,
            row.payer_order,
            row.payer_claim_number,
            turns[row.id],
            {decision.payer_order for decision in decided.get(row.id, ())},
        )
        for row in rows
    }


async def _store(tx: Tx, new: Sequence[NewAdjudication]) -> None:
    sequences = await _sequences(tx, [one.claim_id for one in new])
    rows = []
    for one in new:
        sequences[one.claim_id] = sequence = sequences.get(one.claim_id, 0) + 1
        values = msgspec.structs.asdict(one)
        del values["open_insurance_cents"], values["open_patient_cents"]
        owner = {"practice_id": tx.practice_id, "company_id": tx.company_id}
        key = named_id("adjudication", one.claim_id, sequence)
        rows.append({**values, **owner, "id": key, "sequence": sequence})
    await tx.execute(adjudication.insert(), rows)


async def _sequences(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = await tx.execute(
        sa.select(adjudication.c.claim_id, sa.func.max(adjudication.c.sequence).label("last"))
        .where(adjudication.c.practice_id == tx.practice_id, adjudication.c.claim_id == among_ids(ids))
        .group_by(adjudication.c.claim_id)
    )
    return {row.claim_id: row.last for row in rows}
