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
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.stderr.write("verify.py needs the package cryptography: python -m pip install cryptography\n")
    sys.exit(2)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]

FORMAT = 1
SIGNED_AS = b"billwright audit checkpoint 1\n"
GENESIS = "0" * 64
EXPIRED = b'{"action":"audit.events.expired"'
KEPT_YEARS = 6
LONGEST_LINE = 1 << 28  # in bytes; no line of an export comes near it


class Tampered(Exception):
    """The first thing that is not as it was sealed."""


class Unreadable(Exception):
    """What was given is no export, witness or proof."""


def tampered(kind: str, where: str, what: str) -> NoReturn:
    """Stop with a finding."""
    raise Tampered(f"{kind}: {where}: {what}")


@contextmanager
def shape_of(refusal: Exception) -> Iterator[None]:
    """Raise this refusal when something inside is missing, or is not what the format says."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as error:
        raise refusal from error


def leaf_hash(line: bytes) -> bytes:
    """The hash of a line."""
    return hashlib.sha256(b"\x00" + line).digest()


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
    if not 0 <= place < size:
        return None
    while size > 1:
        if place ^ 1 < size:
            if used == len(path):
                return None
            pair = path[used] + digest if place % 2 else digest + path[used]
            digest, used = hashlib.sha256(b"\x01" + pair).digest(), used + 1
        place, size = place // 2, (size + 1) // 2
    return digest if used == len(path) else None


def read_json(text: str | bytes) -> Json:
    """A JSON object. Raises ValueError or TypeError for anything else."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("no JSON object")
    return value


def opened(path: Path) -> BinaryIO:
    """A file; a pipe or a device, which may never end, is none."""
    try:
        if not path.is_file():
            raise Unreadable(f"{path} is missing, or is no file")
        return path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path} cannot be opened: {error.strerror}") from error


def object_in(path: Path, what: str) -> Json:
    """A file that holds one JSON object."""
    with opened(path) as file, shape_of(Unreadable(f"{path} is no {what}")):
        return read_json(file.read(LONGEST_LINE))


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    with opened(path) as file:
        while line := file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                tampered("malformed", path.name, "it holds a line that is longer than any of an export")
            yield line.removesuffix(b"\n")


def objects_of(path: Path) -> Iterator[tuple[Json, Tampered]]:
    """The JSON objects of a file, one a line, each with what is said when it has not the shape of the format."""
    for number, line in enumerate(lines_of(path), 1):
        malformed = Tampered(f"malformed: {path.name} line {number}: a part is missing or is not what the format says")
        with shape_of(malformed):
            found = read_json(line)
        yield found, malformed


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
    root = root_from_path(leaf_hash(sealed["body"].encode()), sealed["place"], checkpoint["seals"], path)
    if root is None or root.hex() != checkpoint["root"]:
        tampered("relinked", where, f"it is not among the seals of checkpoint {checkpoint['number']}")


