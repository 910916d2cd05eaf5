"""What a person does about jobs: look at them, replay what is dead, dismiss what is not wanted any more.

An operator's work, over all practices: it runs as `intake`, which sees every outbox row. The payload holds ids, and is not shown.
"""

import datetime as dt
import uuid
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Invalid, NotFound
from kernel.jobs.listeners import Recorder
from kernel.jobs.outbox import outbox

State = Literal["waiting", "sent", "done", "dead", "dismissed"]
LONGEST_REASON = 200


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as people see it; `problem` is what its last attempt said."""

    id: uuid.UUID
    topic: str
    state: str
    attempts: int
    problem: str | None
    dismissal: str | None
    company_id: uuid.UUID | None
    practice_id: uuid.UUID | None
    user_id: uuid.UUID | None
    request_id: str
    created_at: dt.datetime
    due_at: dt.datetime
    sent_at: dt.datetime | None
    started_at: dt.datetime | None
    done_at: dt.datetime | None


_STATE = sa.case(
    (outbox.c.done_at.is_not(None), "done"),
    (outbox.c.dismissed_at.is_not(None), "dismissed"),
    (outbox.c.dead_at.is_not(None), "dead"),
    (outbox.c.sent_at.is_not(None), "sent"),
    else_="waiting",
).label("state")
_SHOWN = sa.select(_STATE, *(outbox.c[name] for name in Job.__struct_fields__ if name != "state"))


async def list_jobs(
    tx: Tx, *, state: str | None = None, topic: str | None = None, practice_id: uuid.UUID | None = None, limit: int = 50
) -> list[Job]:
    """The newest jobs that fit, newest first."""
    statement = _SHOWN.order_by(outbox.c.created_at.desc(), outbox.c.id).limit(limit)
    for column, wanted in ((_STATE, state), (outbox.c.topic, topic), (outbox.c.practice_id, practice_id)):
        if wanted is not None:
            statement = statement.where(column.element == wanted if column is _STATE else column == wanted)
    return [_job(row) for row in await tx.execute(statement)]


async def show_job(tx: Tx, job_id: uuid.UUID) -> Job:
    """One job. Raises NotFound."""
    row = (await tx.execute(_SHOWN.where(outbox.c.id == job_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id}; finished jobs are kept for 7 days")
    return _job(row)


async def replay_job(tx: Tx, job_id: uuid.UUID, record: Recorder) -> Job:
    """Have a dead job tried again from its first attempt, or one that rests tried now.

    A job that is done, sent or dismissed is left as it is: replaying it changes nothing. Raises NotFound.
    """
    job = await _locked(tx, job_id)
    if job.state in {"dead", "waiting"}:
        attempts = 0 if job.state == "dead" else job.attempts
        await _mark(tx, job, attempts=attempts, dead_at=None, sent_at=None, due_at=sa.func.now())
        _record(tx, job, "jobs.job.replayed", record, {"topic": job.topic, "attempt": job.attempts})
    return await show_job(tx, job_id)


async def replay_topic(tx: Tx, topic: str, record: Recorder) -> int:
    """Have every dead job of a topic tried again; returns how many there were."""
    dead = sa.select(outbox.c.id).where(
        outbox.c.topic == topic, outbox.c.dead_at.is_not(None), outbox.c.dismissed_at.is_(None)
    )
    ids = list((await tx.execute(dead.order_by(outbox.c.created_at, outbox.c.id))).scalars())
    for job_id in ids:
        await replay_job(tx, job_id, record)
    return len(ids)


async def dismiss_job(tx: Tx, job_id: uuid.UUID, reason: str, record: Recorder) -> Job:
    """Put a dead job aside for good, with the reason; dismissing again changes nothing.

    Raises NotFound, Conflict for a job that is not dead, Invalid for a reason that is empty or over 200 characters.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"give a reason of 1 to {LONGEST_REASON} characters, without anybody's personal data")
    job = await _locked(tx, job_id)
    if job.state == "dismissed":
        return job
    if job.state != "dead":
        raise Conflict(f"job {job_id} is {job.state}; only a dead job can be dismissed")
    await _mark(tx, job, dismissed_at=wall_now(), dismissal=reason.strip())
    _record(tx, job, "jobs.job.dismissed", record, {"topic": job.topic})
    return await show_job(tx, job_id)


async def _locked(tx: Tx, job_id: uuid.UUID) -> Job:
    row = (await tx.execute(_SHOWN.where(outbox.c.id == job_id).with_for_update(skip_locked=True))).one_or_none()
    if row is not None:
        return _job(row)
    await show_job(tx, job_id)
    raise Conflict(f"job {job_id} is running right now; look again when it has ended")


async def _mark(tx: Tx, job: Job, **values: Any) -> None:
    await tx.execute(outbox.update().where(outbox.c.id == job.id).values(**values))


def _record(tx: Tx, job: Job, action: str, record: Recorder, changed: dict[str, Any]) -> None:
    """The event belongs to the practice whose job it is; the acting person stays who they are."""
    scope: Scope = msgspec.structs.replace(tx.scope, company_id=job.company_id, practice_id=job.practice_id)
    record(tx.acting(scope), action, "job", job.id, changed=changed)


def _job(row: sa.Row[Any]) -> Job:
    return msgspec.convert(row, Job, from_attributes=True)
