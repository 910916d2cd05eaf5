"""A file that is damaged at random: there is a finding, or nothing of what it now says is lost. Never an exception."""

import random
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.edi.examples import (
    ENVELOPE,
    claim,
    dependent_claim,
    full_claim,
    outgoing,
    paid_claim,
    remittance,
    secondary_claim,
    without_positions,
)
from tests.edi.samples import GOLDEN
from tests.edi.test_claim_837i import read as read_institutional
from tests.edi.test_claim_837p import read
from tests.edi.test_remittance_835 import BUNDLED, adjustment

from edi.ack_277ca import stream_277ca, write_277ca
from edi.ack_999 import stream_999, write_999
from edi.authorization_278 import stream_278, write_278
from edi.check import check
from edi.claim_837i import write_837i
from edi.claim_837p import write_837p
from edi.eligibility_270 import stream_270, write_270
from edi.eligibility_271 import stream_271, write_271
from edi.reading import stream
from edi.remittance_835 import read_835, write_835
from edi.status_276 import stream_276, write_276
from edi.status_277 import stream_277, write_277
from edi.x12.envelope import Envelope, envelope_of
from edi.x12.errors import X12Error

CLAIMS = write_837p(ENVELOPE, [outgoing(claim(), secondary_claim(), dependent_claim(), full_claim())])
REMITTANCE = write_835(ENVELOPE, [remittance(paid_claim(), BUNDLED, adjustments=(adjustment("WO", 100),))])


SEEDS = 60
_NUMBER = re.compile(r"-?(?:[0-9]{1,20}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")


def change_byte(content: bytes, choose: random.Random) -> bytes:
    """Another byte at one place."""
    at = choose.randrange(len(content))
    return content[:at] + bytes([choose.randrange(256)]) + content[at + 1 :]


def drop_byte(content: bytes, choose: random.Random) -> bytes:
    """One byte less."""
    at = choose.randrange(len(content))
    return content[:at] + content[at + 1 :]


def drop_segment(content: bytes, choose: random.Random) -> bytes:
    """One segment less."""
    segments = content.split(b"~")
    del segments[choose.randrange(len(segments) - 1)]
    return b"~".join(segments)


def repeat_segment(content: bytes, choose: random.Random) -> bytes:
    """One segment twice."""
    segments = content.split(b"~")
    at = choose.randrange(len(segments) - 1)
    return b"~".join([*segments[: at + 1], *segments[at:]])


def swap_segments(content: bytes, choose: random.Random) -> bytes:
    """Two neighbors in the wrong order."""
    segments = content.split(b"~")
    at = choose.randrange(len(segments) - 2)
    segments[at], segments[at + 1] = segments[at + 1], segments[at]
    return b"~".join(segments)


def change_number(content: bytes, choose: random.Random) -> bytes:
    """One digit counted up: an amount, a count, a date, an identifier."""
    places = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
    at = choose.choice(places)
    return content[:at] + str((int(chr(content[at])) + 1) % 10).encode() + content[at + 1 :]


def cut_off(content: bytes, choose: random.Random) -> bytes:
    """The end missing."""
    return content[: choose.randrange(1, len(content))]


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [
    change_byte,
    drop_byte,
    drop_segment,
    repeat_segment,
    swap_segments,
    change_number,
    cut_off,
]


def _envelope(content: bytes) -> Envelope:
    return envelope_of(check(content).transactions[0].transaction)


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "835": lambda content: write_835(_envelope(content), list(read_835(content))),
    "837P": lambda content: write_837p(_envelope(content), read(content)),
    "837I": lambda content: write_837i(_envelope(content), read_institutional(content)),
    "999": lambda content: write_999(_envelope(content), list(stream_999(content))),
    "277CA": lambda content: write_277ca(_envelope(content), list(stream_277ca(content))),
    "270": lambda content: write_270(_envelope(content), list(stream_270(content))),
    "271": lambda content: write_271(_envelope(content), list(stream_271(content))),
    "276": lambda content: write_276(_envelope(content), list(stream_276(content))),
    "277": lambda content: write_277(_envelope(content), list(stream_277(content))),
    "278": lambda content: write_278(_envelope(content), list(stream_278(content))),
}
"""What a file says, written again."""


def golden(start: str) -> bytes:
    """The first golden file of a kind, on one line."""
    return min(GOLDEN.glob(f"{start}_*.edi")).read_bytes().replace(b"\n", b"")


CONTENTS = {"837P": CLAIMS, "835": REMITTANCE}
CONTENTS |= {kind: golden(kind.lower()) for kind in WRITERS if kind not in CONTENTS}


def spelled(element: str) -> str:
    """An element in one form: numbers without padding zeros."""
    return str(Decimal(element).normalize()) if _NUMBER.fullmatch(element) else element


def segments(content: bytes) -> list[list[str]]:
    """The segments of a file behind GS in any order, whichever addendum of the guide ST03 names."""
    text = re.sub(r"(005010X[0-9]{3})A[1-9]~", r"\1~", content.decode("latin-1").strip("~\r\n "))
    return sorted([spelled(each) for each in one.strip().rstrip("*").split("*")] for one in text.split("~")[2:])


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two files say the same."""
    return segments(one) == segments(other)


def is_silent(broken: bytes) -> bool:
    """Whether the check finds nothing; readers must not raise either way."""
    list(stream(broken))
    return all(finding.severity == "info" for finding in check(broken).findings)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", CONTENTS)
def test_damage_is_found_or_nothing_is_lost(kind: str, damage: Callable[[bytes, random.Random], bytes]) -> None:
    content = CONTENTS[kind]
    found = kept = 0
    for seed in range(SEEDS):
        broken = damage(content, random.Random(seed))
        if not is_silent(broken):
            found += 1
        elif broken != content:
            try:
                again = WRITERS[kind](broken)
            except X12Error as refusal:
                pytest.fail(f"seed {seed}: accepted, yet refused when written again: {refusal}")
            assert same_content(again, broken), f"seed {seed}"
            kept += 1
    assert found > SEEDS // 15
    assert found + kept > SEEDS * 2 // 3


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", ["837d", "ta1"])
def test_damage_of_what_is_only_read_is_found_or_seen_in_the_value(
    kind: str, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    content = golden(kind)
    values = without_positions(list(stream(content)))
    found = 0
    for seed in range(SEEDS):
        broken = damage(content, random.Random(seed))
        if not is_silent(broken):
            found += 1
        elif not same_content(broken, content):
            assert without_positions(list(stream(broken))) != values, f"seed {seed}"
    assert found > SEEDS // 15


@pytest.mark.parametrize("kind", CONTENTS)
def test_rewriting_a_clean_file_gives_its_bytes(kind: str) -> None:
    assert WRITERS[kind](CONTENTS[kind]) == CONTENTS[kind]
