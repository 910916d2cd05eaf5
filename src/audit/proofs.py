"""What a client keeps or shows: the newest signed seals of a practice, and the proof that one event is among them."""

import datetime as dt
import uuid
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from audit.checking import HASH_BYTES
from audit.encoding import event_line, instant, month_of
from audit.export import steps_of
from audit.merkle import leaf_hash, paths_of
from audit.reading import events_between
from audit.tables import audit_checkpoint, audit_event, audit_seal
from audit.witness import SignedCheckpoint
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import Conflict, NotFound

AROUND = dt.timedelta(days=2)
"""An event's id tells when it was made; the database's clock, which chose its partition, may differ by at most this."""

LAST_MADE = 200_000_000_000_000
"""In milliseconds: what an id that no clock made is taken for, so that a window around it is still a date."""
VERIFY = "have the log verified (`billwright audit verify`)"


class SealedIn(msgspec.Struct, frozen=True):
    """A seal's body, to the byte, and its path to the checkpoint's root (hexadecimal, nearest first)."""

    body: str
    place: int
    path: list[str]


class Witness(msgspec.Struct, frozen=True):
    """What a client keeps: a seal of its practice, and the signed checkpoint that it leads to. Later logs must contain both."""

    seal: SealedIn
    checkpoint: SignedCheckpoint


class PlacedWitness(NamedTuple):
    """A witness and its place in the order of the practice's seals."""

    position_to: int
    number: int
    witness: Witness


class Proof(msgspec.Struct, frozen=True):
    """One event as it was sealed: its canonical line, and the way from it over the seal to a signed checkpoint."""

    event: str
    place: int
    path: list[str]
    seal: SealedIn
    checkpoint: SignedCheckpoint


async def newest_witnesses(tx: Tx, page: PageAsked) -> list[PlacedWitness]:
    """The last seals of this practice with their checkpoints, newest first."""
    statement = _SEALED.where(audit_seal.c.practice_id == tx.practice_id)
    order = audit_seal.c.position_to, audit_seal.c.number
    rows = await tx.execute(paged(statement, page, *order, newest_first=True))
    return [PlacedWitness(row.position_to, row.number, _witness(row)) for row in rows]


async def prove_event(tx: Tx, event_id: uuid.UUID) -> Proof:
    """The proof of one event of this practice. Raises NotFound, or Conflict when it is not sealed, or not as it was sealed."""
    made = dt.datetime.fromtimestamp(min(event_id.int >> 80, LAST_MADE) / 1000, dt.UTC)
    where = await tx.execute(
        sa.select(sa.literal_column("xid::text").label("position"), audit_event.c.recorded_at).where(
            audit_event.c.practice_id == tx.practice_id,
            audit_event.c.id == event_id,
            audit_event.c.recorded_at.between(made - AROUND, made + AROUND),
        )
    )
    named = where.all()
    if not named:
        raise NotFound("there is no such event in this practice's audit log")
    if len(named) > 1:
        raise Conflict(f"{len(named)} events have this id; {VERIFY}")
    found = named[0]
    position, month = int(found.position), month_of(instant(found.recorded_at))
    row = (
        await tx.execute(
            _SEALED.where(
                audit_seal.c.practice_id == tx.practice_id,
                audit_seal.c.position_to > position,
                audit_seal.c.position_from <= position,
                audit_seal.c.month == month,
            )
        )
    ).first()
    if row is None:
        raise Conflict("this event is not sealed yet; that takes a few seconds")
    events = await events_between(tx, position, position + 1, tx.practice_id)
    line = next(event_line(event) for event in events if event.id == str(event_id))
    leaves = [row.leaves[place : place + HASH_BYTES] for place in range(0, len(row.leaves), HASH_BYTES)]
    leaf = leaf_hash(line.encode())
    if leaf not in leaves:
        raise Conflict(f"this event is not as it was sealed; {VERIFY}")
    place = leaves.index(leaf)
    witness = _witness(row)
    return Proof(line, place, [step.hex() for step in paths_of(leaves)[place]], witness.seal, witness.checkpoint)


_SEALED = sa.select(
    audit_seal.c.position_to,
    audit_seal.c.number,
    audit_seal.c.body,
    audit_seal.c.place,
    audit_seal.c.path,
    audit_seal.c.leaves,
    audit_checkpoint.c.body.label("checkpoint"),
    audit_checkpoint.c.signature,
).join_from(audit_seal, audit_checkpoint, audit_checkpoint.c.number == audit_seal.c.checkpoint)


def _witness(row: sa.Row[Any]) -> Witness:
    sealed = SealedIn(row.body, row.place, steps_of(row.path))
    return Witness(sealed, SignedCheckpoint(row.checkpoint, row.signature.hex()))
