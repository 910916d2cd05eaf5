"""Holds stored events against their seals, seals against checkpoints, and checkpoints against each other. Pure.

Everything is read in the order it was sealed in; `Progress` is all that has to be remembered between two checkpoints, so that
checking can stop and go on. Each fault says what kind of tampering it looks like and names the first thing that is wrong.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.batches import Batch, Batches
from audit.encoding import GENESIS, Checkpoint, Seal
from audit.keys import SIGNED_AS
from audit.merkle import leaf_hash, paths_of, root_of
from audit.witness import SignedCheckpoint

Kind = Literal["changed", "deleted", "inserted", "truncated", "relinked", "forged", "forked", "stale"]

KEPT_YEARS = 6
"""45 CFR 164.316(b)(2)(i): six years from the date of creation."""
HASH_BYTES = 32


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it was sealed: the kind of tampering, where, and what was found there."""

    kind: Kind
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.message}"


class Head(msgspec.Struct):
    """Where a chain stands."""

    number: int = 0
    digest: str = GENESIS
    events: int = 0


class Month(msgspec.Struct):
    """One month of a chain: the hashes of its seals, their events, and how many seals have lost theirs."""

    seals: list[str] = []
    events: int = 0
    lost: int = 0
    first_lost: str = ""


class Dropped(msgspec.Struct, frozen=True):
    """What a sealed event says was dropped from its chain."""

    month: str
    events: int
    seals: int
    root: str


class Progress(msgspec.Struct):
    """How far checking has come, and what it must remember."""

    checkpoint: int = 0
    digest: str = GENESIS
    position: int = 0
    key: str = ""
    """The key that must sign next; empty before the first checkpoint."""
    epoch: int = 0
    events: int = 0
    seals: int = 0
    heads: dict[str, Head] = {}
    lost: dict[str, Month] = {}
    """Months in which seals have no events any more, by chain and month."""
    dropped: dict[str, Dropped] = {}


class StoredCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as stored: what was signed, and what stands beside it to be found by."""

    signed: SignedCheckpoint
    number: int
    epoch: int
    sealed_at: str
    position_to: int


class StoredSeal(msgspec.Struct, frozen=True):
    """A seal as stored: its body, to the byte, the hashes of its events one after the other, and what stands beside them."""

    body: str
    leaves: bytes
    path: bytes
    place: int
    beside: tuple[str, str, int, int, int, int, str]
    """Chain by its ids, chain, number, checkpoint, positions, month."""


def check_checkpoint(progress: Progress, stored: StoredCheckpoint) -> tuple[Checkpoint | None, list[Fault]]:
    """A checkpoint against the one before it, and its signature; None when its body cannot be read.

    Checking goes on by what stands beside the body, so that no altered body leads it astray.
    """
    where, signed = f"checkpoint {progress.checkpoint + 1}", stored.signed
    try:
        one = msgspec.json.decode(signed.body, type=Checkpoint)
    except msgspec.MsgspecError:
        progress.checkpoint, progress.digest = stored.number, leaf_hash(signed.body.encode()).hex()
        progress.position = max(progress.position, stored.position_to)
        return None, [Fault("forged", where, "its body cannot be read")]
    faults = []
    if (one.number, one.epoch, one.at, one.position_to) != (
        stored.number, stored.epoch, stored.sealed_at, stored.position_to,
    ):  # fmt: skip
        faults.append(Fault("changed", where, "what is stored beside it is not what was signed"))
    if one.number != progress.checkpoint + 1:
        faults.append(Fault("deleted", where, f"it is missing; the next one is {one.number}"))
    elif one.previous != progress.digest:
        faults.append(Fault("relinked", where, "it does not follow from the checkpoint before it"))
    elif one.position_from != progress.position or one.position_to < one.position_from or one.epoch < progress.epoch:
        faults.append(Fault("relinked", where, "its positions do not continue those of the checkpoint before it"))
    if progress.key and one.key != progress.key:
        faults.append(Fault("forged", where, f"it is signed by {one.key}, and {progress.key} was to sign it"))
    elif not signature_holds(one.key, signed):
        faults.append(Fault("forged", where, "its signature does not hold"))
    progress.checkpoint, progress.digest = stored.number, leaf_hash(signed.body.encode()).hex()
    progress.position = max(progress.position, stored.position_to)
    progress.key, progress.epoch = one.next_key, one.epoch
    return one, faults


def signature_holds(key: str, signed: SignedCheckpoint) -> bool:
    """Whether the key, in hexadecimal, signed this body."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signed.signature), SIGNED_AS + signed.body.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def check_seals(
    progress: Progress, checkpoint: Checkpoint, stored: Iterable[StoredSeal], batches: Batches
) -> list[Fault]:
    """The seals of one checkpoint against its root and their chains, and the events against the seals."""
    faults: list[Fault] = []
    stored = list(stored)
    digests = [leaf_hash(one.body.encode()) for one in stored]
    sealed = set()
    for place, (one, digest, path) in enumerate(zip(stored, digests, paths_of(digests), strict=True)):
        try:
            seal = msgspec.json.decode(one.body, type=Seal)
        except msgspec.MsgspecError:
            faults.append(Fault("changed", f"checkpoint {checkpoint.number}", f"seal {place + 1} cannot be read"))
            continue
        sealed.add((seal.chain, seal.month))
        faults += _check_link(progress, checkpoint, seal, digest.hex())
        faults += _check_beside(seal, one, place, b"".join(path))
        faults += _check_events(progress, checkpoint, seal, one.leaves, batches.get((seal.chain, seal.month), Batch()))
        progress.seals += 1
    if len(digests) != checkpoint.seals or root_of(digests).hex() != checkpoint.root:
        kind: Kind = "deleted" if len(digests) < checkpoint.seals else "relinked"
        message = f"its {checkpoint.seals} seals are not the {len(digests)} that are stored"
        faults.append(Fault(kind, f"checkpoint {checkpoint.number}", message))
    for (chain, month), batch in batches.items():
        if (chain, month) not in sealed:
            faults.append(_intruder(chain, f"no seal of checkpoint {checkpoint.number}", batch.ids[0]))
    return faults


