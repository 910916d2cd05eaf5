"""Plan a remittance, and post exactly the plan: one transaction, one lock, checked against the payment to the cent."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.public import NewAdjudication, record_adjudications
from kernel.clock import today, wall_now
from kernel.db.transaction import Tx
from kernel.jobs.outbox import announce
from ledger.public import INSURANCE, RECEIVABLES, entry_id, open_items, post, reverse
from payments.errors import CannotPost, RemittanceNotFound, StalePlan
from payments.posting import LineDecision
from payments.remittance.loading import load_rows
from payments.remittance.posting_plan import (
    HeldRow,
    OriginalRow,
    Payment,
    PlannedClaim,
    PostingPlan,
    ProviderRow,
    plan_posting,
)
from payments.remittance.reading import patients_remitted_in
from payments.tables import provider_adjustment, remittance, remittance_claim
from tenancy.public import practice_profile

FORWARDED = frozenset({"19", "20", "21", "23"})
"""Statuses that say the payer sent the claim on to the next one: we must not bill it again."""


class PostedRemittance(msgspec.Struct, frozen=True):
    """What posting did."""

    remittance_id: uuid.UUID
    state: str
    claims_posted: int
    rows_held: int
    amount_cents: int


async def handle_remittance_received(tx: Tx, payload: Mapping[str, str]) -> None:
    """Job: post a new remittance if every row is safe; otherwise hold the whole of it for a person, with the reasons."""
    remittance_id = uuid.UUID(payload["remittance_id"])
    row = await _lock(tx, remittance_id)
    if row.state != "received":
        return
    await _post_or_hold(tx, row)


async def handle_remittance_unblocked(tx: Tx, payload: Mapping[str, str]) -> None:
    """Job: look again at a remittance that waits for a person, now that another decision about one of its claims is in the books."""
    row = await _lock(tx, uuid.UUID(payload["remittance_id"]))
    if row.state == "held" and row.plan_digest:
        await _post_or_hold(tx, row)


async def plan_remittance(tx: Tx, remittance_id: uuid.UUID) -> PostingPlan:
    """What posting would do now. Changes nothing; the look is on record. Raises RemittanceNotFound."""
    row = await _find(tx, remittance_id)
    plan = await _plan(tx, row, lock=False)
    people = await patients_remitted_in(tx, row.edi_file_id)
    record(tx, "payments.remittance.planned", "remittance", remittance_id, patient_ids=people)
    return plan


async def post_remittance(tx: Tx, remittance_id: uuid.UUID, *, plan_digest: str) -> PostedRemittance:
    """Post the plan a person agreed to, held rows to the payer's unapplied money.

    A remittance that is posted already answers with what was done. Raises RemittanceNotFound, StalePlan when the plan is no
    longer the one with this digest, CannotPost when it would not tie to the payment or the remittance itself is held back.
    """
    row = await _lock(tx, remittance_id)
    if row.state == "posted":
        return await _posted(tx, row)
    if row.problem and not row.plan_digest:
        raise CannotPost(f"this remittance is held: {row.problem}")
    plan = await _plan(tx, row, lock=True)
    if plan.digest != plan_digest:
        raise StalePlan("the books have moved since this plan was made; look at the new plan and post that one")
    await _post(tx, row, plan)
    return await _posted(tx, await _find(tx, remittance_id))


async def _post_or_hold(tx: Tx, row: sa.Row[Any]) -> None:
    plan = await _plan(tx, row, lock=True)
    if not plan.held and plan.difference_cents == 0:
        await _post(tx, row, plan)
    elif plan.digest != row.plan_digest:
        await _hold(tx, row, plan)


async def _find(tx: Tx, remittance_id: uuid.UUID, *, lock: bool = False) -> sa.Row[Any]:
    statement = sa.select(remittance).where(
        remittance.c.practice_id == tx.practice_id, remittance.c.id == remittance_id
    )
    row = (await tx.execute(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise RemittanceNotFound("there is no such remittance in this practice")
    return row


async def _lock(tx: Tx, remittance_id: uuid.UUID) -> sa.Row[Any]:
    return await _find(tx, remittance_id, lock=True)


async def _plan(tx: Tx, row: sa.Row[Any], *, lock: bool) -> PostingPlan:
    practice = await practice_profile(tx)
    adjustments = await tx.execute(
        sa.select(provider_adjustment)
        .where(provider_adjustment.c.practice_id == tx.practice_id, provider_adjustment.c.remittance_id == row.id)
        .order_by(provider_adjustment.c.position)
    )
    payment = Payment(
        remittance_id=row.id,
        trace_number=row.trace_number,
        payer_id=row.payer_id,
        amount_cents=row.amount_cents,
        posted_date=today(practice.time_zone),
    )
    provider_rows = [ProviderRow(one.position, one.reason, one.reference, one.amount_cents) for one in adjustments]
    return plan_posting(payment, await load_rows(tx, row, lock=lock), provider_rows)


async def _post(tx: Tx, row: sa.Row[Any], plan: PostingPlan) -> None:
    if plan.difference_cents:
        raise CannotPost(
            f"the plan moves {row.amount_cents - plan.difference_cents} cents through clearing and the payment is "
            f"{row.amount_cents} cents; find the difference of {plan.difference_cents} cents first"
        )
    practice = await practice_profile(tx)
    for planned in plan.claims:
        if planned.reverses is not None:
            await _take_back(
                tx,
                planned.reverses,
                today(practice.time_zone),
                f"remittance {row.trace_number}, reversal of claim {planned.facts.number}",
            )
    await post(tx, [one.entry for one in plan.claims if one.entry] + list(plan.others))
    await _record_adjudications(tx, row, plan)
    await _mark_rows(tx, row, plan)
    await tx.execute(
        remittance.update()
        .where(remittance.c.practice_id == tx.practice_id, remittance.c.id == row.id)
        .values(state="posted", problem="", plan_digest=plan.digest, posted_at=wall_now())
    )
    record(
        tx,
        "payments.remittance.posted",
        "remittance",
        row.id,
        patient_ids=sorted({one.facts.patient_id for one in plan.claims}),
        changed={"amount_cents": row.amount_cents, "claims": len(plan.claims), "held": len(plan.held)},
    )
    await _announce_unblocked(tx, row, plan)


async def _announce_unblocked(tx: Tx, row: sa.Row[Any], plan: PostingPlan) -> None:
    """Files of one day may be taken up in any order: a reversal can come before what it reverses.

    Planning to post locks the claims, so of two remittances about one claim the later sees the earlier here, held or posted.
    """
    waiting = await tx.execute(
        sa.select(remittance.c.id)
        .where(
            remittance.c.practice_id == tx.practice_id,
            remittance.c.id != row.id,
            remittance.c.state == "held",
            remittance.c.plan_digest != "",
            sa.exists().where(
                remittance_claim.c.practice_id == remittance.c.practice_id,
                remittance_claim.c.remittance_id == remittance.c.id,
                remittance_claim.c.claim_number.in_(sorted({one.kept.claim_number for one in plan.claims})),
            ),
        )
        .order_by(remittance.c.id)
    )
    for remittance_id in waiting.scalars():
        await announce(tx, "payments.remittance.unblocked", {"remittance_id": str(remittance_id)})


async def _take_back(tx: Tx, original: OriginalRow, posted_date: dt.date, source: str) -> None:
    if original.entry_id is not None:
        await reverse(tx, original.entry_id, posted_date=posted_date, source=source)
    await tx.execute(
        remittance_claim.update()
        .where(
            remittance_claim.c.practice_id == tx.practice_id,
            remittance_claim.c.remittance_id == original.remittance_id,
            remittance_claim.c.position == original.position,
        )
        .values(state="reversed")
    )


async def _record_adjudications(tx: Tx, row: sa.Row[Any], plan: PostingPlan) -> None:
    """Tell claims what was decided, with what is open now: it decides who is asked next."""
    if not plan.claims:
        return
    open_by_claim: dict[tuple[uuid.UUID | None, bool], int] = {}
    for item in await open_items(tx, [one.facts.claim_id for one in plan.claims], RECEIVABLES):
        key = (item.group_id, item.account in INSURANCE)
        open_by_claim[key] = open_by_claim.get(key, 0) + item.balance_cents
    await record_adjudications(
        tx,
        [
            NewAdjudication(
                claim_id=one.facts.claim_id,
                payer_order=one.facts.payer_order,
                payer_id=one.facts.payer_id,
                payer_claim_number=one.kept.payer_claim_number,
                status_code=one.kept.status_code,
                is_reversal=one.kept.is_reversal,
                crossed_over=one.kept.status_code in FORWARDED,
                charge_cents=one.kept.charge_cents,
                paid_cents=one.kept.paid_cents,
                patient_cents=one.kept.patient_cents,
                paid_date=row.paid_date,
                content={"lines": [_line_content(line) for line in one.decided], "remarks": list(one.kept.remarks)},
                open_insurance_cents=open_by_claim.get((one.facts.claim_id, True), 0),
                open_patient_cents=open_by_claim.get((one.facts.claim_id, False), 0),
            )
            for one in plan.claims
            if not one.kept.is_predetermination
        ],
    )


def _line_content(line: LineDecision) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(line)
    return content


async def _mark_rows(tx: Tx, row: sa.Row[Any], plan: PostingPlan) -> None:
    marks = [_posted_mark(tx, one) for one in plan.claims] + [_held_mark(one) for one in plan.held]
    await _mark(tx, row, marks)


async def _mark(tx: Tx, row: sa.Row[Any], marks: list[dict[str, Any]]) -> None:
    if marks:
        await tx.execute(_MARK, [{**mark, "practice_id": tx.practice_id, "remittance_id": row.id} for mark in marks])


_MARK = sa.text(
    "update app.remittance_claim set state = :state, problem = :problem, claim_id = :claim_id, match_score = :match_score,"
    " match_reason = :match_reason, payer_order = :payer_order, entry_id = :entry_id"
    " where practice_id = :practice_id and remittance_id = :remittance_id and position = :position"
)


def _posted_mark(tx: Tx, planned: PlannedClaim) -> dict[str, Any]:
    return {
        "position": planned.position,
        "state": "posted",
        "problem": "",
        "claim_id": planned.facts.claim_id,
        "match_score": planned.match.score,
        "match_reason": planned.match.reason,
        "payer_order": planned.facts.payer_order,
        "entry_id": entry_id(tx.practice_id, planned.entry.fact) if planned.entry else None,
    }


def _held_mark(held: HeldRow) -> dict[str, Any]:
    return {
        "position": held.position,
        "state": "held",
        "problem": held.reason,
        "claim_id": None,
        "match_score": held.match.score,
        "match_reason": held.match.reason,
        "payer_order": 0,
        "entry_id": None,
    }


async def _hold(tx: Tx, row: sa.Row[Any], plan: PostingPlan) -> None:
    reasons = sorted({one.reason for one in plan.held})
    problem = f"{len(plan.held)} of {row.claim_count} claims need a person: {'; '.join(reasons)}"
    if plan.difference_cents:
        problem += f"; the plan and the payment differ by {plan.difference_cents} cents"
    await tx.execute(
        remittance.update()
        .where(remittance.c.practice_id == tx.practice_id, remittance.c.id == row.id)
        .values(state="held", problem=problem, plan_digest=plan.digest)
    )
    await _mark(tx, row, [_held_mark(one) for one in plan.held])
    record(tx, "payments.remittance.held", "remittance", row.id, changed={"held": len(plan.held)})


async def _posted(tx: Tx, row: sa.Row[Any]) -> PostedRemittance:
    counts = await tx.execute(
        sa.select(remittance_claim.c.state, sa.func.count().label("rows"))
        .where(remittance_claim.c.practice_id == tx.practice_id, remittance_claim.c.remittance_id == row.id)
        .group_by(remittance_claim.c.state)
    )
    by_state = {one.state: one.rows for one in counts}
    return PostedRemittance(row.id, row.state, by_state.get("posted", 0), by_state.get("held", 0), row.amount_cents)
