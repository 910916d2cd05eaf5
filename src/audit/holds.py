"""Legal holds: while a practice has one, none of its events is dropped, however old."""

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from audit.recording import record
from audit.tables import audit_hold
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import Conflict
from kernel.ids import new_id

_ACTIONS = {"placed": "audit.hold.placed", "released": "audit.hold.released"}
_HELD = sa.text("""
    select practice_id from (
        select distinct on (practice_id) practice_id, state from app.audit_hold order by practice_id, decided_at desc, id desc) as newest
    where state = 'placed' order by practice_id
""")


async def place_hold(tx: Tx, reason: str) -> None:
    """Hold this practice's events. Raises Conflict when they are held already."""
    await _decide(tx, "placed", reason)


async def release_hold(tx: Tx, reason: str) -> None:
    """End the hold. Raises Conflict when there is none."""
    await _decide(tx, "released", reason)


async def held_practices(tx: Tx) -> list[uuid.UUID]:
    """The practices with a hold, as far as this transaction sees."""
    return list((await tx.execute(_HELD)).scalars())


def refuse_held(held: Iterable[uuid.UUID], concerned: Iterable[uuid.UUID]) -> None:
    """Raises Conflict naming the practices that are held and concerned."""
    both = sorted(str(one) for one in set(held) & set(concerned))
    if both:
        raise Conflict(f"events of these practices are under legal hold and stay: {', '.join(both)}")


async def _decide(tx: Tx, state: str, reason: str) -> None:
    is_held = tx.practice_id in await held_practices(tx)
    if is_held == (state == "placed"):
        raise Conflict("this practice is held already" if is_held else "this practice has no hold")
    values = {
        "practice_id": tx.practice_id,
        "company_id": tx.company_id,
        "id": new_id(),
        "state": state,
        "reason": reason,
        "user_id": tx.scope.user_id,
        "decided_at": wall_now(),
    }
    await tx.execute(audit_hold.insert(), values)
    record(tx, _ACTIONS[state], "practice", tx.practice_id, reason=reason)
