"""What a client takes away: one practice's events, seals, checkpoints, and a verifier that needs none of us.

Everything is read in the practice's own scope, page by page: seals by number, then the events of their positions.
"""

import base64
from bisect import bisect_left
from importlib.resources import files
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.checking import EXPIRED, HASH_BYTES, batches_of
from audit.encoding import chain_name, event_line
from audit.sealing import events_between
from audit.tables import audit_checkpoint, audit_event, audit_seal
from audit.witness import SignedCheckpoint
from kernel.db.transaction import Tx

SEALS_A_PAGE = 200


class ExportedSeal(msgspec.Struct, frozen=True):
    """A seal as `SealedIn` has it, with the hashes of its events, joined, in base64."""

    body: str
    place: int
    path: list[str]
    leaves: str


class About(msgspec.Struct, frozen=True):
    """The export's `log.json`: whose log, the key it begins with, and the months whose events were dropped after six years."""

    chain: str
    first_key: str
    expired: list[str]
    format: int = 1


class ExportPage(msgspec.Struct, frozen=True):
    """Some seals with their events, as lines; `last` is where the next page goes on."""

    seals: list[bytes]
    events: list[str]
    last: int


async def about_log(tx: Tx) -> About | None:
    """What an export begins with; None when nothing of this practice was sealed yet."""
    first = await tx.scalar(sa.select(audit_checkpoint.c.body).where(audit_checkpoint.c.number == 1))
    seal = await tx.scalar(sa.select(audit_seal.c.number).where(audit_seal.c.practice_id == tx.practice_id).limit(1))
    if first is None or seal is None:
        return None
    changed = await tx.execute(
        sa.select(audit_event.c.changed).where(
            audit_event.c.practice_id == tx.practice_id, audit_event.c.action == EXPIRED
        )
    )
    expired = sorted({str(row.changed.get("month", "")) for row in changed})
    return About(chain_name(None, tx.practice_id), str(msgspec.json.decode(first)["key"]), expired)


async def export_page(tx: Tx, after: int, expired: list[str]) -> ExportPage:
    """The next seals of this practice, and their events in the order they were sealed in."""
    rows = (
        await tx.execute(
            sa.select(audit_seal)
            .where(audit_seal.c.practice_id == tx.practice_id, audit_seal.c.number > after)
            .order_by(audit_seal.c.number)
            .limit(SEALS_A_PAGE)
        )
    ).all()
    if not rows:
        return ExportPage([], [], after)
    ends = sorted({row.position_to for row in rows})
    events = await events_between(tx, rows[0].position_from, rows[-1].position_to, tx.practice_id)
    batches = batches_of(events, ends)
    lines: list[str] = []
    for row in rows:
        if row.month not in expired:
            batch = batches[bisect_left(ends, row.position_to)]
            lines += [event_line(event) for event in batch.get((row.chain, row.month), ())]
    return ExportPage([msgspec.json.encode(_exported(row)) for row in rows], lines, rows[-1].number)


async def export_checkpoints(tx: Tx, after: int, most: int = 1_000) -> list[tuple[int, bytes]]:
    """The next checkpoints that sealed something of this practice or handed over to a new key, as lines."""
    rows = await tx.execute(_CHECKPOINTS, {"practice_id": tx.practice_id, "after": after, "most": most})
    return [(row.number, msgspec.json.encode(SignedCheckpoint(row.body, row.signature.hex()))) for row in rows]


def kit() -> dict[str, bytes]:
    """The files that make an export stand alone: the verifier and how to use it."""
    folder = files("audit") / "kit"
    return {name: (folder / name).read_bytes() for name in ("verify.py", "README.txt")}


def steps_of(path: bytes) -> list[str]:
    """A stored path as hexadecimal steps."""
    return [path[place : place + HASH_BYTES].hex() for place in range(0, len(path), HASH_BYTES)]


def _exported(row: Any) -> ExportedSeal:
    return ExportedSeal(row.body, row.place, steps_of(row.path), base64.b64encode(row.leaves).decode())


_CHECKPOINTS = sa.text("""
    select c.number, c.body, c.signature from app.audit_checkpoint c
    where c.number > :after
      and (exists (select from app.audit_seal s where s.practice_id = :practice_id and s.checkpoint = c.number)
           or c.body::json ->> 'key' <> c.body::json ->> 'next_key')
    order by c.number limit :most
""")
