"""Everything planning needs, read in a few queries whatever the number of claims."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from claims.public import RemittedClaim, claims_for_remittance
from kernel.db.transaction import Tx
from ledger.public import Account, insurance_account, open_items, transfers_of_groups
from payments.posting import ClaimFacts
from payments.remittance.content import KeptClaim
from payments.remittance.matching import Match, match_claim, match_lines
from payments.remittance.posting_plan import OriginalRow, OurSide, Row
from payments.tables import remittance_claim

ORDER_BY_STATUS = {"1": 1, "19": 1, "2": 2, "20": 2, "3": 3, "21": 3}
"""Which payer answers, where the claim status says so (CLP02); a denial or reversal says nothing of it."""

NOT_OURS = Match(0, "no claim has this number")


async def load_rows(tx: Tx, head: sa.Row[Any], *, lock: bool) -> list[Row]:
    """The claim payments of a remittance, each with the claim it means and what is in the books about it; to post, locked."""
    stored = (
        await tx.execute(
            sa.select(remittance_claim)
            .where(remittance_claim.c.practice_id == tx.practice_id, remittance_claim.c.remittance_id == head.id)
            .order_by(remittance_claim.c.position)
        )
    ).all()
    kept = {row.position: msgspec.convert(row.content, KeptClaim) for row in stored}
    ours = await claims_for_remittance(tx, sorted({one.claim_number for one in kept.values()}), lock=lock)
    ids = [claim.id for claim in ours.values()]
    earlier = await _earlier(tx, ids)
    open_cents = await _open_with_insurers(tx, ids)
    taken = await _taken_by(tx, earlier)
    return [
        _row(position, one, ours.get(one.claim_number), head, earlier, open_cents, taken)
        for position, one in kept.items()
    ]


OpenCents = Mapping[tuple[Account, uuid.UUID], int]
TakenCents = Mapping[tuple[uuid.UUID, Account, uuid.UUID], int]


def _row(
    position: int,
    kept: KeptClaim,
    claim: RemittedClaim | None,
    head: sa.Row[Any],
    earlier: Mapping[uuid.UUID, Sequence[OriginalRow]],
    open_cents: OpenCents,
    taken: TakenCents,
) -> Row:
    if claim is None:
        return Row(position=position, kept=kept, match=NOT_OURS, ours=None)
    before = earlier.get(claim.id, ())
    original = _original(kept, before) if kept.is_reversal else None
    order = original.payer_order if original else ORDER_BY_STATUS.get(kept.status_code, claim.payer_order)
    standing = tuple(one for one in before if one.payer_order == order)
    receivable = insurance_account(order)
    # A decision posts only once those before it are taken back, so what they took is open again by then.
    open_by_line = {
        line.id: open_cents.get((receivable, line.id), 0)
        + sum(taken.get((one.entry_id, receivable, line.id), 0) for one in standing if one.entry_id)
        for line in claim.lines
    }
    return Row(
        position=position,
        kept=kept,
        match=match_claim(kept, claim),
        ours=OurSide(
            facts=_facts(claim, order, head.payer_id, open_by_line),
            lines=match_lines(kept.lines, claim.lines),
            charges={line.id: line.charge_cents for line in claim.lines},
            original=original,
            standing=standing,
            payer_differs=order == claim.payer_order and head.payer_id != claim.payer_id,
            answers_early=order > claim.payer_order,
        ),
    )


def _original(kept: KeptClaim, before: Sequence[OriginalRow]) -> OriginalRow | None:
    """The posted row a reversal takes back: the payer's own number, and the same amounts with the sign turned."""
    for one in before:
        content = one.content
        if (content.payer_claim_number, content.paid_cents) == (kept.payer_claim_number, -kept.paid_cents):
            return one
    return before[0] if len(before) == 1 else None


def _facts(
    claim: RemittedClaim,
    order: int,
    payer_id: uuid.UUID | None,
    open_by_line: Mapping[uuid.UUID, int],
) -> ClaimFacts:
    if order == claim.payer_order:
        answering, following = claim.payer_id, claim.next_payer_id
    else:
        # The claim has moved on to its next payer meanwhile; what this one leaves to the patient still goes there.
        answering = payer_id or claim.payer_id
        following = claim.payer_id if claim.payer_order == order + 1 else None
    return ClaimFacts(
        claim_id=claim.id,
        number=claim.number,
        patient_id=claim.patient_id,
        payer_id=answering,
        payer_order=order,
        next_payer_id=following,
        open_cents=open_by_line,
    )


async def _open_with_insurers(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[tuple[Account, uuid.UUID], int]:
    return {(item.account, item.item_id): item.balance_cents for item in await open_items(tx, claim_ids)}


async def _taken_by(
    tx: Tx, earlier: Mapping[uuid.UUID, Sequence[OriginalRow]]
) -> dict[tuple[uuid.UUID, Account, uuid.UUID], int]:
    """What the entries of earlier decisions took off each line's receivables: by entry, account and line."""
    taken: dict[tuple[uuid.UUID, Account, uuid.UUID], int] = defaultdict(int)
    for one in await transfers_of_groups(tx, list(earlier)) if earlier else ():
        if one.item_id is not None:
            taken[one.entry_id, one.credit, one.item_id] += one.amount_cents
            taken[one.entry_id, one.debit, one.item_id] -= one.amount_cents
    return taken


async def _earlier(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[OriginalRow]]:
    """Posted decisions about these claims that no reversal has taken back."""
    rows = await tx.execute(
        sa.select(remittance_claim)
        .where(
            remittance_claim.c.practice_id == tx.practice_id,
            remittance_claim.c.claim_id.in_(claim_ids),
            remittance_claim.c.state == "posted",
            remittance_claim.c.status_code.notin_(("22", "25")),
        )
        .order_by(remittance_claim.c.remittance_id, remittance_claim.c.position)
    )
    found: dict[uuid.UUID, list[OriginalRow]] = {}
    for row in rows:
        content = msgspec.convert(row.content, KeptClaim)
        original = OriginalRow(row.remittance_id, row.position, row.entry_id, row.payer_order, content)
        found.setdefault(row.claim_id, []).append(original)
    return found
