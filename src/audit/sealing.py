"""Sealing: what was committed since the last checkpoint gets Merkle roots, chained per practice, under one signature.

An event is final when its transaction's number is below the oldest one still running (`pg_snapshot_xmin`), so no writer is ever
waited for or held up. Sealed rows are never touched. `docs/audit.md` explains; 45 CFR 164.312(c) asks for it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from audit.batches import Batches, Gathering
from audit.checking import signature_holds
from audit.encoding import (
    GENESIS,
    Checkpoint,
    Seal,
    checkpoint_body,
    instant,
    seal_body,
)
from audit.errors import EpochNeeded, LogDamaged, LogRolledBack
from audit.keys import SIGNED_AS, Signers
from audit.merkle import leaf_hash, paths_of, root_of
from audit.reading import read_events
from audit.tables import audit_checkpoint, audit_seal
from audit.witness import SignedCheckpoint, WitnessStore, copy_of, epoch_begun, number_of, witness_name
from kernel.clock import wall_now
from kernel.db.transaction import Tx

MOST_EVENTS = 20_000
"""In one checkpoint: a backlog is sealed in pieces that fit the memory. One transaction's events stay together."""
COPIES_AT_ONCE = 100

_ONE_SEALER = 0x7365616C
"""The advisory lock of whoever writes a checkpoint: a second sealer waits, then continues from the first one's."""

_LOCK = sa.text("select pg_advisory_xact_lock(:key)")
_STATE = sa.text("""
    select e.number as epoch, e.cluster, (pg_control_system()).system_identifier::text as running,
           cast(pg_snapshot_xmin(pg_current_snapshot())::text as bigint) + e.xid_offset as watermark
    from app.audit_epoch e order by e.number desc limit 1
""")
_LAST = sa.text("select body, signature from app.audit_checkpoint order by number desc limit 1")
_BEYOND = sa.text("""
    select cast(xid::text as bigint) from app.audit_event
    where xid >= cast(cast(:low as text) as xid8) and xid < cast(cast(:high as text) as xid8)
    order by xid offset :most limit 1
""")
_NEXT_TRANSACTION = sa.text("""
    select cast(xid::text as bigint) from app.audit_event
    where xid > cast(cast(:low as text) as xid8) and xid < cast(cast(:high as text) as xid8) order by xid limit 1
""")
_HEADS = sa.text("""
    select last.body from unnest(cast(:chains as text[])) as wanted (chain)
    cross join lateral (
        select body from app.audit_seal s where s.chain = wanted.chain order by s.number desc limit 1) as last
""")
_WAITING = sa.text("""
    select count(*) as events, coalesce(extract(epoch from clock_timestamp() - min(recorded_at)), 0)::float as seconds,
        count(*) filter (where xid < cast(cast(
            cast(pg_snapshot_xmin(pg_current_snapshot())::text as bigint)
            + (select xid_offset from app.audit_epoch order by number desc limit 1) as text) as xid8)) as final
    from app.audit_event where xid >= cast(cast(:low as text) as xid8)
""")


Body = TypeVar("Body", Checkpoint, Seal)


class Sealed(msgspec.Struct, frozen=True):
    """What one round of sealing did."""

    number: int
    events: int
    more: bool
    """There is a backlog: seal again at once."""


class Waiting(msgspec.Struct, frozen=True):
    """What is not sealed yet: how many events, the age of the oldest in seconds, and how many of them could be sealed at once.

    The others wait for a transaction that began before them and is still open.
    """

    events: int
    seconds: float
    final: int

    @property
    def reason(self) -> str:
        """Why they wait, for whoever runs the installation."""
        if self.final:
            return "the sealer does not run, or may not go on"
        return "a transaction that began before them is still open in this database server"


class Lag(Waiting, frozen=True):
    """How far sealing is behind, and the last checkpoint."""

    checkpoint: int
    sealed_at: str


async def seal_events(
    tx: Tx, signers: Signers, *, most: int = MOST_EVENTS, heartbeat: dt.timedelta = dt.timedelta(hours=1)
) -> Sealed | None:
    """Seal what is final; None when there was nothing to do. Without events, a checkpoint follows when the last is `heartbeat` old.

    Raises EpochNeeded when transactions are numbered anew, Conflict when the key that must sign is not here.
    """
    await tx.execute(_LOCK, {"key": _ONE_SEALER})
    last = await last_checkpoint(tx)
    state = await _state(tx, last)
    low = last.position_to if last else 0
    high = await _bounded(tx, low, state.watermark, most)
    gathering = Gathering([high])
    await read_events(tx, low, high, gathering.take)
    batches = gathering.batches[0]
    if not batches and last and abs(wall_now() - dt.datetime.fromisoformat(last.at)) < heartbeat:
        return None
    await _write(tx, signers, last, state, batches, high)
    events = sum(len(batch.leaves) for batch in batches.values())
    return Sealed((last.number if last else 0) + 1, events, high < state.watermark)