def check_end(progress: Progress) -> list[Fault]:
    """What can only be said at the end: months without events must have been dropped on record."""
    faults = []
    for key, month in progress.lost.items():
        found = progress.dropped.get(key)
        root = root_of([bytes.fromhex(digest) for digest in month.seals]).hex()
        if found is None:
            message = f"from here on all events of the month are missing (seals: {month.lost}), and no sealed event says they were dropped"
        elif (found.events, found.seals, found.root) != (month.events, len(month.seals), root) or (
            month.lost != len(month.seals)
        ):
            message = "what is missing is not what a sealed event says was dropped"
        else:
            continue
        faults.append(Fault("deleted", month.first_lost, message))
    return faults


def old_enough(month: str, at: dt.datetime) -> bool:
    """Whether every event of a month (2020-11) is at least six years old."""
    year, number = (int(part) for part in month.split("-"))
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return dt.datetime(year + KEPT_YEARS, number, 1, tzinfo=dt.UTC) <= at


def _check_link(progress: Progress, checkpoint: Checkpoint, seal: Seal, digest: str) -> list[Fault]:
    """A seal against the one before it in its chain."""
    head = progress.heads.setdefault(seal.chain, Head())
    where = f"{seal.chain} seal {seal.number}"
    faults = []
    if seal.number != head.number + 1:
        faults.append(Fault("deleted", where, f"seal {head.number + 1} should come first"))
    elif seal.previous != head.digest or seal.first != head.events:
        faults.append(Fault("relinked", where, "it does not follow from the seal before it"))
    expected = checkpoint.number, checkpoint.position_from, checkpoint.position_to
    if (seal.checkpoint, seal.position_from, seal.position_to) != expected:
        faults.append(Fault("relinked", where, f"it does not belong to checkpoint {checkpoint.number}"))
    progress.heads[seal.chain] = Head(seal.number, digest, seal.first + seal.count)
    month = progress.lost.get(f"{seal.chain} {seal.month}")
    if month is not None:
        _remember(month, seal, digest)
    return faults


