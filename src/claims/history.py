"""Claims change state here and nowhere else: the table of moves is asked, the history is written, the version is raised."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from claims.states import move
from claims.tables import claim, claim_event
from kernel.clock import now, wall_now
from kernel.db.among import among_ids
from kernel.db.transaction import Tx


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A claim on its way: from the state it was read in, to another or the same, for a reason, with what else changes."""

    claim_id: uuid.UUID
    from_state: str
    to_state: str
    reason: str
    changes: Mapping[str, Any] = {}


async def move_claims(tx: Tx, moves: Sequence[Move]) -> None:
    """Make these moves in order; a claim may make several, and each is a step of its history.

    All moves of one call change the same columns. Raises IllegalClaimMove before anything is written.
    """
    for one in moves:
        if one.from_state != one.to_state:
            move(one.from_state, one.to_state)
    if not moves:
        return
    columns = sorted(moves[0].changes)
    final = {one.claim_id: one for one in moves}
    steps = Counter(one.claim_id for one in moves)
    await tx.execute(
        claim.update()
        .where(claim.c.practice_id == sa.bindparam("b_practice"), claim.c.id == sa.bindparam("b_claim"))
        .values(
            state=sa.bindparam("b_state"),
            version=claim.c.version + sa.bindparam("b_steps"),
            updated_at=sa.bindparam("b_now"),
            **{column: sa.bindparam(f"b_{column}") for column in columns},
        ),
        [
            {
                "b_practice": tx.practice_id,
                "b_claim": claim_id,
                "b_state": one.to_state,
                "b_steps": steps[claim_id],
                "b_now": wall_now(),
                **{f"b_{column}": one.changes[column] for column in columns},
            }
            for claim_id, one in final.items()
        ],
    )
    await write_events(tx, moves)


async def write_events(tx: Tx, moves: Sequence[Move]) -> None:
    """Add to the claims' histories, numbered on from what is there."""
    position = await _last_positions(tx, [one.claim_id for one in moves])
    rows = []
    for one in moves:
        position[one.claim_id] += 1
        rows.append(
            {
                "practice_id": tx.practice_id,
                "company_id": tx.company_id,
                "claim_id": one.claim_id,
                "position": position[one.claim_id],
                "from_state": one.from_state,
                "to_state": one.to_state,
                "reason": one.reason,
                "actor_id": tx.scope.user_id,
                "occurred_at": now(),
            }
        )
    if rows:
        await tx.execute(claim_event.insert(), rows)


async def _last_positions(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> Counter[uuid.UUID]:
    rows = await tx.execute(
        sa.select(claim_event.c.claim_id, sa.func.max(claim_event.c.position).label("last"))
        .where(
            claim_event.c.practice_id == tx.practice_id,
            claim_event.c.claim_id == among_ids(claim_ids),
        )
        .group_by(claim_event.c.claim_id)
    )
    return Counter({row.claim_id: row.last for row in rows})
