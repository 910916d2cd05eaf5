"""A practice's life with the company: suspended and resumed, or gone for good.

Suspended: people can read, nothing can be written or sent, jobs and the scheduler wait. Offboarded: its own people have no access
any more; administrators and auditors of the company may read. What these words allow is decided in `held` and `kernel.jobs.standstill`.
"""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.db.transaction import Tx
from kernel.errors import Conflict, NotFound
from kernel.jobs.outbox import count_open
from tenancy.memberships import end_memberships_in, held_in
from tenancy.tables import practice

NO_SUCH_PRACTICE = "there is no such practice in your company"

_NEXT = {
    "suspended": ({"active"}, "only an active practice can be suspended"),
    "active": ({"suspended"}, "only a suspended practice can be resumed"),
    "offboarded": ({"active", "suspended"}, "only an active or suspended practice can be offboarded"),
}
_ACTIONS = {
    "suspended": "tenancy.practice.suspended",
    "active": "tenancy.practice.resumed",
    "offboarded": "tenancy.practice.offboarded",
}


OpenWork = Mapping[str, Callable[[Tx], Awaitable[int]]]
"""How to count what is open, by its name; handed in by `app`, because the packages that know stand above this one."""


class Offboarding(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving would end, and the digest by which a person confirms having seen exactly this."""

    practice_id: uuid.UUID
    name: str
    status: str
    people: int
    roles: int
    open_jobs: int
    open_work: Mapping[str, int]
    digest: str


async def suspend_practice(tx: Tx, *, reason: str) -> None:
    """Stop all work of this transaction's practice. Raises NotFound, or Conflict unless it is active."""
    await _move(tx, "suspended", reason=reason)


async def resume_practice(tx: Tx, *, reason: str) -> None:
    """Go on; the jobs that waited run. Raises NotFound, or Conflict unless it is suspended."""
    await _move(tx, "active", reason=reason)


async def preview_offboarding(tx: Tx, open_work: OpenWork) -> Offboarding:
    """What ends when this transaction's practice leaves. Raises NotFound, or Conflict when it has left."""
    row = await _locked(tx)
    _refuse_step(row.status, "offboarded")
    held = await held_in(tx, tx.practice_id)
    open_jobs = await count_open(tx)
    counted = {what: await count(tx) for what, count in open_work.items()}
    seen = [
        str(tx.practice_id),
        row.status,
        str(open_jobs),
        str(sorted(counted.items())),
        *sorted(str(one.id) for one in held),
    ]
    return Offboarding(
        practice_id=tx.practice_id,
        name=row.name,
        status=row.status,
        people=len({one.user_id for one in held}),
        roles=len(held),
        open_jobs=open_jobs,
        open_work=counted,
        digest=hashlib.sha256("\n".join(seen).encode()).hexdigest(),
    )


async def offboard_practice(tx: Tx, open_work: OpenWork, *, digest: str, reason: str) -> Offboarding:
    """End a practice's time with the company, as previewed. Raises NotFound, or Conflict when something changed since the preview."""
    seen = await preview_offboarding(tx, open_work)
    if seen.digest != digest:
        raise Conflict("the practice has changed since the preview: look at it again, and confirm that one")
    await end_memberships_in(tx, tx.practice_id, reason="the practice left")
    await _move(tx, "offboarded", reason=reason)
    return seen


async def _move(tx: Tx, to: str, *, reason: str) -> None:
    row = await _locked(tx)
    _refuse_step(row.status, to)
    await tx.execute(practice.update().where(practice.c.practice_id == tx.practice_id).values(status=to))
    record(
        tx,
        _ACTIONS[to],
        "practice",
        tx.practice_id,
        changed={"status": {"before": row.status, "after": to}},
        reason=reason,
    )


def _refuse_step(status: str, to: str) -> None:
    allowed, otherwise = _NEXT[to]
    if status not in allowed:
        raise Conflict(f"{otherwise}; this one is {status}")


async def _locked(tx: Tx) -> sa.Row[tuple[str, str]]:
    """Row security shows the practice only to a scope of its own company."""
    statement = sa.select(practice.c.name, practice.c.status).where(practice.c.practice_id == tx.practice_id)
    row = (await tx.execute(statement.with_for_update())).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_PRACTICE)
    return row
