"""Jobs of a practice that is suspended or has left stand still: nothing is sent, nothing is lost, and they go on when it is resumed.

The relay leaves their rows unsent. A message that was on its way already is put back by whoever would run it.
"""

import sqlalchemy as sa

from kernel.jobs.outbox import outbox

# The practice is read by name: its package stands above this one.
_practice = sa.table("practice", sa.column("practice_id"), sa.column("status"), schema="app")

STANDS_STILL = (
    sa.select(_practice.c.practice_id)
    .where(_practice.c.practice_id == outbox.c.practice_id, _practice.c.status != "active")
    .exists()
)
"""A condition on outbox rows: their practice is not active."""
