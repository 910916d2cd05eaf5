"""Claims as a remittance may answer them: with their lines, the payer they are with, and the one after it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from claims.tables import claim, claim_line, encounter
from kernel.db.among import among_ids, among_texts
from kernel.db.transaction import Tx
from patients.public import coverages_by_id


class RemittedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a claim that a remittance may answer."""

    id: uuid.UUID
    line_number: int
    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    service_date: dt.date


class RemittedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that a remittance may answer: the payer it is with, and the one after it, if there is one."""

    id: uuid.UUID
    number: str
    patient_id: uuid.UUID
    state: str
    payer_order: int
    payer_id: uuid.UUID
    next_payer_id: uuid.UUID | None
    charge_cents: int
    service_date: dt.date
    payer_claim_number: str
    lines: tuple[RemittedLine, ...]


class PayerInTurn(msgspec.Struct, frozen=True):
    """A payer of a claim and the coverage it pays under."""

    coverage_id: uuid.UUID
    payer_id: uuid.UUID


async def claims_for_remittance(tx: Tx, numbers: Sequence[str], *, lock: bool) -> dict[str, RemittedClaim]:
    """The claims with these control numbers, by number; locked until the transaction ends, for posting, or only looked at."""
    among = among_texts(numbers)
    rows = await find_claims(tx, claim.c.number == among, lock=lock)
    lines = await _lines(tx, [row.id for row in rows])
    turns = await payers_in_turn(tx, rows)
    return {
        row.number: RemittedClaim(
            id=row.id,
            number=row.number,
            patient_id=row.patient_id,
            state=row.state,
            payer_order=row.payer_order,
            payer_id=row.payer_id,
            next_payer_id=turns[row.id][row.payer_order].payer_id if row.payer_order < len(turns[row.id]) else None,
            charge_cents=row.charge_cents,
            service_date=row.service_date,
            payer_claim_number=row.payer_claim_number,
            lines=tuple(lines.get(row.id, ())),
        )
        for row in rows
    }


async def find_claims(tx: Tx, where: sa.ColumnElement[bool], *, lock: bool) -> Sequence[sa.Row[Any]]:
    """Claims with the coverages of their encounters, by number."""
    statement = (
        sa.select(claim, encounter.c.primary_coverage_id, encounter.c.secondary_coverage_id)
        .join(
            encounter,
            sa.and_(encounter.c.practice_id == claim.c.practice_id, encounter.c.id == claim.c.encounter_id),
        )
        .where(claim.c.practice_id == tx.practice_id, where)
        .order_by(claim.c.number)
    )
    return (await tx.execute(statement.with_for_update(of=claim) if lock else statement)).all()


async def payers_in_turn(tx: Tx, rows: Sequence[sa.Row[Any]]) -> dict[uuid.UUID, list[PayerInTurn]]:
    """By claim, its payers in the order in which they pay."""
    turns = {
        row.id: [key for key in (row.primary_coverage_id, row.secondary_coverage_id) if key is not None] for row in rows
    }
    coverages = await coverages_by_id(tx, list({key for keys in turns.values() for key in keys}))
    return {claim_id: [PayerInTurn(key, coverages[key].payer_id) for key in keys] for claim_id, keys in turns.items()}


async def _lines(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[RemittedLine]]:
    found: dict[uuid.UUID, list[RemittedLine]] = {}
    among = among_ids(ids)
    for row in await tx.execute(
        sa.select(claim_line)
        .where(claim_line.c.practice_id == tx.practice_id, claim_line.c.claim_id == among)
        .order_by(claim_line.c.claim_id, claim_line.c.line_number)
    ):
        found.setdefault(row.claim_id, []).append(
            RemittedLine(
                id=row.id,
                line_number=row.line_number,
                control_number=row.control_number,
                procedure_code=row.procedure_code,
                modifiers=tuple(row.modifiers),
                units=row.units,
                charge_cents=row.charge_cents,
                service_date=row.service_date,
            )
        )
    return found