async def rotate_key(tx: Tx, signers: Signers) -> Checkpoint:
    """Hand over to a new key, in a checkpoint without seals that the old key signs. Raises Conflict when that one is not here."""
    await tx.execute(_LOCK, {"key": _ONE_SEALER})
    last = await last_checkpoint(tx)
    state = await _state(tx, last)
    new = await signers.new()
    return await _write(tx, signers, last, state, {}, last.position_to if last else 0, next_key=new.public_key)


async def copy_checkpoints(tx: Tx, store: WitnessStore, after: int) -> int:
    """Copy what came after this checkpoint, oldest first, and answer the last one copied.

    A checkpoint is committed before it is copied: what a crash kept from being copied is copied next time. Raises Conflict when
    the store holds another checkpoint of that number: the log has forked.
    """
    while True:
        page = await signed_checkpoints(tx, after, COPIES_AT_ONCE)
        for checkpoint, signed in page:
            await store.put(witness_name(checkpoint.epoch, checkpoint.number), copy_of(signed))
            after = checkpoint.number
        if len(page) < COPIES_AT_ONCE:
            return after


async def last_copied(tx: Tx, store: WitnessStore) -> int:
    """The last checkpoint of the present epoch that was copied.

    Raises LogRolledBack when the copies are ahead of the database, or do not know that an operator began its epoch.
    """
    last = await last_checkpoint(tx)
    epoch: int = await tx.scalar(sa.text("select max(number) from app.audit_epoch"))
    if await epoch_begun(store, epoch) is None:
        raise LogRolledBack(
            f"the database is in epoch {epoch}, and the copies do not say that an operator began it: find out who did;"
            " after a restore, run `billwright audit begin-epoch`"
        )
    copied = await store.names_after(witness_name(epoch, 0))
    number = number_of(copied[-1]) if copied else 0
    if number > (last.number if last else 0):
        raise LogRolledBack(
            f"a copy of checkpoint {number} exists, and the database ends at {last.number if last else 0}: its end was cut off, or it"
            " was restored from a backup. Find out which; after a restore, run `billwright audit begin-epoch`"
        )
    return number


async def last_checkpoint(tx: Tx) -> Checkpoint | None:
    """The newest checkpoint, if there is one. Raises LogDamaged when it cannot be read, or is not what was signed."""
    row = (await tx.execute(_LAST)).one_or_none()
    if row is None:
        return None
    last = _read(row.body, Checkpoint)
    if not signature_holds(last.key, SignedCheckpoint(row.body, row.signature.hex())):
        raise _damaged("the signature of the last checkpoint does not hold")
    return last


async def signed_checkpoints(tx: Tx, after: int, most: int) -> list[tuple[Checkpoint, SignedCheckpoint]]:
    """Checkpoints after this number, oldest first. Raises LogDamaged for one that cannot be read."""
    rows = await tx.execute(
        sa.select(audit_checkpoint.c.body, audit_checkpoint.c.signature)
        .where(audit_checkpoint.c.number > after)
        .order_by(audit_checkpoint.c.number)
        .limit(most)
    )
    return [(_read(row.body, Checkpoint), SignedCheckpoint(row.body, row.signature.hex())) for row in rows]


async def lag(tx: Tx) -> Lag:
    """How far behind sealing is."""
    last = await last_checkpoint(tx)
    waiting = await waiting_after(tx, last.position_to if last else 0)
    return Lag(
        **msgspec.structs.asdict(waiting), checkpoint=last.number if last else 0, sealed_at=last.at if last else ""
    )


async def waiting_after(tx: Tx, position: int) -> Waiting:
    """The events from this position on, which is where the last checkpoint ends."""
    row = (await tx.execute(_WAITING, {"low": str(position)})).one()
    return Waiting(row.events, row.seconds, row.final)


