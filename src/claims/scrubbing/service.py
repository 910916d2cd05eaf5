"""Scrub claims: one path for new, corrected, released, rejected and next-payer claims. Findings replace those of the run before."""

import uuid
from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.errors import ClaimNotFound, NothingToScrub
from claims.history import Move, move_claims
from claims.scrubbing.engine import Finding, blocking_codes, run_rules
from claims.scrubbing.loading import load_snapshots
from claims.scrubbing.rules.catalog import RULES
from claims.scrubbing.snapshot import ClaimSnapshot
from claims.tables import claim, finding
from kernel.db.among import among_ids
from kernel.db.transaction import Tx

SCRUBBED_STATES = frozenset({"held", "ready", "rejected"})
"""Where a claim waits to be sent, for the first time or again."""


class Scrubbed(msgspec.Struct, frozen=True):
    """How many claims were looked at, and how many of them may go or are held now."""

    checked: int
    ready: int
    held: int


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


async def scrub_again(tx: Tx, claim_id: uuid.UUID) -> Scrubbed:
    """Look at one claim again, after a correction or to send a rejected one anew.

    Raises ClaimNotFound, or NothingToScrub for a claim that is not waiting to be sent.
    """
    state = await tx.scalar(
        sa.select(claim.c.state).where(claim.c.practice_id == tx.practice_id, claim.c.id == claim_id)
    )
    if state is None:
        raise ClaimNotFound("there is no such claim in this practice")
    if state not in SCRUBBED_STATES:
        raise NothingToScrub(f"only a claim that is held, ready or rejected can be scrubbed; this one is {state}")
    return await scrub(tx, [claim_id])


async def scrub(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> Scrubbed:
    """Run the rules over claims that wait to be sent, keep what they find, release the clean and hold the others."""
    snapshots = [one for one in await load_snapshots(tx, claim_ids) if one.state in SCRUBBED_STATES]
    if not snapshots:
        return Scrubbed(0, 0, 0)
    found = {one.claim_id: run_rules(one, RULES) for one in snapshots}
    await _replace_findings(tx, found)
    moves = [_move(one, found[one.claim_id]) for one in snapshots]
    await move_claims(tx, [move for move, one in zip(moves, snapshots, strict=True) if _changes(move, one)])
    ready = sum(move.to_state == "ready" for move in moves)
    record(
        tx,
        "claims.claim.scrubbed",
        "claim",
        snapshots[0].claim_id if len(snapshots) == 1 else "",
        patient_ids=sorted({one.patient_id for one in snapshots}),
        changed={"claims": len(snapshots), "ready": ready, "held": len(snapshots) - ready},
    )
    return Scrubbed(len(snapshots), ready, len(snapshots) - ready)


def _move(one: ClaimSnapshot, findings: Sequence[Finding]) -> Move:
    blocked = blocking_codes(findings)
    return Move(
        claim_id=one.claim_id,
        from_state=one.state,
        to_state="held" if blocked else "ready",
        reason=f"scrubbed: {', '.join(blocked)}" if blocked else "scrubbed: nothing blocks it",
        changes={"provider_id": one.provider_id},
    )


def _changes(move: Move, one: ClaimSnapshot) -> bool:
    return move.to_state != one.state or one.provider_id != one.stored_provider_id


async def _replace_findings(tx: Tx, found: Mapping[uuid.UUID, Sequence[Finding]]) -> None:
    among = among_ids(found)
    await tx.execute(finding.delete().where(finding.c.practice_id == tx.practice_id, finding.c.claim_id == among))
    rows = [
        {
            "practice_id": tx.practice_id,
            "company_id": tx.company_id,
            "claim_id": claim_id,
            "position": position,
            **msgspec.structs.asdict(one),
        }
        for claim_id, findings in found.items()
        for position, one in enumerate(findings, start=1)
    ]
    if rows:
        await tx.execute(finding.insert(), rows)
