"""`python -m bench x12_memory`: how much memory grows while a file far larger than memory may be is read and checked.

`python -m bench.x12_memory MEGABYTES` measures files of another size. Each measure has a process of its own; the growth is its
peak after everything was imported and a small file of the same kind was read, so that what is loaded once is not counted.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.measure import Measure
from bench.x12_files import claim_file, claim_pieces, remittance_file, remittance_pieces
from edi.check import check
from edi.claim_837p import stream_837p
from edi.remittance_835 import stream_835

LIMIT_MB = 64
MEGABYTES = 100
KINDS = ("835", "837P")
WORK = ("read", "check")
SHAPES = ("one set", "200 claims a set")


def run(megabytes: int = MEGABYTES) -> list[Measure]:
    """Every kind of file, in one set and in many, read and checked."""
    return [_measured(kind, work, shape, megabytes) for kind in KINDS for work in WORK for shape in SHAPES]


def _measured(kind: str, work: str, shape: str, megabytes: int) -> Measure:
    command = [sys.executable, "-m", "bench.x12_memory", kind, work, shape, str(megabytes)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    claims, grown = done.stdout.split()
    value = float(grown)
    return Measure(
        name=f"x12: {work} {kind} of {megabytes} MB, {shape}, growth MB",
        value=value,
        floor=float(LIMIT_MB),
        ratio=round(LIMIT_MB / max(value, 0.1), 2),
        goal=1.0,
        ok=value <= LIMIT_MB,
        note=f"{claims} claims; at most {LIMIT_MB} MB wanted for a file of any size",
    )


def _claims(kind: str, work: str, pieces: Iterable[bytes]) -> int:
    if work == "check":
        result = check(pieces)
        if result.findings.errors:
            raise AssertionError(f"the generated file is right, yet: {next(iter(result.findings))}")
        return sum(one.claims for one in result.transactions)
    stream = stream_835(pieces) if kind == "835" else stream_837p(pieces)
    return sum(type(event).__name__ in ("Claim", "ClaimPayment") for event in stream)


def _resident_kb(what: str) -> int:
    """VmRSS now or VmHWM at its peak; the peak that getrusage tells would include the parent's."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    if found is None:
        raise AssertionError(f"the system does not tell {what}")
    return int(found[1])


def _child(kind: str, work: str, shape: str, megabytes: int) -> None:
    """Read or check one file of that size, and print the claims and the growth."""
    _claims(kind, work, [remittance_file(400) if kind == "835" else claim_file(400)])
    before = _resident_kb("VmRSS")
    claims = _claims(kind, work, _pieces(kind, shape, megabytes))
    print(claims, round((_resident_kb("VmHWM") - before) / 1024, 1))


def _pieces(kind: str, shape: str, megabytes: int) -> Iterator[bytes]:
    """A file of about this size, made while it is read."""
    make, sample = (remittance_pieces, remittance_file) if kind == "835" else (claim_pieces, claim_file)
    claims = (megabytes << 20) // (len(sample(1_000)) // 1_000)
    return make(claims, claims_per_set=claims if shape == "one set" else 200)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        for measure in run(int(sys.argv[1])):
            print(f"{measure['name']}: {measure['value']} ({measure['note']})", flush=True)
    else:
        os.nice(5)
        _child(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