class Export:
    """A folder with log.json, checkpoints.jsonl, seals.jsonl and events.jsonl."""

    def __init__(self, folder: Path, pinned: str | None) -> None:
        self.folder = folder
        about = object_in(folder / "log.json", "log.json of an export")
        with shape_of(Unreadable(f"{folder / 'log.json'} does not say whose log this is")):
            if about["format"] != FORMAT:
                raise Unreadable(f"this export has format {about['format']}: use the verify.py that came with it")
            self.chain, self.first_key = str(about["chain"]), str(about["first_key"])
            self.expired = set(about["expired"])
        if pinned and pinned != self.first_key:
            tampered("forged", "log.json", f"the log begins with the key {self.first_key}, not with the one you named")
        self.keys = {self.first_key}
        self.checkpoints: dict[int, tuple[str, Json]] = {}
        self.seals: list[str] = []
        self.events, self.sealed_at, self._first = 0, "", 0
        self._lines = lines_of(folder / "events.jsonl")
        self._months: dict[str, tuple[list[bytes], list[int]]] = {}
        self._declared: dict[Any, tuple[Json, str]] = {}

    def check(self) -> None:
        """Everything in order."""
        self._check_checkpoints()
        stored = objects_of(self.folder / "seals.jsonl")
        for sealed, malformed in stored:
            with shape_of(malformed):
                self._check_seal(sealed, stored)
        for extra in self._lines:
            tampered("inserted", self.chain, f"event {event_id(extra)} comes after the last seal")
        self._check_expired()

    def _check_checkpoints(self) -> None:
        """Each must be signed by the key that the one before it handed over to."""
        key, number, digest = self.first_key, 0, GENESIS
        for signed, malformed in objects_of(self.folder / "checkpoints.jsonl"):
            with shape_of(malformed):
                body = read_json(signed["body"])
                where = f"checkpoint {body['number']}"
                if body["key"] != key:
                    tampered("forged", where, f"it is signed by {body['key']}, and {key} was to sign it")
                check_signature(signed, key, where)
                if body["number"] <= number:
                    tampered("reordered", where, f"it comes after checkpoint {number}")
                if body["number"] == number + 1 and body["previous"] != digest:
                    tampered("relinked", where, "it does not follow from the checkpoint before it")
                key, number, digest = body["next_key"], body["number"], leaf_hash(signed["body"].encode()).hex()
                self.keys.add(key)
                self.checkpoints[number] = (signed["body"], body)

    def _check_seal(self, sealed: Json, rest: Iterator[tuple[Json, Tampered]]) -> None:
        seal = read_json(sealed["body"])
        where = f"{self.chain} seal {seal['number']}"
        expected = len(self.seals) + 1
        if seal["number"] != expected:
            kind = "deleted" if seal["number"] > expected else "reordered"
            tampered(kind, where, f"seal {expected} should come here")
        follows = self.chain, self.seals[-1] if self.seals else GENESIS, self._first
        if (seal["chain"], seal["previous"], seal["first"]) != follows:
            tampered("relinked", where, "it does not follow from the seal before it")
        if seal["checkpoint"] not in self.checkpoints:
            tampered("deleted", where, f"its checkpoint {seal['checkpoint']} is missing")
        checkpoint = self.checkpoints[seal["checkpoint"]][1]
        positions = checkpoint["position_from"], checkpoint["position_to"]
        if (seal["position_from"], seal["position_to"]) != positions:
            tampered("relinked", where, "its positions are not those of its checkpoint")
        check_in_checkpoint(sealed, checkpoint, where)
        digest = leaf_hash(sealed["body"].encode())
        self.seals.append(digest.hex())
        self.sealed_at, self._first = checkpoint["at"], self._first + seal["count"]
        digests, counts = self._months.setdefault(seal["month"], ([], []))
        digests.append(digest)
        counts.append(seal["count"])
        self._check_events(seal, sealed, rest, where)

    def _check_events(self, seal: Json, sealed: Json, rest: Iterator[tuple[Json, Tampered]], where: str) -> None:
        dropped = seal["month"] in self.expired
        known = hashes_of(sealed)
        lines = [] if dropped else list(islice(self._lines, seal["count"]))
        leaves = [leaf_hash(line) for line in lines]
        if len(known) != seal["count"] or tree_root(known).hex() != seal["root"]:
            events = "; its events were not" if tree_root(leaves).hex() == seal["root"] else ""
            tampered("changed", where, f"its list of event hashes was altered{events}")
        if not dropped and leaves != known:
            self._name_tampering(known, lines, rest, where)
        self.events += len(lines)
        for line in lines:
            if line.startswith(EXPIRED):
                said = read_json(line)["changed"]
                self._declared[said.get("month")] = (said, self.sealed_at)

    def _name_tampering(
        self, known: list[bytes], lines: list[bytes], rest: Iterator[tuple[Json, Tampered]], where: str
    ) -> NoReturn:
        """The first event that is not where it was sealed, and what seems to have happened to it."""
        lines = [*lines, *islice(self._lines, len(known))]  # what comes later tells what was put in before it
        leaves = [leaf_hash(line) for line in lines]
        place = next(i for i, expected in enumerate(known) if i >= len(leaves) or leaves[i] != expected)
        after = f"event {event_id(lines[place - 1])}" if place else "the seal before"
        if place >= len(leaves):
            tampered("truncated", where, f"the events end after {after}; {len(known) - place} more were sealed here")
        expected, found = known[place], leaves[place]
        if expected in leaves[place + 1 :]:
            kind = "reordered" if found in known[place + 1 :] else "inserted"
            tampered(kind, where, f"event {event_id(lines[place])} was not sealed here, after {after}")
        if found in known[place + 1 :] or any(found in hashes_of(later) for later, _ in rest):
            tampered("deleted", where, f"event {place + 1} of {len(known)} is missing; it came after {after}")
        how = "; its line ends otherwise: was the file converted?" if lines[place].endswith(b"\r") else ""
        tampered("changed", where, f"event {event_id(lines[place])} is not as it was sealed{how}")

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
            if min(at, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())) < oldest_drop(month):
                tampered("deleted", where, "its events were dropped before they were six years old")

    def check_witnesses(self, path: Path) -> int:
        """Checkpoints that were handed out earlier must be part of this log; how many the file holds."""
        found = object_in(path, "witness file")
        with shape_of(Unreadable(f"{path} is no witness file")):
            witnesses = found.get("items", [found])  # an answer of the API holds several
            for witness in witnesses:
                self._check_witness(witness, path)
            return len(witnesses)

    def _check_witness(self, witness: Json, path: Path) -> None:
        where = f"witness {path.name}"
        seal, checkpoint = read_json(witness["seal"]["body"]), read_json(witness["checkpoint"]["body"])
        number = checkpoint["number"]
        if seal["chain"] != self.chain:
            raise Unreadable(f"{path} is a witness of {seal['chain']}, and this is the log of {self.chain}")
        check_signature(witness["checkpoint"], checkpoint["key"], where)
        check_in_checkpoint(witness["seal"], checkpoint, where)
        beyond = seal["number"] > len(self.seals)
        if checkpoint["key"] not in self.keys and not beyond:
            tampered("forged", where, f"it is signed by {checkpoint['key']}, which is no key of this log")
        if beyond:
            given = f"you were given seal {seal['number']} of {checkpoint['at']}, this log ends at {len(self.seals)}"
            tampered("truncated", where, f"{given}: its end was cut off, or it was exported earlier than that")
        if leaf_hash(witness["seal"]["body"].encode()).hex() != self.seals[seal["number"] - 1]:
            tampered("forked", where, f"seal {seal['number']} of this log is another one than you were given")
        if number not in self.checkpoints or self.checkpoints[number][0] != witness["checkpoint"]["body"]:
            tampered("forked", where, f"checkpoint {number} of this log is another one than you were given")


