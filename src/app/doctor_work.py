"""What `billwright doctor` asks about the processes: is what they should have done by now, done?"""

import datetime as dt

import sqlalchemy as sa

from app.audit_commands import status_of
from app.doctor_findings import Wrong, operator_scope
from app.resources import Resources
from kernel.db.transaction import open_transaction
from kernel.jobs.outbox import outbox
from kernel.jobs.schedule_tables import schedule, schedule_miss
from kernel.jobs.standstill import STANDS_STILL

LATE = dt.timedelta(minutes=5)
"""What was due so long ago has no process that does it, or too few."""

_NOW = sa.func.now()


async def jobs(resources: Resources) -> str:
    """Whether a worker takes what waits, and nothing was given up that a person must look at."""
    waits = (outbox.c.done_at.is_(None), outbox.c.dead_at.is_(None), outbox.c.due_at < _NOW - LATE, ~STANDS_STILL)
    dead = (outbox.c.dead_at.is_not(None), outbox.c.dismissed_at.is_(None))
    counted = sa.select(sa.func.count()).select_from(outbox)
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        late, given_up = await tx.scalar(counted.where(*waits)), await tx.scalar(counted.where(*dead))
    found = []
    if late:
        found.append(f"waiting over {_minutes()} minutes: {late}; start `billwright worker`, or more of them")
    if given_up:
        found.append(f"dead: {given_up}; see `billwright jobs list --state dead`, then replay or dismiss each")
    if found:
        raise Wrong(". ".join(found))
    return "none waits for long, none is dead"


async def recurring(resources: Resources) -> str:
    """Whether a scheduler runs; runs that were missed within a day are told, and wrong no more."""
    late = sa.select(schedule.c.topic).where(schedule.c.due_at < _NOW - LATE).order_by(schedule.c.topic)
    missed = sa.select(sa.func.coalesce(sa.func.sum(schedule_miss.c.runs), 0)).where(
        schedule_miss.c.found_at > _NOW - dt.timedelta(days=1)
    )
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        topics = [row.topic for row in await tx.execute(late)]
        runs = await tx.scalar(missed)
    if topics:
        raise Wrong(f"{', '.join(topics)} should have run over {_minutes()} minutes ago: start `billwright scheduler`")
    return f"nothing is late; missed in the last day, and caught up: {runs}" if runs else "nothing is late"


async def sealing(resources: Resources) -> str:
    """Whether a sealer keeps up with the audit log, and its copies with the sealer."""
    status = await status_of(resources)
    if status.alarms:
        waiting = f"{status.lag.events} audit events wait, the oldest for {status.lag.seconds:.0f} s"
        raise Wrong(f"{waiting}; {'; '.join(status.alarms)}: see to `billwright sealer`")
    return "the audit log is sealed as it grows"


def _minutes() -> int:
    return int(LATE.total_seconds() // 60)
