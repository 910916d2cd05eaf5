"""What an operator does with the audit log: look how far it is sealed, verify it, change its key, drop what is old."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import sqlalchemy as sa

from app.audit_owner import begin_epoch, drop_month
from app.providers import make_signers, make_witness_store
from app.resources import Resources
from audit.checking import Fault, Progress
from audit.public import record
from audit.retention import plan_expiry
from audit.sealing import Lag, lag, last_checkpoint, rotate_key
from audit.verifying import verify_end, verify_page
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict

_HIGHEST = sa.text("select cast(xid::text as bigint) from app.audit_event order by xid desc limit 1")
SEALER = Scope(audience="sealer", role="operator", request_id="command")


class Status(msgspec.Struct, frozen=True):
    """How sealing stands, and whether that is an alarm."""

    lag: Lag
    key: str
    alarm: bool


async def status_of(resources: Resources) -> Status:
    """How far sealing is behind."""
    async with open_transaction(resources.database, SEALER) as tx:
        last, behind = await last_checkpoint(tx), await lag(tx)
    alarm = behind.seconds > resources.settings.audit.alarm_seconds
    return Status(behind, last.next_key if last else "", alarm)


async def verify_log(
    resources: Resources, *, resume: bool, say: Callable[[Progress], None]
) -> tuple[Progress, list[Fault]]:
    """Check everything, or go on where an earlier run stopped without a fault; `say` is called after each page.

    Each page is a transaction of its own, so that no snapshot is held for the whole time.
    """
    store, signers = make_witness_store(resources.settings), make_signers(resources.settings)
    kept = resources.settings.home / "audit" / "verified.json"
    progress = _kept(kept) if resume else Progress()
    faults: list[Fault] = []
    while True:
        async with open_transaction(resources.database, SEALER) as tx:
            found = await verify_page(tx, progress, signers, store)
        if found is None:
            break
        faults += found
        if not faults:
            _keep(kept, progress)
        say(progress)
    async with open_transaction(resources.database, SEALER) as tx:
        faults += await verify_end(tx, progress, store, alarm_seconds=resources.settings.audit.alarm_seconds)
        facts = {"checkpoints": progress.checkpoint, "events": progress.events, "faults": len(faults)}
        await record(tx, "audit.log.verified", "audit_log", changed=facts)
    return progress, faults


async def change_key(resources: Resources) -> str:
    """Hand over to a new key; the new public key."""
    async with open_transaction(resources.database, SEALER) as tx:
        rotated = await rotate_key(tx, make_signers(resources.settings))
        await record(tx, "audit.key.changed", "audit_key", rotated.next_key)
    return rotated.next_key


async def expire_month(resources: Resources, month: str, *, operator: str, reason: str) -> int:
    """Drop a month that is over six years old; how many events. Raises StillKept, or Conflict for what is held or not intact."""
    _, faults = await verify_log(resources, resume=False, say=lambda _: None)
    if faults:
        raise Conflict(f"the log has {len(faults)} faults; nothing is dropped before they are explained: {faults[0]}")
    async with open_transaction(resources.database, SEALER) as tx:
        chains = await plan_expiry(tx, month, wall_now())
    purpose = f"{operator}: {reason}"
    return await asyncio.to_thread(drop_month, resources.settings, month, chains, purpose=purpose)


async def start_epoch(resources: Resources, reason: str) -> None:
    """Go on in a database that was restored from a dump or a backup; from now on that is part of the log."""
    async with open_transaction(resources.database, SEALER) as tx:
        last = await last_checkpoint(tx)
        highest = await tx.scalar(_HIGHEST)
        await record(tx, "audit.epoch.begun", "audit_log", changed={"after_checkpoint": last.number if last else 0})
    await asyncio.to_thread(
        begin_epoch,
        resources.settings,
        highest=max(highest or 0, last.position_to if last else 0),
        after_checkpoint=last.number if last else 0,
        reason=reason,
    )


def _kept(path: Path) -> Progress:
    return msgspec.json.decode(path.read_bytes(), type=Progress) if path.exists() else Progress()


def _keep(path: Path, progress: Progress) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(progress))
    draft.replace(path)