def hashes_of(sealed: Json) -> list[bytes]:
    """The hashes of a seal's events."""
    joined = base64.b64decode(sealed["leaves"], validate=True)
    return [joined[i : i + 32] for i in range(0, len(joined), 32)]


def event_id(line: bytes) -> str:
    """The id of an event, for a message."""
    try:
        return str(read_json(line)["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "that cannot be read"


def oldest_drop(month: str) -> str:
    """The first instant at which every event of a month is six years old."""
    year, number = (int(part) for part in month.split("-"))
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return f"{year + KEPT_YEARS:04d}-{number:02d}-01T00:00:00.000000Z"


def check_proof(path: Path, pinned: str | None) -> str:
    """One event, its seal and the signed checkpoint, without anything else of the log."""
    proof = object_in(path, "proof file")
    with shape_of(Unreadable(f"{path} is no proof file")):
        seal, checkpoint = read_json(proof["seal"]["body"]), read_json(proof["checkpoint"]["body"])
        key, event = checkpoint["key"], event_id(proof["event"].encode())
        if pinned and key != pinned:
            tampered("forged", path.name, f"it is signed by {key}, not by the key you named")
        check_signature(proof["checkpoint"], key, f"checkpoint {checkpoint['number']}")
        check_in_checkpoint(proof["seal"], checkpoint, f"{seal['chain']} seal {seal['number']}")
        steps = [bytes.fromhex(step) for step in proof["path"]]
        root = root_from_path(leaf_hash(proof["event"].encode()), proof["place"], seal["count"], steps)
        if seal["checkpoint"] != checkpoint["number"] or root is None or root.hex() != seal["root"]:
            tampered("changed", path.name, f"event {event} is not what was sealed")
    return f"verified: event {event} of {seal['chain']} was sealed by {checkpoint['at']}, signed by {key}"


def check_export(folder: Path, pinned: str | None, witnesses: Sequence[Path]) -> str:
    """A whole export, and what was handed out earlier."""
    export = Export(folder, pinned)
    export.check()
    agreed = sum(export.check_witnesses(path) for path in witnesses)
    said = (
        f"verified: {export.events:,} events in {len(export.seals):,} seals of {export.chain}, the last one of"
        f" {export.sealed_at}; witnesses that agree: {agreed:,}; first key {export.first_key}"
    )
    if not pinned:
        said += "\nYou named no key: compare the first key with the one in your contract."
    if not agreed:
        said += "\nYou gave no witness: whether events were cut off after the last one cannot be told."
    return said


def public_key(text: str) -> str:
    """A public key as it was written down."""
    digits = "".join(text.split()).lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise argparse.ArgumentTypeError("a public key has 64 hexadecimal digits")
    return digits


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="the export")
    parser.add_argument("--witness", nargs="+", type=Path, default=[], help="checkpoints you were given earlier")
    parser.add_argument("--proof", type=Path, help="the proof of one event, instead of an export")
    parser.add_argument("--key", type=public_key, help="the public key the log begins with (of a proof: that signs it)")
    wanted = parser.parse_args(arguments)
    if (wanted.folder is None) == (wanted.proof is None):
        parser.error("name an export folder, or a proof with --proof")
    if wanted.proof and wanted.witness:
        parser.error("a witness is held against an export; a proof stands alone")
    folder, proof, key = wanted.folder, wanted.proof, wanted.key
    try:
        said = check_proof(proof, key) if proof else check_export(folder, key, wanted.witness)
    except Tampered as finding:
        sys.stdout.write(f"TAMPERED {finding}\n")
        return 1
    except Unreadable as problem:
        sys.stderr.write(f"verify.py: {problem}\n")
        return 2
    sys.stdout.write(said + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
