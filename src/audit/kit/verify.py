#!/usr/bin/env python3
"""Checks an exported audit log, or the proof of one event, on a machine of your own: no network, no Billwright.

    python verify.py EXPORT_FOLDER [--key PUBLIC_KEY] [--witness FILE ...]
    python verify.py --proof FILE [--key PUBLIC_KEY]

Needs Python 3.9 or newer and the package `cryptography`. Exits 0 when everything holds, 1 when something was tampered with
(the first such thing is named), 2 when there is nothing to check. A witness is a checkpoint you were given earlier: with it, a log
that was cut short or rewritten as a whole is noticed too, even if whoever did it held the signing key. Without `--key` the log's
own first key is believed and printed: compare it with the one in your contract.

Written from the specification (docs/audit.md), on purpose without any code of the server.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]

SIGNED_AS = b"billwright audit checkpoint 1\n"
GENESIS = "0" * 64
EXPIRED = '{"action":"audit.events.expired"'
KEPT_YEARS = 6


class Tampered(Exception):
    """The first thing that is not as it was sealed."""


class Unreadable(Exception):
    """What was given is no export, witness or proof."""


def leaf_hash(text: str) -> bytes:
    """The hash of a line."""
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a Merkle tree as in RFC 6962: the left part is the largest power of two below the number of leaves."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else hashlib.sha256(b"").digest()


def root_from_path(digest: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Where a path leads; None when it is too long or too short."""
    used = 0
    while size > 1:
        if place ^ 1 < size:
            if used == len(path):
                return None
            pair = path[used] + digest if place % 2 else digest + path[used]
            digest, used = hashlib.sha256(b"\x01" + pair).digest(), used + 1
        place, size = place // 2, (size + 1) // 2
    return digest if used == len(path) else None


def tampered(kind: str, where: str, what: str) -> NoReturn:
    """Stop with a finding."""
    raise Tampered(f"{kind}: {where}: {what}")


def read_json(text: str, what: str) -> Json:
    """A JSON object."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"{what} cannot be read") from error
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is no JSON object")
    return value


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file, without their ends."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line.removesuffix("\n")
    except OSError as error:
        raise Unreadable(f"{path.name} is missing from the export") from error


def check_signature(signed: Json, key: str, where: str) -> None:
    """A checkpoint's body must be signed by this key."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signed["signature"]), SIGNED_AS + signed["body"].encode())
    except (InvalidSignature, ValueError):
        tampered("forged", where, "its signature does not hold")


def check_in_checkpoint(sealed: Json, checkpoint: Json, where: str) -> None:
    """A seal must lead to the root that the checkpoint signs."""
    path = [bytes.fromhex(step) for step in sealed["path"]]
    root = root_from_path(leaf_hash(sealed["body"]), sealed["place"], checkpoint["seals"], path)
    if root is None or root.hex() != checkpoint["root"]:
        tampered("relinked", where, f"it is not among the seals of checkpoint {checkpoint['number']}")


class Keys:
    """Which key must sign: the first, and from then on whichever the one before handed over to."""

    def __init__(self, first: str) -> None:
        self.known = {first}
        self.current = first

    def check_next(self, signed: Json, where: str) -> Json:
        """The next checkpoint of the log, in order."""
        body = read_json(signed["body"], where)
        if body["key"] != self.current:
            tampered("forged", where, f"it is signed by {body['key']}, and {self.current} was to sign it")
        check_signature(signed, self.current, where)
        self.current = body["next_key"]
        self.known.add(self.current)
        return body

    def check_any(self, signed: Json, where: str) -> Json:
        """A checkpoint by itself."""
        body = read_json(signed["body"], where)
        if body["key"] not in self.known:
            tampered("forged", where, f"it is signed by {body['key']}, which this log's first key never handed over to")
        check_signature(signed, body["key"], where)
        return body


