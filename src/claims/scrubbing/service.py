"""Scrub claims: one path for new, corrected, released and next-payer claims. Findings replace those of the run before."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from audit.public import record
from claims.history import Move, move_claims
from claims.scrubbing.engine import Finding, is_clean, run_rules
from claims.scrubbing.rules.catalog import RULES
from claims.scrubbing.snapshot import ClaimSnapshot, LineSnapshot
from claims.tables import claim, claim_line, encounter, finding
from credentialing.public import enrollments_in_force
from directory.public import payers_by_id
from kernel.clock import today
from kernel.db.transaction import Tx
from patients.public import coverages_by_id, patients_by_id
from tenancy.public import practice_profile

SCRUBBED_STATES = frozenset({"held", "ready", "rejected"})


async def handle_enrollment_approved(tx: Tx, payload: Mapping[str, str]) -> None:
    """Job: look again at the held claims of the provider and payer whose enrollment was approved, and at no others."""
    rows = await tx.execute(
        sa.select(claim.c.id).where(
            claim.c.practice_id == tx.practice_id,
            claim.c.state == "held",
            claim.c.provider_id == uuid.UUID(payload["provider_id"]),
            claim.c.payer_id == uuid.UUID(payload["payer_id"]),
        )
    )
    await scrub(tx, list(rows.scalars()))


async def scrub(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> None:
    """Run the rules over claims that have not gone out, keep what they find, release the clean and hold the others."""
    if not claim_ids:
        return
    snapshots = await load_snapshots(tx, claim_ids)
    found = {one.claim_id: run_rules(one, RULES) for one in snapshots if one.state in SCRUBBED_STATES}
    await _replace_findings(tx, found)
    moves = [
        Move(claim_id=one.claim_id, from_state=one.state, to_state=to_state, reason=_reason(found[one.claim_id]))
        for one in snapshots
        if one.claim_id in found
        for to_state in ["ready" if is_clean(found[one.claim_id]) else "held"]
        if to_state != one.state
    ]
    await move_claims(tx, moves)
    released = sum(move.to_state == "ready" for move in moves)
    await record(
        tx,
        "claims.claim.scrubbed",
        "claim",
        changed={"count": len(found), "released": released, "held": len(moves) - released},
    )


def _reason(findings: Sequence[Finding]) -> str:
    codes = sorted({one.code for one in findings if one.severity == "block"})
    return f"scrubbed: {', '.join(codes)}" if codes else "scrubbed: nothing blocks it"


async def load_snapshots(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> list[ClaimSnapshot]:
    """The pictures of these claims, in a few queries whatever their number, in the order of claim numbers."""
    rows = await _claims(tx, claim_ids)
    lines = await _lines(tx, claim_ids)
    patients = await patients_by_id(tx, list({row.patient_id for row in rows}))
    coverages = await coverages_by_id(tx, list({row.coverage_id for row in rows}))
    payers, book = await payers_by_id(tx), await enrollments_in_force(tx)
    day = today((await practice_profile(tx)).time_zone)
    return [
        ClaimSnapshot(
            claim_id=row.id,
            number=row.number,
            state=row.state,
            charge_cents=row.charge_cents,
            service_date=row.service_date,
            place_of_service=row.place_of_service,
            diagnoses=tuple(row.diagnoses),
            rendering_npi=row.rendering_npi,
            provider_known=row.provider_id is not None,
            enrolled=row.provider_id is not None and book.covers(row.provider_id, row.payer_id, row.service_date),
            referring_npi=row.referring_npi,
            referring_last_name=row.referring_last_name,
            patient=patients[row.patient_id],
            coverage=coverages[row.coverage_id],
            timely_filing_days=payers[row.payer_id].timely_filing_days,
            payer_order=row.payer_order,
            lines=tuple(lines.get(row.id, ())),
            today=day,
        )
        for row in rows
    ]


async def _claims(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    statement = (
        sa.select(
            claim,
            encounter.c.place_of_service,
            encounter.c.diagnoses,
            encounter.c.rendering_npi,
            encounter.c.referring_npi,
            encounter.c.referring_last_name,
        )
        .join(
            encounter, sa.and_(encounter.c.practice_id == claim.c.practice_id, encounter.c.id == claim.c.encounter_id)
        )
        .where(claim.c.practice_id == tx.practice_id, claim.c.id == _among(claim_ids))
        .order_by(claim.c.number)
        .with_for_update(of=claim)
    )
    return (await tx.execute(statement)).all()


async def _lines(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[LineSnapshot]]:
    found: dict[uuid.UUID, list[LineSnapshot]] = {}
    for row in await tx.execute(
        sa.select(claim_line)
        .where(claim_line.c.practice_id == tx.practice_id, claim_line.c.claim_id == _among(claim_ids))
        .order_by(claim_line.c.claim_id, claim_line.c.line_number)
    ):
        found.setdefault(row.claim_id, []).append(
            LineSnapshot(
                line_number=row.line_number,
                procedure_code=row.procedure_code,
                modifiers=tuple(row.modifiers),
                units=row.units,
                charge_cents=row.charge_cents,
                pointers=tuple(row.pointers),
                service_date=row.service_date,
            )
        )
    return found


def _among(ids: Sequence[uuid.UUID]) -> Any:
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))


async def _replace_findings(tx: Tx, found: Mapping[uuid.UUID, Sequence[Finding]]) -> None:
    await tx.execute(
        finding.delete().where(finding.c.practice_id == tx.practice_id, finding.c.claim_id == _among(list(found)))
    )
    rows = [
        {
            "practice_id": tx.practice_id,
            "company_id": tx.company_id,
            "claim_id": claim_id,
            "position": position,
            "code": one.code,
            "severity": one.severity,
            "field": one.field,
            "message": one.message,
        }
        for claim_id, findings in found.items()
        for position, one in enumerate(findings, start=1)
    ]
    if rows:
        await tx.execute(finding.insert(), rows)
