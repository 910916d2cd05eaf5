"""The server's own verification: every event, seal and checkpoint of all chains, in pages, beside the copies outside the database.

Reads as the login role `sealer`, which alone sees all chains. A client does not have to believe this: it has the kit (`audit.export`).
"""

import datetime as dt

import sqlalchemy as sa

from audit.checking import Fault, Progress, StoredSeal, batches_of, check_checkpoint, check_end, check_seals
from audit.encoding import Checkpoint
from audit.keys import Signers
from audit.sealing import events_between, lag, signed_checkpoints
from audit.tables import audit_seal
from audit.witness import SignedCheckpoint, WitnessStore, copy_of, number_of, same_copy, witness_name
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import AppError

CHECKPOINTS_A_PAGE = 200
EVENTS_A_PAGE = 50_000
COPIED_WITHIN = dt.timedelta(minutes=1)
"""A checkpoint younger than this may not have its copy yet."""

_COUNTS = sa.text("""
    select checkpoint, sum(octet_length(leaves) / 32)::bigint as events from app.audit_seal
    where checkpoint > :after and checkpoint <= :upto group by checkpoint order by checkpoint
""")
_BEYOND = sa.text("select count(*) from app.audit_seal where checkpoint > :last")


async def verify_page(
    tx: Tx, progress: Progress, signers: Signers | None, store: WitnessStore | None
) -> list[Fault] | None:
    """Check the next checkpoints and what they seal, and move `progress` on; None when there are none left.

    With `signers`, the log must begin with a key of theirs; with `store`, every checkpoint must be there as it is here.
    """
    page = await signed_checkpoints(tx, progress.checkpoint, CHECKPOINTS_A_PAGE)
    if not page:
        return None
    page = await _fitting(tx, progress, page)
    seals = await _seals(tx, progress.checkpoint, page[-1][0].number)
    rows = await events_between(tx, progress.position, page[-1][0].position_to)
    batches = batches_of(rows, [checkpoint.position_to for checkpoint, _ in page])
    faults: list[Fault] = []
    if progress.checkpoint == 0 and signers is not None:
        faults += await _check_first_key(page[0][0], signers)
    for place, (_, signed) in enumerate(page):
        checkpoint, found = check_checkpoint(progress, signed)
        faults += found
        if checkpoint is not None:
            faults += check_seals(progress, checkpoint, seals.get(checkpoint.number, []), batches[place])
            faults += await _check_copy(checkpoint, signed, store)
    return faults


async def verify_end(tx: Tx, progress: Progress, store: WitnessStore | None, *, alarm_seconds: float) -> list[Fault]:
    """What can be said when the last checkpoint was checked: nothing may be missing, left over, unknown to us, or unsealed."""
    faults = check_end(progress)
    if await tx.scalar(_BEYOND, {"last": progress.checkpoint}):
        faults.append(
            Fault("truncated", f"checkpoint {progress.checkpoint + 1}", "there are seals of it, and it is missing")
        )
    if store is not None:
        faults += await _check_tail(progress, store)
    behind = await lag(tx)
    if behind.seconds > alarm_seconds:
        message = (
            f"{behind.events} events wait to be sealed, the oldest for {behind.seconds:.0f} s: the sealer does not run"
        )
        faults.append(Fault("stale", f"after checkpoint {behind.checkpoint}", message))
    return faults


async def verify_all(
    tx: Tx, *, signers: Signers | None = None, store: WitnessStore | None = None, alarm_seconds: float = 30.0
) -> tuple[Progress, list[Fault]]:
    """Everything in one transaction, from the beginning."""
    progress, faults = Progress(), []
    while (found := await verify_page(tx, progress, signers, store)) is not None:
        faults += found
    return progress, faults + await verify_end(tx, progress, store, alarm_seconds=alarm_seconds)


async def _fitting(
    tx: Tx, progress: Progress, page: list[tuple[Checkpoint, SignedCheckpoint]]
) -> list[tuple[Checkpoint, SignedCheckpoint]]:
    """As many checkpoints as have events that fit a page; at least one."""
    counts = await tx.execute(_COUNTS, {"after": progress.checkpoint, "upto": page[-1][0].number})
    events = {row.checkpoint: row.events for row in counts}
    total = 0
    for place, (checkpoint, _) in enumerate(page):
        total += events.get(checkpoint.number, 0)
        if total > EVENTS_A_PAGE and place:
            return page[:place]
    return page


async def _seals(tx: Tx, after: int, upto: int) -> dict[int, list[StoredSeal]]:
    rows = await tx.execute(
        sa.select(audit_seal.c.checkpoint, audit_seal.c.body, audit_seal.c.leaves)
        .where(audit_seal.c.checkpoint > after, audit_seal.c.checkpoint <= upto)
        .order_by(audit_seal.c.checkpoint, audit_seal.c.place)
    )
    found: dict[int, list[StoredSeal]] = {}
    for row in rows:
        found.setdefault(row.checkpoint, []).append(StoredSeal(row.body, row.leaves))
    return found


async def _check_first_key(first: Checkpoint, signers: Signers) -> list[Fault]:
    try:
        await signers.of(first.key)
    except AppError:
        return [Fault("forged", "checkpoint 1", f"the log begins with the key {first.key}, which is not ours")]
    return []


async def _check_copy(checkpoint: Checkpoint, signed: SignedCheckpoint, store: WitnessStore | None) -> list[Fault]:
    if store is None:
        return []
    where = f"checkpoint {checkpoint.number}"
    same = await same_copy(store, witness_name(checkpoint.epoch, checkpoint.number), copy_of(signed))
    if same is None:
        age = wall_now() - dt.datetime.fromisoformat(checkpoint.at)
        if age < COPIED_WITHIN:
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
