"""What an operator does with the audit log: look how far it is sealed, verify it, change its key, drop what is old."""

import asyncio
import datetime as dt
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
from audit.sealing import Lag, lag, last_checkpoint, last_copied, rotate_key, signed_checkpoints
from audit.verifying import check_kept, verify_end, verify_page
from audit.witness import EpochBegun, keep_epoch
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict

_HIGHEST = sa.text("select cast(xid::text as bigint) from app.audit_event order by xid desc limit 1")
SEALER = Scope(audience="sealer", role="operator", request_id="command")


class Status(msgspec.Struct, frozen=True):
    """How sealing stands, the last checkpoint that was copied, and what of this is an alarm, in words."""

    lag: Lag
    copied: int
    key: str
    alarms: list[str]


async def status_of(resources: Resources) -> Status:
    """How far sealing and copying are behind. Raises LogRolledBack when the copies are ahead of the database."""
    store, allowed = make_witness_store(resources.settings), resources.settings.audit.alarm_seconds
    alarms = []
    async with open_transaction(resources.database, SEALER) as tx:
        last, behind, copied = await last_checkpoint(tx), await lag(tx), await last_copied(tx, store)
        if behind.seconds > allowed:
            alarms.append(f"events wait too long for their seal: {behind.reason}")
        for checkpoint, _ in await signed_checkpoints(tx, copied, 1):
            if abs((wall_now() - dt.datetime.fromisoformat(checkpoint.at)).total_seconds()) > allowed:
                alarms.append(
                    f"checkpoint {checkpoint.number} waits too long for its copy; the log of `billwright sealer` says why"
                )
    return Status(behind, copied, last.next_key if last else "", alarms)


async def verify_log(
    resources: Resources, *, resume: bool, say: Callable[[Progress], None]
) -> tuple[Progress, list[Fault]]:
    """Check everything, or go on where an earlier run stopped without a fault; `say` is called after each page.

    Each page is a transaction of its own, so that no snapshot is held for the whole time.
    """
    store, signers = make_witness_store(resources.settings), make_signers(resources.settings)
    kept = resources.settings.home / "audit" / "verified.json"
    progress = _kept(kept) if resume else Progress()
    async with open_transaction(resources.database, SEALER) as tx:
        faults = await check_kept(tx, progress)
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
        record(tx, "audit.log.verified", "audit_log", changed=facts)
    return progress, faults


async def change_key(resources: Resources) -> str:
    """Hand over to a new key; the new public key."""
    async with open_transaction(resources.database, SEALER) as tx:
        rotated = await rotate_key(tx, make_signers(resources.settings))
        record(tx, "audit.key.changed", "audit_key", rotated.next_key)
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
        record(tx, "audit.epoch.begun", "audit_log", changed={"after_checkpoint": last.number if last else 0})
    after = last.number if last else 0
    epoch = await asyncio.to_thread(
        begin_epoch,
        resources.settings,
        highest=max(highest or 0, last.position_to if last else 0),
        after_checkpoint=after,
        reason=reason,
    )
    await keep_epoch(make_witness_store(resources.settings), EpochBegun(epoch, after, reason))


def _kept(path: Path) -> Progress:
    if not path.exists():
        return Progress()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except msgspec.MsgspecError as error:
        raise Conflict(
            f"{path} does not say any more how far verification came: run `billwright audit verify` without --resume"
        ) from error


def _keep(path: Path, progress: Progress) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(progress))
    draft.replace(path)