class Export:
    """A folder with log.json, checkpoints.jsonl, seals.jsonl and events.jsonl."""

    def __init__(self, folder: Path, pinned: str | None) -> None:
        self.folder = folder
        try:
            about = read_json((folder / "log.json").read_text(encoding="utf-8"), "log.json")
        except OSError as error:
            raise Unreadable(f"{folder} holds no log.json, so it is no export") from error
        self.chain = about["chain"]
        self.first_key = about["first_key"]
        self.expired = set(about["expired"])
        if pinned and pinned != self.first_key:
            tampered("forged", "log.json", f"the log begins with the key {self.first_key}, not with the one you named")
        self.keys = Keys(self.first_key)
        self.checkpoints: dict[int, tuple[str, Json]] = {}
        self.seals: dict[int, str] = {}
        self.events = 0
        self._lines = lines_of(folder / "events.jsonl")
        self._months: dict[str, tuple[list[bytes], list[int]]] = {}
        self._declared: dict[Any, tuple[Json, str]] = {}

    def check(self) -> None:
        """Everything in order."""
        self._check_checkpoints()
        stored = lines_of(self.folder / "seals.jsonl")
        previous, first = GENESIS, 0
        following = next(stored, None)
        while following is not None:
            sealed, following = read_json(following, "seals.jsonl"), next(stored, None)
            previous, first = self._check_seal(sealed, following, previous, first)
        extra = self._next_line()
        if extra is not None:
            tampered("inserted", self.chain, f"event {event_id(extra)} comes after the last seal")
        self._check_expired()

    def _check_checkpoints(self) -> None:
        last: tuple[int, str] | None = None
        for line in lines_of(self.folder / "checkpoints.jsonl"):
            signed = read_json(line, "checkpoints.jsonl")
            body = self.keys.check_next(signed, f"checkpoint {read_json(signed['body'], 'a checkpoint')['number']}")
            where = f"checkpoint {body['number']}"
            if last is not None and body["number"] <= last[0]:
                tampered("reordered", where, f"it comes after checkpoint {last[0]}")
            if last is not None and body["number"] == last[0] + 1 and body["previous"] != last[1]:
                tampered("relinked", where, "it does not follow from the checkpoint before it")
            last = body["number"], leaf_hash(signed["body"]).hex()
            self.checkpoints[body["number"]] = (signed["body"], body)

    def _check_seal(self, sealed: Json, following: str | None, previous: str, first: int) -> tuple[str, int]:
        seal = read_json(sealed["body"], "a seal")
        where = f"{self.chain} seal {seal['number']}"
        if seal["number"] != len(self.seals) + 1:
            tampered("deleted", where, f"seal {len(self.seals) + 1} should come first")
        if (seal["chain"], seal["previous"], seal["first"]) != (self.chain, previous, first):
            tampered("relinked", where, "it does not follow from the seal before it")
        if seal["checkpoint"] not in self.checkpoints:
            tampered("deleted", where, f"its checkpoint {seal['checkpoint']} is missing")
        checkpoint = self.checkpoints[seal["checkpoint"]][1]
        positions = checkpoint["position_from"], checkpoint["position_to"]
        if (seal["position_from"], seal["position_to"]) != positions:
            tampered("relinked", where, "its positions are not those of its checkpoint")
        check_in_checkpoint(sealed, checkpoint, where)
        digest = leaf_hash(sealed["body"])
        self.seals[seal["number"]] = digest.hex()
        digests, counts = self._months.setdefault(seal["month"], ([], []))
        digests.append(digest)
        counts.append(seal["count"])
        if seal["month"] not in self.expired:
            self._check_events(seal, sealed, following, checkpoint, where)
        return digest.hex(), first + seal["count"]

    def _check_events(self, seal: Json, sealed: Json, following: str | None, checkpoint: Json, where: str) -> None:
        lines = self._take(seal["count"])
        leaves = [leaf_hash(line) for line in lines]
        if len(leaves) != seal["count"] or tree_root(leaves).hex() != seal["root"]:
            self._name_tampering(seal, hashes_of(sealed), lines, following, where)
        self.events += len(lines)
        for line in lines:
            if line.startswith(EXPIRED):
                said = json.loads(line)["changed"]
                self._declared[said.get("month")] = (said, checkpoint["at"])

    def _name_tampering(
        self, seal: Json, known: list[bytes], lines: list[str], following: str | None, where: str
    ) -> NoReturn:
        """The first event that is not where it was sealed, and what seems to have happened to it."""
        if tree_root(known).hex() != seal["root"]:
            tampered("changed", where, f"its {len(lines)} events do not add up to what was sealed of {seal['count']}")
        lines = lines + self._take(1)
        leaves = [leaf_hash(line) for line in lines]
        place = next((i for i, expected in enumerate(known) if i >= len(leaves) or leaves[i] != expected), len(known))
        if place == len(known):
            tampered("changed", where, "its list of event hashes was altered")
        after = f"event {event_id(lines[place - 1])}" if place else "the seal before"
        if place >= len(leaves):
            tampered("truncated", where, f"the events end after {after}; {seal['count'] - place} more were sealed here")
        expected, found = known[place], leaves[place]
        later = set(hashes_of(read_json(following, "seals.jsonl"))) if following else set()
        if expected in leaves[place + 1 :]:
            kind = "reordered" if found in known[place + 1 :] else "inserted"
            tampered(kind, where, f"event {event_id(lines[place])} was not sealed here, after {after}")
        if found in known[place + 1 :] or found in later:
            tampered("deleted", where, f"event {place + 1} of {seal['count']} is missing; it came after {after}")
        tampered("changed", where, f"event {event_id(lines[place])} is not as it was sealed")

    def _check_expired(self) -> None:
        """A month without events must be what a sealed event, six years later or more, says was dropped."""
        for month in sorted(self.expired):
            where = f"{self.chain} {month}"
            digests, counts = self._months.get(month, ([], []))
            if month not in self._declared:
                tampered("deleted", where, "its events are missing, and no sealed event says that they were dropped")
            said, at = self._declared[month]
            missing = {"month": month, "events": sum(counts), "seals": len(digests), "root": tree_root(digests).hex()}
            if said != missing:
                tampered("deleted", where, "what is missing is not what a sealed event says was dropped")
            if at < oldest_drop(month):
                tampered("deleted", where, "its events were dropped before they were six years old")

    def check_witness(self, path: Path) -> None:
        """A checkpoint that was handed out earlier must be part of this log."""
        try:
            witness = read_json(path.read_text(encoding="utf-8"), path.name)
            seal = read_json(witness["seal"]["body"], path.name)
        except (OSError, KeyError) as error:
            raise Unreadable(f"{path} is no witness file") from error
        if seal["chain"] != self.chain:
            raise Unreadable(f"{path} is a witness of {seal['chain']}, and this is the log of {self.chain}")
        where = f"witness {path.name}"
        checkpoint = self.keys.check_any(witness["checkpoint"], where)
        check_in_checkpoint(witness["seal"], checkpoint, where)
        here = self.checkpoints.get(checkpoint["number"])
        if seal["number"] not in self.seals:
            tampered(
                "truncated", where, f"you were given seal {seal['number']}, and this log ends at {len(self.seals)}"
            )
        if self.seals[seal["number"]] != leaf_hash(witness["seal"]["body"]).hex():
            tampered("forked", where, f"seal {seal['number']} of this log is another one than you were given")
        if here is None or here[0] != witness["checkpoint"]["body"]:
            tampered(
                "forked", where, f"checkpoint {checkpoint['number']} of this log is another one than you were given"
            )

    def _take(self, count: int) -> list[str]:
        lines: list[str] = []
        while len(lines) < count:
            line = self._next_line()
            if line is None:
                break
            lines.append(line)
        return lines

    def _next_line(self) -> str | None:
        return next(self._lines, None)


