"""Rows of claims with their encounters, and of their lines: what scrubbing and writing both start from."""

import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from claims.tables import claim, claim_line, encounter
from kernel.db.among import among_ids
from kernel.db.transaction import Tx

_SEEN = (
    encounter.c.place_of_service,
    encounter.c.prior_authorization,
    encounter.c.diagnoses,
    encounter.c.rendering_npi,
    encounter.c.referring_npi,
    encounter.c.referring_last_name,
    encounter.c.referring_first_name,
    encounter.c.primary_coverage_id,
    encounter.c.secondary_coverage_id,
)


async def claim_rows(tx: Tx, claim_ids: Sequence[uuid.UUID], *, lock: bool = False) -> Sequence[sa.Row[Any]]:
    """These claims with what their encounters say, by claim number; `lock` holds the claims until the transaction ends."""
    statement = (
        sa.select(claim, *_SEEN)
        .join(
            encounter,
            sa.and_(encounter.c.practice_id == claim.c.practice_id, encounter.c.id == claim.c.encounter_id),
        )
        .where(claim.c.practice_id == tx.practice_id, claim.c.id == among_ids(claim_ids))
        .order_by(claim.c.number)
    )
    return (await tx.execute(statement.with_for_update(of=claim) if lock else statement)).all()


async def line_rows(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[sa.Row[Any]]]:
    """The lines of each claim, in order; every claim has some."""
    rows = await tx.execute(
        sa.select(claim_line)
        .where(claim_line.c.practice_id == tx.practice_id, claim_line.c.claim_id == among_ids(claim_ids))
        .order_by(claim_line.c.claim_id, claim_line.c.line_number)
    )
    return {claim_id: tuple(lines) for claim_id, lines in groupby(rows, key=lambda row: row.claim_id)}
