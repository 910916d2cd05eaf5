"""Remittances as people and reports read them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.public import patients_of_claims
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from payments.errors import RemittanceNotFound
from payments.tables import remittance, remittance_claim


class RemittanceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One payment by a payer. Amounts in cents; a positive provider adjustment lowers the payment."""

    id: uuid.UUID
    trace_number: str
    payer_name: str
    paid_date: dt.date | None
    amount_cents: int
    claims_paid_cents: int
    provider_adjustment_cents: int
    claim_count: int
    claims_posted: int
    """Claims whose decision is, or was, in the books."""
    claims_held: int
    """Claims that wait for a person; once the payment is posted their money is unapplied."""
    state: str
    problem: str
    plan_digest: str


class RemittanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One claim payment: where it stands in the file, what it is matched to and why."""

    position: int
    claim_number: str
    payer_claim_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    state: str
    problem: str
    claim_id: uuid.UUID | None
    match_reason: str
    offset_bytes: int
    length_bytes: int


class RemittanceView(RemittanceSummary, frozen=True, kw_only=True):
    """A remittance with its rows."""

    rows: list[RemittanceRow]


async def list_remittances(tx: Tx, page: PageAsked | None = None) -> list[RemittanceSummary]:
    """Every remittance of the practice, by payment date, trace number and content: the same order wherever the same files came."""
    columns = remittance.c
    order: tuple[sa.ColumnElement[Any], ...]
    if page is None:
        order = (columns.paid_date, columns.trace_number, columns.fingerprint, columns.id)
    else:  # a key is never null; an advice without a date comes last
        order = (sa.func.coalesce(columns.paid_date, dt.date.max), columns.trace_number, columns.id)
    rows = await tx.execute(paged(_summaries(tx), page, *order))
    return [_struct(RemittanceSummary, row) for row in rows]


async def read_remittance(tx: Tx, remittance_id: uuid.UUID) -> RemittanceView:
    """One remittance with its rows; the reading is on record. Raises RemittanceNotFound."""
    head = (await tx.execute(_summaries(tx).where(remittance.c.id == remittance_id))).one_or_none()
    if head is None:
        raise RemittanceNotFound("there is no such remittance in this practice")
    found = await tx.execute(
        sa.select(remittance_claim)
        .where(remittance_claim.c.practice_id == tx.practice_id, remittance_claim.c.remittance_id == remittance_id)
        .order_by(remittance_claim.c.position)
    )
    rows = found.all()
    record(tx, "payments.remittance.read", "remittance", remittance_id, patient_ids=await patients_remitted(tx, rows))
    summary: RemittanceSummary = _struct(RemittanceSummary, head)
    return RemittanceView(**msgspec.structs.asdict(summary), rows=[_struct(RemittanceRow, row) for row in rows])


async def patients_remitted(tx: Tx, rows: Sequence[sa.Row[Any]]) -> list[uuid.UUID]:
    """The patients of rows of `remittance_claim`, as far as their claims are known to us."""
    matched = [row.claim_id for row in rows if row.claim_id is not None]
    return await patients_of_claims(tx, matched, numbers=[row.claim_number for row in rows])


async def patients_remitted_in(tx: Tx, edi_file_id: uuid.UUID) -> list[uuid.UUID]:
    """The patients whose claims are paid or denied in this file, each once."""
    rows = await tx.execute(
        sa.select(remittance_claim.c.claim_id, remittance_claim.c.claim_number)
        .join(
            remittance,
            sa.and_(
                remittance.c.practice_id == remittance_claim.c.practice_id,
                remittance.c.id == remittance_claim.c.remittance_id,
            ),
        )
        .where(remittance_claim.c.practice_id == tx.practice_id, remittance.c.edi_file_id == edi_file_id)
    )
    return await patients_remitted(tx, rows.all())


def _summaries(tx: Tx) -> sa.Select[Any]:
    """Remittances with how many of their claims are in the books and how many wait."""
    state = remittance_claim.c.state
    counts = (
        sa.select(
            remittance_claim.c.remittance_id,
            sa.func.count().filter(state.in_(("posted", "reversed"))).label("claims_posted"),
            sa.func.count().filter(state == "held").label("claims_held"),
        )
        .where(remittance_claim.c.practice_id == tx.practice_id)
        .group_by(remittance_claim.c.remittance_id)
        .subquery()
    )
    return (
        sa.select(
            remittance,
            sa.func.coalesce(counts.c.claims_posted, 0).label("claims_posted"),
            sa.func.coalesce(counts.c.claims_held, 0).label("claims_held"),
        )
        .outerjoin(counts, counts.c.remittance_id == remittance.c.id)
        .where(remittance.c.practice_id == tx.practice_id)
    )


def _struct(kind: Any, row: sa.Row[Any]) -> Any:
    return kind(**{field.name: getattr(row, field.name) for field in msgspec.structs.fields(kind)})
