"""The server's own verification: every event, seal and checkpoint of all chains, in pages, beside the copies outside the database.

Reads as the login role `sealer`, which alone sees all chains. A client does not have to believe this: it has the kit (`audit.export`).
"""

import datetime as dt
from itertools import accumulate
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.batches import Gathering
from audit.checking import (
    Fault,
    Progress,
    StoredCheckpoint,
    StoredSeal,
    check_checkpoint,
    check_end,
    check_seals,
)
from audit.encoding import Checkpoint, chain_name, instant
from audit.keys import Signers
from audit.merkle import leaf_hash
from audit.reading import read_events
from audit.sealing import waiting_after
from audit.tables import audit_checkpoint, audit_seal
from audit.witness import SignedCheckpoint, WitnessStore, copy_of, epoch_begun, number_of, same_copy, witness_name
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import Conflict

CHECKPOINTS_A_PAGE = 200
EVENTS_A_PAGE = 50_000
COPIED_WITHIN = dt.timedelta(minutes=1)
"""A checkpoint younger than this may not have its copy yet."""

_COUNTS = sa.text("""
    select checkpoint, sum(octet_length(leaves) / 32)::bigint as events from app.audit_seal
    where checkpoint > :after and checkpoint <= :upto group by checkpoint order by checkpoint
""")
_BEYOND = sa.text("select count(*) from app.audit_seal where checkpoint > :last")
_BEFORE = sa.text("""
    select exists (select from app.audit_seal where checkpoint < 1) or exists (select from app.audit_checkpoint where number < 1)
""")
_EPOCH = sa.text("select max(number) from app.audit_epoch")
_BODY = sa.text("select body from app.audit_checkpoint where number = :number")
_FROM_THE_FUTURE = sa.text("""
    select company_id, practice_id, id from app.audit_event
    where xid >= cast(cast(cast(pg_snapshot_xmax(pg_current_snapshot())::text as bigint)
        + (select xid_offset from app.audit_epoch order by number desc limit 1) as text) as xid8)
    order by xid limit 1
""")
"""The database gives out transaction numbers; an event whose number is still to come would wait for its seal, unnoticed."""


async def verify_page(
    tx: Tx, progress: Progress, signers: Signers | None, store: WitnessStore | None
) -> list[Fault] | None:
    """Check the next checkpoints and what they seal, and move `progress` on; None when there are none left.

    With `signers`, the log must begin with a key of theirs; with `store`, every checkpoint must be there as it is here.
    """
    page = await _checkpoints(tx, progress.checkpoint)
    if not page:
        return None
    page = await _fitting(tx, progress, page)
    seals = await _seals(tx, progress.checkpoint, page[-1].number)
    # In order whatever is stored: an end that was altered is found by `check_checkpoint`.
    ends = list(accumulate((stored.position_to for stored in page), max, initial=progress.position))[1:]
    gathering = Gathering(ends)
    await read_events(tx, progress.position, ends[-1], gathering.take)
    faults: list[Fault] = []
    if progress.checkpoint == 0 and signers is not None:
        faults += await _check_first_key(page[0], signers)
    for place, stored in enumerate(page):
        epoch = progress.epoch
        checkpoint, found = check_checkpoint(progress, stored)
        faults += found
        if checkpoint is not None and store is not None and checkpoint.epoch != epoch:
            faults += await _check_epoch(checkpoint, store)
        if checkpoint is not None:
            faults += check_seals(progress, checkpoint, seals.get(stored.number, []), gathering.batches[place])
            faults += await _check_copy(checkpoint, stored.signed, store)
    return faults


async def check_kept(tx: Tx, progress: Progress) -> list[Fault]:
    """Whether the checkpoint that an earlier run came to is still there, as it was then."""
    if progress.checkpoint == 0:
        return []
    where = f"checkpoint {progress.checkpoint}"
    body = await tx.scalar(_BODY, {"number": progress.checkpoint})
    if body is None:
        return [Fault("truncated", where, "it was verified before, and is not there any more")]
    if leaf_hash(body.encode()).hex() != progress.digest:
        return [Fault("forked", where, "it is another one than was verified before")]
    return []


async def verify_end(tx: Tx, progress: Progress, store: WitnessStore | None, *, alarm_seconds: float) -> list[Fault]:
    """What can be said when the last checkpoint was checked: nothing may be missing, left over, unknown to us, or unsealed."""
    faults = check_end(progress)
    if await tx.scalar(_BEYOND, {"last": progress.checkpoint}):
        faults.append(
            Fault("truncated", f"checkpoint {progress.checkpoint + 1}", "there are seals of it, and it is missing")
        )
    if await tx.scalar(_BEFORE):
        faults.append(Fault("inserted", "checkpoint 1", "there are seals or checkpoints that are numbered before it"))
    for event in await tx.execute(_FROM_THE_FUTURE):
        message = f"event {event.id} says that a transaction wrote it which has not begun yet"
        faults.append(Fault("inserted", chain_name(event.company_id, event.practice_id), message))
    if store is not None:
        faults += await _check_tail(progress, store)
        epoch: int = await tx.scalar(_EPOCH)
        if epoch != progress.epoch and await epoch_begun(store, epoch) is None:
            faults.append(_not_begun(epoch, f"after checkpoint {progress.checkpoint}"))
    waiting = await waiting_after(tx, progress.position)
    if waiting.seconds > alarm_seconds:
        message = f"{waiting.events} events wait to be sealed, the oldest for {waiting.seconds:.0f} s: {waiting.reason}"
        faults.append(Fault("stale", f"after checkpoint {progress.checkpoint}", message))
    return faults


