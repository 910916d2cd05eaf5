"""`python -m bench.x12_fuzz [COUNT] [SEED]`: damaged X12 files at random, until one crashes or hangs the check.

Each input is one of the golden files with one to four damages: bytes, segments and elements changed, dropped, repeated, swapped,
cut off. A crash prints the seed that makes it again; an input that takes longer than `HANG_SECONDS` counts as a hang.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edi.check import check

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "x12"
HANG_SECONDS = 5.0
_SIGNS = b"*~:^ \r\n\x00\xff0-.AZ"


def _byte(content: bytes, choose: random.Random) -> bytes:
    at = choose.randrange(len(content))
    new = choose.choice(_SIGNS) if choose.random() < 0.5 else choose.randrange(256)
    return content[:at] + bytes([new]) + content[at + 1 :]


def _slice(content: bytes, choose: random.Random) -> bytes:
    start, end = sorted(choose.randrange(len(content)) for _ in range(2))
    if choose.random() < 0.5:
        return content[:start] + content[end:]
    return content[:end] + content[start:end] + content[end:]


def _segments(content: bytes, choose: random.Random) -> bytes:
    parts = content.split(b"~")
    one, other = choose.randrange(len(parts)), choose.randrange(len(parts))
    what = choose.randrange(3)
    if what == 0:
        parts[one], parts[other] = parts[other], parts[one]
    elif what == 1:
        parts.insert(one, parts[other])
    else:
        del parts[one]
    return b"~".join(parts)


def _elements(content: bytes, choose: random.Random) -> bytes:
    parts = content.split(b"~")
    at = choose.randrange(len(parts))
    elements = parts[at].split(b"*")
    place = choose.randrange(len(elements))
    elements[place] = choose.choice(
        [b"", b"9" * 40, b"-", b"20261345", elements[place] * 2, b"A:B:C", b"1e9", "é²".encode()]
    )
    parts[at] = b"*".join(elements)
    return b"~".join(parts)


def _cut(content: bytes, choose: random.Random) -> bytes:
    return content[choose.randrange(len(content)) // 4 :][: choose.randrange(len(content) + 1)]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _byte,
    _byte,
    _slice,
    _segments,
    _elements,
    _elements,
    _cut,
)


def damaged(originals: list[bytes], seed: int) -> bytes:
    """The input of a seed."""
    choose = random.Random(seed)
    content = choose.choice(originals)
    for _ in range(choose.randrange(1, 5)):
        if content:
            content = choose.choice(_DAMAGES)(content, choose)
    return content


def main(count: int, first_seed: int) -> int:
    """Try `count` inputs; the number of those that crashed or hung."""
    originals = [path.read_bytes() for path in sorted(GOLDEN.glob("*.edi"))]
    wrong = 0
    for seed in range(first_seed, first_seed + count):
        start = time.process_time()
        try:
            check(damaged(originals, seed))
        except Exception as crash:
            wrong += 1
            print(f"seed {seed}: {type(crash).__name__}: {crash}")
        if time.process_time() - start > HANG_SECONDS:
            wrong += 1
            print(f"seed {seed}: took {time.process_time() - start:.1f} s")
    print(f"{count} inputs from seed {first_seed}: {wrong} crashed or hung")
    return wrong


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    raise SystemExit(1 if main(*(numbers + [10_000, 0][len(numbers) :])) else 0)
