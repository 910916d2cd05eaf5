"""What a client takes away: one practice's events, seals, checkpoints, and a verifier that needs none of us.

Everything is read in the practice's own scope, page by page: seals by number, then the events of their positions.
"""

import base64
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.batches import EXPIRED
from audit.checking import HASH_BYTES
from audit.encoding import Checkpoint, EventRow, chain_name, event_line, month_of
from audit.errors import LogDamaged
from audit.reading import read_events
from audit.tables import audit_checkpoint, audit_event, audit_seal
from audit.witness import SignedCheckpoint
from kernel.db.transaction import Tx

SEALS_A_PAGE, EVENTS_A_PAGE = 200, 50_000
"""A page ends with the seal before the one that has too many; a single one may."""


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
    """What an export begins with; None when nothing of this practice was sealed yet. Raises LogDamaged when that cannot be read."""
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
    try:
        key = msgspec.json.decode(first, type=Checkpoint).key
    except msgspec.MsgspecError as error:
        raise LogDamaged("the first checkpoint cannot be read: it was tampered with") from error
    return About(chain_name(None, tx.practice_id), key, expired)


async def export_page(tx: Tx, after: int, expired: list[str], *, most: int = EVENTS_A_PAGE) -> ExportPage:
    """The next seals of this practice, and their events in the order they were sealed in; after the last seal, none.

    Events that no seal knows, and that somebody put before the last checkpoint, are there too: the verifier names them.
    """
    low = await tx.scalar(_END_OF_SEAL, {"practice_id": tx.practice_id, "number": after}) or 0
    # Asked before the seals are: one that comes meanwhile must not make its events look as if no seal knew them.
    sealed_to = await tx.scalar(sa.select(sa.func.max(audit_checkpoint.c.position_to))) or 0
    last = await tx.scalar(
        _LAST_OF_PAGE, {"practice_id": tx.practice_id, "after": after, "most": most, "seals": SEALS_A_PAGE}
    )
    if last is None:
        return ExportPage([], await _lines(tx, low, sealed_to, [sealed_to], expired), after)
    rows = (
        await tx.execute(
            sa.select(audit_seal)
            .where(audit_seal.c.practice_id == tx.practice_id, audit_seal.c.number > after, audit_seal.c.number <= last)
            .order_by(audit_seal.c.number)
        )
    ).all()
    ends = sorted({row.position_to for row in rows})
    lines = await _lines(tx, low, ends[-1], ends, expired)
    return ExportPage([msgspec.json.encode(_exported(row)) for row in rows], lines, last)


async def export_checkpoints(tx: Tx, after: int, most: int = 1_000) -> list[tuple[int, bytes]]:
    """The next checkpoints that sealed something of this practice or handed over to a new key, as lines."""
    rows = await tx.execute(
        _CHECKPOINTS, {"practice_id": tx.practice_id, "after": after, "most": most, "seals": SEALS_A_PAGE}
    )
    return [(row.number, msgspec.json.encode(SignedCheckpoint(row.body, row.signature.hex()))) for row in rows]


def kit() -> dict[str, bytes]:
    """The files that make an export stand alone: the verifier and how to use it."""
    folder = files("audit") / "kit"
    return {name: (folder / name).read_bytes() for name in ("verify.py", "README.txt")}


def steps_of(path: bytes) -> list[str]:
    """A stored path as hexadecimal steps."""
    return [path[place : place + HASH_BYTES].hex() for place in range(0, len(path), HASH_BYTES)]


async def _lines(tx: Tx, low: int, high: int, ends: Sequence[int], expired: list[str]) -> list[str]:
    """The events of seals that end there, one seal's after the other's: a seal is of one month, and a checkpoint may have several."""
    lines: dict[tuple[int, str], list[str]] = defaultdict(list)

    def take(events: Sequence[EventRow]) -> None:
        for event in events:
            lines[bisect_right(ends, int(event.position)), month_of(event.recorded_at)].append(event_line(event))

    await read_events(tx, low, high, take, tx.practice_id)
    return [line for end, month in sorted(lines) if month not in expired for line in lines[end, month]]


def _exported(row: Any) -> ExportedSeal:
    return ExportedSeal(row.body, row.place, steps_of(row.path), base64.b64encode(row.leaves).decode())


_END_OF_SEAL = sa.text("select position_to from app.audit_seal where practice_id = :practice_id and number = :number")
_LAST_OF_PAGE = sa.text("""
    select coalesce(max(number) filter (where events <= :most), min(number)) from (
        select number, sum(octet_length(leaves) / 32) over (order by number) as events from (
            select number, leaves from app.audit_seal where practice_id = :practice_id and number > :after
            order by number limit :seals) as following) as added
""")
_CHECKPOINTS = sa.text("""
    select c.number, c.body, c.signature from app.audit_checkpoint c
    where c.number > :after
      and (exists (select from app.audit_seal s where s.practice_id = :practice_id and s.checkpoint = c.number)
           or case when c.body is json object then c.body::json ->> 'key' <> c.body::json ->> 'next_key' else true end)
    order by c.number limit :most
""")
