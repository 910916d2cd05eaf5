"""999 and 277CA come back: a set was read, a claim was taken or sent back. Late and repeated answers change nothing."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from audit.public import record
from claims.acknowledgement_reasons import claim_reason, group_reason, set_reason
from claims.concerned import patients_of_claims
from claims.errors import UnreadableAcknowledgment
from claims.history import Move, move_claims
from claims.tables import claim, submission
from clearinghouse.public import outgoing_files, read_file
from edi.ack_277ca import ClaimAcknowledgment, stream_277ca
from edi.ack_999 import Acknowledgment, stream_999
from kernel.db.among import among_texts
from kernel.db.transaction import Tx
from kernel.storage.base import ObjectStore

WAITING_FOR_FILE = frozenset({"queued", "sent"})
WAITING_FOR_CLAIM = frozenset({"queued", "sent", "file_accepted"})


class Answer(NamedTuple):
    """What a partner says of a submission."""

    state: str
    reason: str
    payer_claim_number: str = ""


async def handle_edi_999(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore) -> None:
    """Job: apply a 999. A rejected set sends its claims back to the biller. Raises UnreadableAcknowledgment."""
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    acknowledgments = list(stream_999(await read_file(tx, store, edi_file_id)))
    if not acknowledgments:
        raise UnreadableAcknowledgment("the file holds no readable 999; ask the partner to send it again")
    answered: list[uuid.UUID] = []
    for one in acknowledgments:
        answered += await _apply_999(tx, one)
    await _record(tx, "claims.acknowledgment.999", edi_file_id, answered)


async def handle_edi_277ca(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore) -> None:
    """Job: apply a 277CA, claim by claim. Raises UnreadableAcknowledgment."""
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    acknowledgments = list(stream_277ca(await read_file(tx, store, edi_file_id)))
    if not acknowledgments:
        raise UnreadableAcknowledgment("the file holds no readable 277CA; ask the partner to send it again")
    answered: list[uuid.UUID] = []
    for one in acknowledgments:
        answered += await _apply_277ca(tx, one)
    await _record(tx, "claims.acknowledgment.277ca", edi_file_id, answered)


async def _record(tx: Tx, action: str, edi_file_id: uuid.UUID, answered: Sequence[uuid.UUID]) -> None:
    record(
        tx,
        action,
        "edi_file",
        edi_file_id,
        patient_ids=await patients_of_claims(tx, answered),
        changed={"claims": len(answered)},
    )


async def _apply_999(tx: Tx, one: Acknowledgment) -> list[uuid.UUID]:
    """A 999 names the group we sent (GS06) and its sets (AK2); a group that is rejected whole need not name any."""
    answers = {
        response.control_number: Answer("file_accepted", "the file was read (999)")
        if response.is_accepted
        else Answer("rejected", set_reason(response))
        for response in one.responses
    }
    files = await outgoing_files(tx, one.group_control_number.zfill(9))
    rows = await _newest(tx, submission.c.edi_file_id.in_(files), WAITING_FOR_FILE)
    if one.is_group_rejected:
        refused = Answer("rejected", group_reason(one))
        found = {row.id: _refusal(answers.get(row.set_control_number)) or refused for row in rows}
    else:
        found = {row.id: answers[row.set_control_number] for row in rows if row.set_control_number in answers}
    return await _finish(tx, rows, found)


def _refusal(answer: Answer | None) -> Answer | None:
    return answer if answer is not None and answer.state == "rejected" else None


async def _apply_277ca(tx: Tx, one: ClaimAcknowledgment) -> list[uuid.UUID]:
    answers = {
        status.control_number: Answer(
            "rejected" if status.is_rejected else "accepted", claim_reason(status), status.payer_claim_number
        )
        for status in one.claims
    }
    by_number = claim.c.number == among_texts(answers)
    rows = await _newest(tx, by_number, WAITING_FOR_CLAIM, files=await _answered_files(tx, one))
    return await _finish(tx, rows, {row.id: answers[row.number] for row in rows})


async def _answered_files(tx: Tx, one: ClaimAcknowledgment) -> Sequence[uuid.UUID]:
    """The files a 277CA answers, when it repeats our reference (BHT03: interchange number and place of the set)."""
    number, _, place = one.batch_reference.partition("-")
    return await outgoing_files(tx, number) if place else []


async def _newest(
    tx: Tx, where: sa.ColumnElement[bool], waiting: Collection[str], *, files: Sequence[uuid.UUID] = ()
) -> Sequence[sa.Row[Any]]:
    """The last submission of each claim to each payer, with its claim, locked: as far as it waits, and is in one of the files.

    An answer to an earlier attempt says nothing about the last one.
    """
    statement = (
        sa.select(
            submission.c.id,
            submission.c.claim_id,
            submission.c.edi_file_id,
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
    newest = {(row.claim_id, row.payer_order): row for row in await tx.execute(statement)}
    return [
        row for row in newest.values() if row.submission_state in waiting and (not files or row.edi_file_id in files)
    ]


async def _finish(tx: Tx, rows: Sequence[sa.Row[Any]], answers: Mapping[uuid.UUID, Answer]) -> list[uuid.UUID]:
    """Mark the submissions, and move the claims that were waiting for just this answer: those."""
    if not answers:
        return []
    await tx.execute(
        _MARK,
        [
            {
                "practice_id": tx.practice_id,
                "id": key,
                "state": answer.state,
                "problem": answer.reason if answer.state == "rejected" else "",
            }
            for key, answer in answers.items()
        ],
    )
    moves = [
        Move(
            claim_id=row.claim_id,
            from_state=row.claim_state,
            to_state=answers[row.id].state,
            reason=answers[row.id].reason,
            changes={"payer_claim_number": answers[row.id].payer_claim_number or row.payer_claim_number},
        )
        for row in rows
        if row.id in answers and row.claim_state in WAITING_FOR_CLAIM and row.payer_order == row.claim_payer_order
    ]
    await move_claims(tx, moves)
    return [move.claim_id for move in moves]


_MARK = sa.text(
    "update app.submission set state = :state, problem = :problem where practice_id = :practice_id and id = :id"
)
