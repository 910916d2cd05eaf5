"""Jobs of a practice that is suspended or has left stand still: nothing is sent, nothing is lost, and they go on when it is resumed.

The relay leaves their rows unsent. A message that was on its way already is put back by whoever would run it.
"""

import sqlalchemy as sa

from kernel.db.transaction import Tx
from kernel.jobs.outbox import outbox

MAY_RUN = sa.text(
    "not exists (select from app.practice p where p.practice_id = outbox.practice_id and p.status <> 'active')"
)
"""A condition on outbox rows, for the relay. The practice is read by name: its package stands above this one."""

_STANDS_STILL = sa.text("select exists (select from app.practice where practice_id = :practice and status <> 'active')")


async def stands_still(tx: Tx) -> bool:
    """Whether jobs of this transaction's practice wait."""
    if tx.scope.practice_id is None:
        return False
    return bool(await tx.scalar(_STANDS_STILL, {"practice": tx.practice_id}))


async def put_back(tx: Tx, row_id: object) -> None:
    """Let the relay find a row again, once it may be run."""
    await tx.execute(outbox.update().where(outbox.c.id == row_id).values(sent_at=None))
