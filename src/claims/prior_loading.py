"""Which decisions are in force, from the adjudications on file."""

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from claims.prior import PriorDecision, PriorLine
from claims.tables import adjudication
from kernel.db.among import among_ids
from kernel.db.transaction import Tx


async def decisions_in_force(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[PriorDecision, ...]]:
    """For each claim that was decided: the standing decision of each payer, first payer first.

    A payer's later decision replaces its earlier one, and a reversal takes back what stands.
    """
    rows = await tx.execute(
        sa.select(adjudication)
        .where(
            adjudication.c.practice_id == tx.practice_id,
            adjudication.c.claim_id == among_ids(claim_ids),
        )
        .order_by(adjudication.c.claim_id, adjudication.c.sequence)
    )
    standing: dict[uuid.UUID, dict[int, PriorDecision]] = {}
    for row in rows:
        of_claim = standing.setdefault(row.claim_id, {})
        if row.is_reversal:
            of_claim.pop(row.payer_order, None)
        else:
            of_claim[row.payer_order] = PriorDecision(
                payer_order=row.payer_order,
                payer_id=row.payer_id,
                patient_cents=row.patient_cents,
                paid_date=row.paid_date,
                lines=msgspec.convert(row.content["lines"], tuple[PriorLine, ...]),
            )
    return {key: tuple(of_claim[order] for order in sorted(of_claim)) for key, of_claim in standing.items()}