def _read(body: str, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise _damaged(f"a {kind.__name__.lower()} in the database cannot be read") from error


def _damaged(what: str) -> LogDamaged:
    return LogDamaged(
        f"{what}: it was tampered with, and nothing is sealed after it; `billwright audit verify` names it"
    )


async def _state(tx: Tx, last: Checkpoint | None) -> Any:
    state = (await tx.execute(_STATE)).one()
    if state.running != state.cluster or (last and state.watermark < last.position_to):
        raise EpochNeeded(
            "this database came from another cluster, where transactions were numbered otherwise: run `billwright audit begin-epoch`"
            " before anybody works with it"
        )
    return state


async def _bounded(tx: Tx, low: int, high: int, most: int) -> int:
    """The position to seal up to, so that not many more than `most` events are sealed at once."""
    beyond = await tx.scalar(_BEYOND, {"low": str(low), "high": str(high), "most": most})
    if beyond is None:
        return high
    # A transaction is not split: if the one at the limit began the batch, all of it is taken, and the rest waits.
    first: int = await tx.scalar(_NEXT_TRANSACTION, {"low": str(low - 1 if low else 0), "high": str(high)})
    if beyond > first:
        return int(beyond)
    following = await tx.scalar(_NEXT_TRANSACTION, {"low": str(beyond), "high": str(high)})
    return high if following is None else int(following)


async def _write(
    tx: Tx,
    signers: Signers,
    last: Checkpoint | None,
    state: Any,
    batches: Batches,
    high: int,
    *,
    next_key: str = "",
) -> Checkpoint:
    signer = await (signers.of(last.next_key) if last else signers.first())
    number, low = (last.number + 1, last.position_to) if last else (1, 0)
    heads = await _heads(tx, {chain for chain, _ in batches})
    values = _seals(batches, heads, number, (low, high))
    hashes = [leaf_hash(value["body"].encode()) for value in values]
    for value, path in zip(values, paths_of(hashes), strict=True):
        value["path"] = b"".join(path)
    checkpoint = Checkpoint(
        at=instant(wall_now()),
        cluster=state.cluster,
        epoch=state.epoch,
        key=signer.public_key,
        next_key=next_key or signer.public_key,
        number=number,
        position_from=low,
        position_to=high,
        previous=leaf_hash((await tx.scalar(_LAST)).encode()).hex() if last else GENESIS,
        root=root_of(hashes).hex(),
        seals=len(hashes),
    )
    await _store(tx, checkpoint, await signer.sign(SIGNED_AS + checkpoint_body(checkpoint).encode()), values)
    return checkpoint


async def _heads(tx: Tx, chains: Iterable[str]) -> dict[str, tuple[Seal, bytes]]:
    """The last seal of each chain, with its hash."""
    bodies = (await tx.execute(_HEADS, {"chains": sorted(chains)})).scalars()
    seals = [(_read(body, Seal), leaf_hash(body.encode())) for body in bodies]
    return {seal.chain: (seal, digest) for seal, digest in seals}


def _seals(
    batches: Batches,
    heads: dict[str, tuple[Seal, bytes]],
    checkpoint: int,
    positions: tuple[int, int],
) -> list[dict[str, Any]]:
    """A row for each chain and month, in that order; a chain's seals follow each other."""
    values = []
    for place, (chain, month) in enumerate(sorted(batches)):
        batch = batches[chain, month]
        head, digest = heads.get(chain) or (None, None)
        seal = Seal(
            chain=chain,
            checkpoint=checkpoint,
            count=len(batch.leaves),
            first=head.first + head.count if head else 0,
            month=month,
            number=head.number + 1 if head else 1,
            position_from=positions[0],
            position_to=positions[1],
            previous=digest.hex() if digest else GENESIS,
            root=root_of(batch.leaves).hex(),
        )
        body = seal_body(seal)
        heads[chain] = (seal, leaf_hash(body.encode()))
        values.append(
            {
                "company_id": batch.company_id,
                "practice_id": batch.practice_id,
                "chain": chain,
                "number": seal.number,
                "checkpoint": checkpoint,
                "place": place,
                "position_from": positions[0],
                "position_to": positions[1],
                "month": month,
                "body": body,
                "leaves": b"".join(batch.leaves),
            }
        )
    return values


async def _store(tx: Tx, checkpoint: Checkpoint, signature: bytes, seals: list[dict[str, Any]]) -> None:
    await tx.execute(
        audit_checkpoint.insert().values(
            number=checkpoint.number,
            epoch=checkpoint.epoch,
            sealed_at=dt.datetime.fromisoformat(checkpoint.at),
            position_to=checkpoint.position_to,
            body=checkpoint_body(checkpoint),
            signature=signature,
        )
    )
    if seals:
        await tx.execute(audit_seal.insert(), seals)
