"""Whose claims they are: the patients behind claims and files, so that the audit log can name them."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from claims.tables import claim, submission
from kernel.db.among import among_ids, among_texts
from kernel.db.transaction import Tx


async def patients_of_claims(tx: Tx, ids: Sequence[uuid.UUID] = (), *, numbers: Sequence[str] = ()) -> list[uuid.UUID]:
    """The patients of the practice's claims with these ids or numbers, each once."""
    by_id = among_ids(ids)
    by_number = among_texts(numbers)
    found = sa.select(claim.c.patient_id).where(claim.c.practice_id == tx.practice_id).distinct()
    rows = await tx.execute(found.where(sa.or_(claim.c.id == by_id, claim.c.number == by_number)))
    return sorted(rows.scalars())


async def patients_submitted_in(tx: Tx, edi_file_id: uuid.UUID) -> list[uuid.UUID]:
    """The patients whose claims we sent in this file, each once."""
    rows = await tx.execute(
        sa.select(claim.c.patient_id)
        .join(submission, sa.and_(submission.c.practice_id == claim.c.practice_id, submission.c.claim_id == claim.c.id))
        .where(claim.c.practice_id == tx.practice_id, submission.c.edi_file_id == edi_file_id)
        .distinct()
    )
    return sorted(rows.scalars())
