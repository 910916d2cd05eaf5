"""999 and 277CA come back: a set was read, a claim was taken or sent back. Late and repeated answers change nothing."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from audit.public import record
from claims.errors import UnreadableAcknowledgment
from claims.history import Move, move_claims
from claims.tables import claim, submission
from clearinghouse.public import outgoing_files, read_file
from edi.ack_277ca import ClaimStatus, stream_277ca
from edi.ack_999 import Acknowledgment, stream_999
from kernel.db.transaction import Tx
from kernel.storage.base import ObjectStore

WAITING_FOR_FILE = frozenset({"queued", "sent"})
WAITING_FOR_CLAIM = frozenset({"queued", "sent", "file_accepted"})


async def handle_edi_999(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore) -> None:
    """Job: apply a 999. A rejected set sends its claims back to the biller."""
    content = await read_file(tx, store, uuid.UUID(payload["edi_file_id"]))
    acknowledgments = list(stream_999(content))
    if not acknowledgments:
        raise UnreadableAcknowledgment("the file holds no readable 999; ask the partner to send it again")
    for one in acknowledgments:
        await _apply_999(tx, one)


async def handle_edi_277ca(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore) -> None:
    """Job: apply a 277CA, claim by claim."""
    content = await read_file(tx, store, uuid.UUID(payload["edi_file_id"]))
    acknowledgments = list(stream_277ca(content))
    if not acknowledgments:
        raise UnreadableAcknowledgment("the file holds no readable 277CA; ask the partner to send it again")
    await _apply_277ca(tx, [claim_status for one in acknowledgments for claim_status in one.claims])


async def _apply_999(tx: Tx, one: Acknowledgment) -> None:
    answers = {response.control_number: response.is_accepted for response in one.responses}
    files = await outgoing_files(tx, one.group_control_number.zfill(9))
    rows = await _submissions(tx, submission.c.edi_file_id.in_(files))
    answered = [row for row in rows if one.is_group_rejected or row.set_control_number in answers]
    outcomes = {
        row.id: (
            "file_accepted" if not one.is_group_rejected and answers.get(row.set_control_number, False) else "rejected"
        )
        for row in answered
        if row.submission_state in WAITING_FOR_FILE
    }
    reason = "the clearinghouse could not read the file (999)"
    await _finish(tx, answered, outcomes, dict.fromkeys(outcomes, reason))
    await record(
        tx, "claims.acknowledgment.999", "edi_file", one.group_control_number, changed={"claims": len(outcomes)}
    )


async def _apply_277ca(tx: Tx, statuses: Sequence[ClaimStatus]) -> None:
    by_number = {one.control_number: one for one in statuses}
    rows = await _submissions(tx, claim.c.number == sa.any_(sa.literal(list(by_number), sa.ARRAY(sa.Text()))))
    outcomes, reasons, numbers = {}, {}, {}
    for row in rows:
        status = by_number[row.number]
        if row.submission_state in WAITING_FOR_CLAIM and row.payer_order == row.claim_payer_order:
            outcomes[row.id] = "rejected" if status.is_rejected else "accepted"
            reasons[row.id] = _why(status)
            numbers[row.claim_id] = status.payer_claim_number
    await _finish(tx, rows, outcomes, reasons, numbers)
    await record(tx, "claims.acknowledgment.277ca", "claim", changed={"claims": len(outcomes)})


def _why(status: ClaimStatus) -> str:
    codes = ", ".join(f"{one.category}:{one.code}" for one in status.statuses)
    return (
        f"sent back by the payer before adjudication (277CA {codes})"
        if status.is_rejected
        else "taken by the payer (277CA)"
    )


async def _submissions(tx: Tx, where: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
    """The newest submission of each claim concerned, with its claim; locked."""
    statement = (
        sa.select(
            submission.c.id,
            submission.c.claim_id,
            submission.c.payer_order,
            submission.c.set_control_number,
            submission.c.state.label("submission_state"),
            claim.c.number,
            claim.c.state.label("claim_state"),
            claim.c.payer_order.label("claim_payer_order"),
            claim.c.payer_claim_number,
        )
        .join(claim, sa.and_(claim.c.practice_id == submission.c.practice_id, claim.c.id == submission.c.claim_id))
        .where(submission.c.practice_id == tx.practice_id, where)
        .order_by(claim.c.number, submission.c.payer_order, submission.c.attempt)
        .with_for_update(of=claim)
    )
    newest: dict[tuple[uuid.UUID, int], sa.Row[Any]] = {}
    for row in await tx.execute(statement):
        newest[row.claim_id, row.payer_order] = row
    return list(newest.values())


async def _finish(
    tx: Tx,
    rows: Sequence[sa.Row[Any]],
    outcomes: Mapping[uuid.UUID, str],
    reasons: Mapping[uuid.UUID, str],
    payer_numbers: Mapping[uuid.UUID, str] | None = None,
) -> None:
    """Mark submissions, and move the claims that were waiting for just this answer."""
    if outcomes:
        await tx.execute(
            _MARK,
            [
                {
                    "practice_id": tx.practice_id,
                    "id": key,
                    "state": state,
                    "problem": reasons[key] if state == "rejected" else "",
                }
                for key, state in outcomes.items()
            ],
        )
    known = payer_numbers or {}
    waiting = [row for row in rows if row.id in outcomes and row.claim_state in WAITING_FOR_CLAIM]
    # The partner may answer before we have noted that the file was handed over; it was, or there would be no answer.
    early = [row for row in waiting if row.claim_state == "queued"]
    await move_claims(
        tx,
        [
            Move(claim_id=row.claim_id, from_state="queued", to_state="sent", reason="answered by the partner")
            for row in early
        ],
    )
    await move_claims(
        tx,
        [
            Move(
                claim_id=row.claim_id,
                from_state="sent" if row.claim_state == "queued" else row.claim_state,
                to_state=outcomes[row.id],
                reason=_history(outcomes[row.id], reasons[row.id]),
                changes={"payer_claim_number": known.get(row.claim_id) or row.payer_claim_number},
            )
            for row in waiting
        ],
    )


def _history(state: str, reason: str) -> str:
    return "the file was read (999)" if state == "file_accepted" else reason


_MARK = sa.text(
    "update app.submission set state = :state, problem = :problem where practice_id = :practice_id and id = :id"
)