async def verify_all(
    tx: Tx, *, signers: Signers | None = None, store: WitnessStore | None = None, alarm_seconds: float = 30.0
) -> tuple[Progress, list[Fault]]:
    """Everything in one transaction, from the beginning."""
    progress, faults = Progress(), []
    while (found := await verify_page(tx, progress, signers, store)) is not None:
        faults += found
    return progress, faults + await verify_end(tx, progress, store, alarm_seconds=alarm_seconds)


async def _fitting(tx: Tx, progress: Progress, page: list[StoredCheckpoint]) -> list[StoredCheckpoint]:
    """As many checkpoints as have events that fit a page; at least one."""
    counts = await tx.execute(_COUNTS, {"after": progress.checkpoint, "upto": page[-1].number})
    events = {row.checkpoint: row.events for row in counts}
    total = 0
    for place, stored in enumerate(page):
        total += events.get(stored.number, 0)
        if total > EVENTS_A_PAGE and place:
            return page[:place]
    return page


async def _checkpoints(tx: Tx, after: int) -> list[StoredCheckpoint]:
    rows = await tx.execute(
        sa.select(audit_checkpoint)
        .where(audit_checkpoint.c.number > after)
        .order_by(audit_checkpoint.c.number)
        .limit(CHECKPOINTS_A_PAGE)
    )
    return [
        StoredCheckpoint(
            SignedCheckpoint(row.body, row.signature.hex()),
            row.number,
            row.epoch,
            instant(row.sealed_at),
            row.position_to,
        )
        for row in rows
    ]


async def _seals(tx: Tx, after: int, upto: int) -> dict[int, list[StoredSeal]]:
    rows = await tx.execute(
        sa.select(audit_seal)
        .where(audit_seal.c.checkpoint > after, audit_seal.c.checkpoint <= upto)
        .order_by(audit_seal.c.checkpoint, audit_seal.c.place)
    )
    found: dict[int, list[StoredSeal]] = {}
    for row in rows:
        found.setdefault(row.checkpoint, []).append(_stored(row))
    return found


def _stored(row: sa.Row[Any]) -> StoredSeal:
    """A seal as the database holds it."""
    found_by = chain_name(row.company_id if row.practice_id is None else None, row.practice_id)
    numbers = row.number, row.checkpoint, row.position_from, row.position_to
    return StoredSeal(row.body, row.leaves, row.path, row.place, (found_by, row.chain, *numbers, row.month))


async def _check_first_key(first: StoredCheckpoint, signers: Signers) -> list[Fault]:
    try:
        key = msgspec.json.decode(first.signed.body, type=Checkpoint).key
        await signers.of(key)
    except msgspec.MsgspecError:
        return []  # that its body cannot be read is found besides
    except Conflict:
        return [Fault("forged", "checkpoint 1", f"the log begins with the key {key}, which is not ours")]
    return []


async def _check_epoch(checkpoint: Checkpoint, store: WitnessStore) -> list[Fault]:
    """Whoever has the database alone cannot begin an epoch, to be rid of copies of checkpoints that are gone."""
    begun = await epoch_begun(store, checkpoint.epoch)
    if begun is not None and begun.after_checkpoint < checkpoint.number:
        return []
    return [_not_begun(checkpoint.epoch, f"checkpoint {checkpoint.number}")]


def _not_begun(epoch: int, where: str) -> Fault:
    return Fault("forked", where, f"epoch {epoch} begins here, and the copies do not say that an operator began it")


async def _check_copy(checkpoint: Checkpoint, signed: SignedCheckpoint, store: WitnessStore | None) -> list[Fault]:
    if store is None:
        return []
    where = f"checkpoint {checkpoint.number}"
    same = await same_copy(store, witness_name(checkpoint.epoch, checkpoint.number), copy_of(signed))
    if same is None:
        age = wall_now() - dt.datetime.fromisoformat(checkpoint.at)
        if abs(age) < COPIED_WITHIN:
            return []
        return [Fault("forked", where, "it has no copy outside the database")]
    return [] if same else [Fault("forked", where, "its copy outside the database is another one")]


async def _check_tail(progress: Progress, store: WitnessStore) -> list[Fault]:
    """Copies of later checkpoints than the database has: its end was cut off."""
    beyond = [number_of(name) for name in await store.names_after(witness_name(progress.epoch, progress.checkpoint))]
    if not beyond:
        return []
    message = f"the database ends here, and copies of checkpoints up to {max(beyond)} exist"
    return [Fault("truncated", f"checkpoint {progress.checkpoint}", message)]
