"""Claims as people and other packages read them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.claim_rows import line_rows
from claims.errors import ClaimNotFound
from claims.history import Move, move_claims
from claims.scrubbing.engine import Finding
from claims.scrubbing.reading import findings_of
from claims.tables import claim, claim_event, claim_line
from kernel.db.among import among_ids
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from ledger.public import RECEIVABLES, open_items


class ClaimSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A claim in a list. `version` is raised by every change."""

    id: uuid.UUID
    number: str
    state: str
    patient_id: uuid.UUID
    payer_id: uuid.UUID
    payer_order: int
    service_date: dt.date
    charge_cents: int
    payer_claim_number: str
    version: int


class ClaimLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a claim."""

    line_number: int
    procedure_code: str
    modifiers: list[str]
    units: int
    charge_cents: int


class HistoryView(msgspec.Struct, frozen=True):
    """One step of a claim's life."""

    from_state: str
    to_state: str
    reason: str
    occurred_at: dt.datetime


class ClaimView(ClaimSummary, frozen=True, kw_only=True):
    """A claim with its lines, findings and history."""

    lines: list[ClaimLine]
    findings: list[Finding]
    history: list[HistoryView]


class PatientClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as the patient's bill needs it."""

    id: uuid.UUID
    number: str
    state: str
    service_date: dt.date
    provider_id: uuid.UUID | None
    payer_id: uuid.UUID
    lines: tuple[ClaimLine, ...]


async def list_claims(tx: Tx, *, state: str | None, page: PageAsked) -> list[ClaimSummary]:
    """Claims by number, a page and one more; the reading is on record."""
    statement = sa.select(claim).where(claim.c.practice_id == tx.practice_id)
    if state is not None:
        statement = statement.where(claim.c.state == state)
    rows = (await tx.execute(paged(statement, page, claim.c.number))).all()
    record(tx, "claims.claim.listed", "claim", patient_ids=sorted({row.patient_id for row in rows[: page.limit]}))
    return [_summary(row) for row in rows]


async def read_claim(tx: Tx, claim_id: uuid.UUID) -> ClaimView:
    """One claim. Raises ClaimNotFound, the same for another practice's id and for nobody's. The reading is on record."""
    row = (
        await tx.execute(sa.select(claim).where(claim.c.practice_id == tx.practice_id, claim.c.id == claim_id))
    ).one_or_none()
    if row is None:
        raise ClaimNotFound("there is no such claim in this practice")
    record(tx, "claims.claim.read", "claim", claim_id, patient_ids=[row.patient_id])
    lines = await line_rows(tx, [claim_id])
    events = await tx.execute(
        sa.select(claim_event)
        .where(claim_event.c.practice_id == tx.practice_id, claim_event.c.claim_id == claim_id)
        .order_by(claim_event.c.position)
    )
    return ClaimView(
        **msgspec.structs.asdict(_summary(row)),
        lines=[_line(one) for one in lines.get(claim_id, ())],
        findings=await findings_of(tx, claim_id),
        history=[HistoryView(one.from_state, one.to_state, one.reason, one.occurred_at) for one in events],
    )


async def claims_of_patient(tx: Tx, patient_id: uuid.UUID) -> list[PatientClaim]:
    """Every claim of a patient, by service date."""
    rows = (
        await tx.execute(
            sa.select(claim)
            .where(claim.c.practice_id == tx.practice_id, claim.c.patient_id == patient_id)
            .order_by(claim.c.service_date, claim.c.number)
        )
    ).all()
    lines = await line_rows(tx, [row.id for row in rows])
    return [
        PatientClaim(
            id=row.id,
            number=row.number,
            state=row.state,
            service_date=row.service_date,
            provider_id=row.provider_id,
            payer_id=row.payer_id,
            lines=tuple(_line(one) for one in lines.get(row.id, ())),
        )
        for row in rows
    ]


async def count_by_state(tx: Tx) -> dict[str, int]:
    """How many claims the practice has in each state, states in alphabetical order."""
    rows = await tx.execute(
        sa.select(claim.c.state, sa.func.count().label("claims"))
        .where(claim.c.practice_id == tx.practice_id)
        .group_by(claim.c.state)
        .order_by(claim.c.state)
    )
    return {row.state: row.claims for row in rows}


async def count_open_claims(tx: Tx) -> int:
    """How many claims of the practice wait for somebody: us, the payer or the patient."""
    return sum(claims for state, claims in (await count_by_state(tx)).items() if state != "closed")


async def charged_cents(tx: Tx) -> int:
    """The sum of all claim lines of the practice: what the books must explain."""
    total = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(claim_line.c.charge_cents), 0)).where(
            claim_line.c.practice_id == tx.practice_id
        )
    )
    return int(total)


async def service_dates(tx: Tx) -> dict[uuid.UUID, dt.date]:
    """The service date of every claim of the practice, by claim id."""
    rows = await tx.execute(sa.select(claim.c.id, claim.c.service_date).where(claim.c.practice_id == tx.practice_id))
    return {row.id: row.service_date for row in rows}


async def settle_claims(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> None:
    """Close those of these claims that waited for the patient and have nothing open any more."""
    rows = await tx.execute(
        sa.select(claim.c.id, claim.c.state)
        .where(claim.c.practice_id == tx.practice_id, claim.c.id == among_ids(claim_ids), claim.c.state == "patient")
        .order_by(claim.c.number)
        .with_for_update()
    )
    waiting = rows.all()
    still_open = {item.group_id for item in await open_items(tx, [row.id for row in waiting], RECEIVABLES)}
    await move_claims(
        tx,
        [
            Move(claim_id=row.id, from_state=row.state, to_state="closed", reason="paid by the patient")
            for row in waiting
            if row.id not in still_open
        ],
    )


def _summary(row: sa.Row[Any]) -> ClaimSummary:
    names = [field.name for field in msgspec.structs.fields(ClaimSummary)]
    return ClaimSummary(**{name: getattr(row, name) for name in names})


def _line(row: sa.Row[Any]) -> ClaimLine:
    return ClaimLine(
        line_number=row.line_number,
        procedure_code=row.procedure_code,
        modifiers=list(row.modifiers),
        units=row.units,
        charge_cents=row.charge_cents,
    )
