"""What the scrubber said of a claim, with what it looked at and what it could not."""

import uuid

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.errors import ClaimNotFound
from claims.scrubbing.engine import Finding
from claims.scrubbing.rules.catalog import RULES, UNCHECKED
from claims.tables import claim, finding
from kernel.db.transaction import Tx


class RuleView(msgspec.Struct, frozen=True):
    """A rule that ran."""

    code: str
    subject: str


class ScrubReport(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of the last run. A claim without any passed the rules listed, and those alone."""

    claim_id: uuid.UUID
    state: str
    findings: list[Finding]
    rules: list[RuleView]
    unchecked: list[str]


async def read_findings(tx: Tx, claim_id: uuid.UUID) -> ScrubReport:
    """The report of one claim; the reading is on record. Raises ClaimNotFound."""
    row = (
        await tx.execute(
            sa.select(claim.c.state, claim.c.patient_id).where(
                claim.c.practice_id == tx.practice_id, claim.c.id == claim_id
            )
        )
    ).one_or_none()
    if row is None:
        raise ClaimNotFound("there is no such claim in this practice")
    record(tx, "claims.finding.read", "claim", claim_id, patient_ids=[row.patient_id])
    return ScrubReport(
        claim_id=claim_id,
        state=row.state,
        findings=await findings_of(tx, claim_id),
        rules=[RuleView(rule.code, rule.subject) for rule in RULES],
        unchecked=list(UNCHECKED),
    )


async def findings_of(tx: Tx, claim_id: uuid.UUID) -> list[Finding]:
    """What the last run found, in the order of the rules."""
    rows = await tx.execute(
        sa.select(finding)
        .where(finding.c.practice_id == tx.practice_id, finding.c.claim_id == claim_id)
        .order_by(finding.c.position)
    )
    return [Finding(row.code, row.severity, row.field, row.message) for row in rows]
