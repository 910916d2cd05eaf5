"""What may be dropped, and what is said about it: whole months, six years old, intact, held by nobody.

45 CFR 164.316(b)(2)(i) asks for six years. The seals stay for ever; a sealed event in each chain says what went.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from audit.checking import KEPT_YEARS, Dropped, old_enough
from audit.encoding import Seal
from audit.errors import StillKept
from audit.holds import held_practices, refuse_held
from audit.merkle import leaf_hash, root_of
from audit.tables import audit_seal
from kernel.db.transaction import Tx


class DroppedChain(msgspec.Struct, frozen=True):
    """What one chain loses."""

    company_id: uuid.UUID | None
    practice_id: uuid.UUID | None
    dropped: Dropped


async def plan_expiry(tx: Tx, month: str, at: dt.datetime) -> list[DroppedChain]:
    """What dropping a month (2020-11) takes from each chain, as the login role `sealer` sees it.

    Raises StillKept for a month that is younger than six years or has no seals, Conflict for one with events under legal hold.
    """
    if not old_enough(month, at):
        raise StillKept(f"events of {month} are kept for {KEPT_YEARS} years from the month's end")
    rows = (
        await tx.execute(
            sa.select(audit_seal.c.chain, audit_seal.c.company_id, audit_seal.c.practice_id, audit_seal.c.body)
            .where(audit_seal.c.month == month)
            .order_by(audit_seal.c.chain, audit_seal.c.number)
        )
    ).all()
    if not rows:
        raise StillKept(f"there are no sealed events of {month}")
    refuse_held(await held_practices(tx), {row.practice_id for row in rows if row.practice_id})
    chains: dict[str, list[sa.Row[tuple[str, uuid.UUID | None, uuid.UUID | None, str]]]] = {}
    for row in rows:
        chains.setdefault(row.chain, []).append(row)
    return [
        DroppedChain(own[0].company_id, own[0].practice_id, _dropped(month, [row.body for row in own]))
        for own in chains.values()
    ]


def _dropped(month: str, bodies: Sequence[str]) -> Dropped:
    seals = [msgspec.json.decode(body, type=Seal) for body in bodies]
    root = root_of([leaf_hash(body.encode()) for body in bodies]).hex()
    return Dropped(month, sum(seal.count for seal in seals), len(seals), root)