def _check_beside(seal: Seal, stored: StoredSeal, place: int, path: bytes) -> list[Fault]:
    """What a seal is found by, and its way to the checkpoint's root: clients are given both."""
    where = f"{seal.chain} seal {seal.number}"
    numbers = seal.number, seal.checkpoint, seal.position_from, seal.position_to
    if stored.beside != (seal.chain, seal.chain, *numbers, seal.month) or stored.place != place:
        return [Fault("changed", where, "what is stored beside it is not what was sealed")]
    return [] if stored.path == path else [Fault("relinked", where, "its stored way to the checkpoint was altered")]


def _check_events(progress: Progress, checkpoint: Checkpoint, seal: Seal, stored: bytes, batch: Batch) -> list[Fault]:
    leaves = batch.leaves
    progress.events += len(leaves)
    month_key = f"{seal.chain} {seal.month}"
    if root_of(leaves).hex() == seal.root and len(leaves) == seal.count:
        for said in batch.dropped:
            _note_dropped(progress, checkpoint, seal.chain, said)
        if b"".join(leaves) == stored:
            return []
        message = "its stored list of event hashes was altered; its events were not"
        return [Fault("changed", f"{seal.chain} seal {seal.number}", message)]
    if not leaves:
        month = progress.lost.setdefault(month_key, Month())
        if month.lost == 0:
            # Seals of this month that still have their events came before: then the month was not dropped as a whole.
            month.first_lost = f"{seal.chain} seal {seal.number} ({seal.count} events of {seal.month})"
            _remember(month, seal, progress.heads[seal.chain].digest)
        month.lost += 1
        return []
    return [name_tampering(seal, stored, batch)]


def _remember(month: Month, seal: Seal, digest: str) -> None:
    month.seals.append(digest)
    month.events += seal.count


def _note_dropped(progress: Progress, checkpoint: Checkpoint, chain: str, said: str) -> None:
    """What a sealed event says was dropped counts only when it was old enough by the clock of that checkpoint."""
    try:
        dropped = msgspec.json.decode(said, type=Dropped)
        if old_enough(dropped.month, dt.datetime.fromisoformat(checkpoint.at)):
            progress.dropped[f"{chain} {dropped.month}"] = dropped
    except (msgspec.MsgspecError, ValueError):
        return  # it says nothing that could excuse a missing month


def name_tampering(seal: Seal, stored: bytes, batch: Batch) -> Fault:
    """What happened to a seal's events, and to which, as far as the stored hashes can tell."""
    leaves, ids = batch.leaves, batch.ids
    where = f"{seal.chain} seal {seal.number}"
    known = [stored[place : place + HASH_BYTES] for place in range(0, len(stored), HASH_BYTES)]
    if root_of(known).hex() != seal.root:
        return Fault("changed", where, f"{len(leaves)} events do not add up to what was sealed of {seal.count}")
    sealed, missing = set(known), set(known) - set(leaves)
    extra = next((one for one, leaf in zip(ids, leaves, strict=True) if leaf not in sealed), None)
    if extra is not None and missing:
        return Fault("changed", where, f"event {extra} is not as it was sealed")
    if extra is not None:
        return _intruder(seal.chain, f"seal {seal.number}", extra)
    if missing:
        place = next(place for place, leaf in enumerate(known) if leaf in missing)
        return Fault("deleted", where, f"event {place + 1} of {seal.count} is missing{_neighbor(known, place, batch)}")
    return Fault("changed", where, "its events are not in the order they were sealed in")


def _neighbor(known: Sequence[bytes], place: int, batch: Batch) -> str:
    by_leaf = dict(zip(batch.leaves, batch.ids, strict=True))
    before = next((by_leaf[leaf] for leaf in reversed(known[:place]) if leaf in by_leaf), None)
    return f"; it came after event {before}" if before else "; it was the first"


def _intruder(chain: str, sealed_by: str, event_id: str) -> Fault:
    return Fault("inserted", chain, f"event {event_id} was put among sealed events afterwards: {sealed_by} knows it")