def hashes_of(sealed: Json) -> list[bytes]:
    """The hashes of a seal's events."""
    joined = base64.b64decode(sealed["leaves"])
    return [joined[i : i + 32] for i in range(0, len(joined), 32)]


def event_id(line: str) -> str:
    """The id of an event, for a message."""
    try:
        return str(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return "that cannot be read"


def oldest_drop(month: str) -> str:
    """The first instant at which every event of a month is six years old."""
    year, number = (int(part) for part in month.split("-"))
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return f"{year + KEPT_YEARS:04d}-{number:02d}-01T00:00:00.000000Z"


def check_proof(path: Path, pinned: str | None) -> str:
    """One event, its seal and the signed checkpoint, without anything else of the log."""
    try:
        proof = read_json(path.read_text(encoding="utf-8"), path.name)
        seal = read_json(proof["seal"]["body"], path.name)
        signed = proof["checkpoint"]
    except (OSError, KeyError) as error:
        raise Unreadable(f"{path} is no proof file") from error
    checkpoint = read_json(signed["body"], path.name)
    if pinned and checkpoint["key"] != pinned:
        tampered("forged", path.name, f"it is signed by {checkpoint['key']}, not by the key you named")
    check_signature(signed, checkpoint["key"], f"checkpoint {checkpoint['number']}")
    check_in_checkpoint(proof["seal"], checkpoint, f"{seal['chain']} seal {seal['number']}")
    steps = [bytes.fromhex(step) for step in proof["path"]]
    root = root_from_path(leaf_hash(proof["event"]), proof["place"], seal["count"], steps)
    if seal["checkpoint"] != checkpoint["number"] or root is None or root.hex() != seal["root"]:
        tampered("changed", path.name, f"event {event_id(proof['event'])} is not what was sealed")
    return f"verified: event {event_id(proof['event'])} was sealed by {checkpoint['at']}, signed by {checkpoint['key']}"


def check_export(folder: Path, pinned: str | None, witnesses: Sequence[Path]) -> str:
    """A whole export, and what was handed out earlier."""
    export = Export(folder, pinned)
    export.check()
    for path in witnesses:
        export.check_witness(path)
    last = max(export.checkpoints, default=0)
    return (
        f"verified: {export.events:,} events in {len(export.seals):,} seals of {export.chain},"
        f" up to checkpoint {last:,}; {len(witnesses)} witnesses agree; first key {export.first_key}"
    )


def _check(wanted: argparse.Namespace) -> str:
    if wanted.proof:
        return check_proof(wanted.proof, wanted.key)
    return check_export(wanted.folder, wanted.key, wanted.witness)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="the export")
    parser.add_argument("--witness", nargs="+", type=Path, default=[], help="checkpoints you were given earlier")
    parser.add_argument("--proof", type=Path, help="the proof of one event, instead of an export")
    parser.add_argument("--key", help="the public key that you know the log begins with (for a proof: that signs it)")
    wanted = parser.parse_args(arguments)
    if (wanted.folder is None) == (wanted.proof is None):
        parser.error("name an export folder, or a proof with --proof")
    try:
        said = _check(wanted)
    except Tampered as finding:
        sys.stdout.write(f"TAMPERED {finding}\n")
        return 1
    except (Unreadable, UnicodeDecodeError) as problem:
        sys.stderr.write(f"verify.py: {problem}\n")
        return 2
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        sys.stdout.write(f"TAMPERED malformed: a part of the log is missing or has the wrong shape ({error})\n")
        return 1
    sys.stdout.write(said + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
