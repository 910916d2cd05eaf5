"""Ready claims go out: batched by payer, written as 837P, stored with the numbers they carry, sent by the clearinghouse."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.errors import CannotWrite
from claims.history import Move, move_claims
from claims.scrubbing.service import scrub
from claims.submission.loading import load_sendables
from claims.submission.mapping_837p import Sendable, billing_provider, professional_claim, submitter
from claims.tables import claim, submission
from clearinghouse.public import Connection, default_connection, next_interchange_number, queue_file
from edi.claim_837 import ClaimSet
from edi.claim_837p import OutgoingSet, write_837p
from edi.parties import Party
from edi.x12.envelope import Envelope
from edi.x12.errors import X12Error
from kernel.clock import now, wall_now
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from kernel.ids import named_id
from kernel.storage.base import ObjectStore
from tenancy.public import BillingPractice, billing_practice

CLAIMS_PER_SET = 200


class Submitted(msgspec.Struct, frozen=True):
    """One file that was written: for which payer, with how many claims."""

    edi_file_id: uuid.UUID
    payer_id: uuid.UUID
    claims: int


async def submit_ready(tx: Tx, store: ObjectStore, *, payer_id: uuid.UUID | None = None) -> list[Submitted]:
    """Write and queue every ready claim, one file a payer, in the order of payers and claim numbers.

    Claims are scrubbed once more first: what was clean when it was built may be late or out of enrollment today. Claims that are on
    their way are not ready, so submitting again sends nothing twice. Raises NoConnection, CannotWrite.
    """
    await scrub(tx, await _ready(tx, payer_id))
    ids = await _ready(tx, payer_id)
    if not ids:
        return []
    practice, connection = await billing_practice(tx), await default_connection(tx)
    sendables = await load_sendables(tx, ids)
    ordered = sorted(sendables.items(), key=lambda item: (item[1].payer.code, item[1].number))
    return [
        await _submit_payer(tx, store, practice, connection, list(group))
        for _, group in groupby(ordered, key=lambda item: item[1].payer.code)
    ]


async def _ready(tx: Tx, payer_id: uuid.UUID | None) -> list[uuid.UUID]:
    statement = sa.select(claim.c.id).where(claim.c.practice_id == tx.practice_id, claim.c.state == "ready")
    if payer_id is not None:
        statement = statement.where(claim.c.payer_id == payer_id)
    return list((await tx.execute(statement.order_by(claim.c.number).with_for_update())).scalars())


async def handle_file_sent(tx: Tx, payload: Mapping[str, str]) -> None:
    """Job: the file with these claims is with the partner now."""
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    found = await tx.execute(
        sa.select(claim.c.id, claim.c.state, claim.c.patient_id)
        .join(submission, sa.and_(submission.c.practice_id == claim.c.practice_id, submission.c.claim_id == claim.c.id))
        .where(
            claim.c.practice_id == tx.practice_id,
            submission.c.edi_file_id == edi_file_id,
            submission.c.state == "queued",
            claim.c.state == "queued",
        )
        .order_by(claim.c.number)
        .with_for_update(of=claim)
    )
    rows = found.all()
    moves = [
        Move(claim_id=row.id, from_state=row.state, to_state="sent", reason="handed to the clearinghouse")
        for row in rows
    ]
    await move_claims(tx, moves)
    await tx.execute(
        submission.update()
        .where(
            submission.c.practice_id == tx.practice_id,
            submission.c.edi_file_id == edi_file_id,
            submission.c.state == "queued",
        )
        .values(state="sent")
    )
    people = sorted({row.patient_id for row in rows})
    record(tx, "claims.claim.sent", "edi_file", edi_file_id, patient_ids=people, changed={"claims": len(moves)})


async def _submit_payer(
    tx: Tx,
    store: ObjectStore,
    practice: BillingPractice,
    connection: Connection,
    batch: Sequence[tuple[uuid.UUID, Sendable]],
) -> Submitted:
    number = await next_interchange_number(tx, connection.id)
    payer = batch[0][1].payer
    sets = list(_sets(practice, connection, number, batch))
    content = _write(_envelope(connection, number), [one for one, _ in sets])
    edi_file_id = await queue_file(
        tx,
        store,
        connection_id=connection.id,
        transaction_set="837",
        control_number=f"{number:09}",
        name=f"{number:09}-{payer.code.lower()}.837",
        content=content,
    )
    await _store_submissions(tx, edi_file_id, sets)
    await move_claims(
        tx,
        [Move(claim_id=key, from_state="ready", to_state="queued", reason=f"in file {number:09}") for key, _ in batch],
    )
    record(
        tx,
        "claims.claim.submitted",
        "edi_file",
        edi_file_id,
        patient_ids=sorted({one.patient.id for _, one in batch}),
        changed={"claims": len(batch), "payer": payer.code},
    )
    return Submitted(edi_file_id, payer.id, len(batch))


def _write(envelope: Envelope, sets: list[OutgoingSet]) -> bytes:
    try:
        return write_837p(envelope, sets)
    except X12Error as refusal:
        raise CannotWrite(f"the file cannot be written: {refusal}; correct it and submit again") from refusal


def _sets(
    practice: BillingPractice, connection: Connection, number: int, batch: Sequence[tuple[uuid.UUID, Sendable]]
) -> Iterable[tuple[OutgoingSet, list[tuple[uuid.UUID, Sendable]]]]:
    billing = billing_provider(practice)
    instant = now()
    for place, start in enumerate(range(0, len(batch), CLAIMS_PER_SET), start=1):
        part = list(batch[start : start + CLAIMS_PER_SET])
        head = ClaimSet(
            reference=f"{number:09}-{place}",
            created=instant.date(),
            created_time=instant.time().replace(microsecond=0),
            submitter=submitter(practice, connection.submitter_id),
            receiver=Party("40", connection.receiver_name, id_qualifier="46", identifier=connection.receiver_id),
        )
        yield OutgoingSet(f"{place:04}", head, [professional_claim(one, billing) for _, one in part]), part


def _envelope(connection: Connection, number: int) -> Envelope:
    instant: dt.datetime = now()
    return Envelope(
        sender_id=connection.submitter_id,
        receiver_id=connection.receiver_id,
        date=instant.date(),
        time=instant.time(),
        control_number=number,
        group_control_number=number,
        acknowledgment_requested=True,
    )


async def _store_submissions(
    tx: Tx, edi_file_id: uuid.UUID, sets: Sequence[tuple[OutgoingSet, list[tuple[uuid.UUID, Sendable]]]]
) -> None:
    attempts = await _attempts(tx, [key for _, part in sets for key, _ in part])
    rows: list[dict[str, Any]] = []
    for one, part in sets:
        for key, sendable in part:
            attempt = attempts.get((key, sendable.payer_order), 0) + 1
            rows.append(
                {
                    "practice_id": tx.practice_id,
                    "company_id": tx.company_id,
                    "id": named_id("submission", key, sendable.payer_order, attempt),
                    "claim_id": key,
                    "payer_order": sendable.payer_order,
                    "attempt": attempt,
                    "payer_id": sendable.payer.id,
                    "frequency": "1",
                    "edi_file_id": edi_file_id,
                    "set_control_number": one.control_number,
                    "state": "queued",
                    "problem": "",
                    "created_at": wall_now(),
                }
            )
    await tx.execute(submission.insert(), rows)


async def _attempts(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, int], int]:
    rows = await tx.execute(
        sa.select(submission.c.claim_id, submission.c.payer_order, sa.func.max(submission.c.attempt).label("last"))
        .where(
            submission.c.practice_id == tx.practice_id,
            submission.c.claim_id == among_ids(claim_ids),
        )
        .group_by(submission.c.claim_id, submission.c.payer_order)
    )
    return {(row.claim_id, row.payer_order): row.last for row in rows}
