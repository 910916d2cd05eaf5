"""A file that is damaged at random: there is a finding, or nothing of what it now says is lost. Never an exception."""

import random
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

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
)
from tests.edi.test_claim_837p import read
from tests.edi.test_remittance_835 import BUNDLED, adjustment

from edi.check import check
from edi.claim_837p import write_837p
from edi.reading import stream
from edi.remittance_835 import read_835, write_835
from edi.x12.envelope import envelope_of
from edi.x12.errors import X12Error

CLAIMS = write_837p(ENVELOPE, [outgoing(claim(), secondary_claim(), dependent_claim(), full_claim())])
REMITTANCE = write_835(ENVELOPE, [remittance(paid_claim(), BUNDLED, adjustments=(adjustment("WO", 100),))])


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


def rewritten(content: bytes) -> bytes:
    """What a file says, written again."""
    if b"~ST*835*" in content:
        remittances = list(read_835(content))
        transaction = remittances[0].payment.transaction
        assert transaction is not None
        return write_835(envelope_of(transaction), remittances)
    sets = read(content)
    transaction = sets[0].head.transaction
    assert transaction is not None
    return write_837p(envelope_of(transaction), sets)


def same_text(one: str, other: str) -> bool:
    """Whether two elements are equal, as numbers if they are numbers."""
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two files say the same: segments in any order, elements equal, whichever addendum ST03 names."""
    pairs = []
    for content in (one, other):
        text = content.decode("latin-1").strip("~\r\n ").replace("X222A2~", "X222A1~").replace("X221A2~", "X221A1~")
        pairs.append(sorted([segment.strip().rstrip("*").split("*") for segment in text.split("~")][2:]))
    first, second = pairs
    return len(first) == len(second) and all(
        len(a) == len(b) and all(map(same_text, a, b)) for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("content", [CLAIMS, REMITTANCE], ids=["837P", "835"])
def test_damage_is_found_or_nothing_is_lost(content: bytes, damage: Callable[[bytes, random.Random], bytes]) -> None:
    found = kept = 0
    for seed in range(250):
        broken = damage(content, random.Random(seed))
        result = check(broken)
        if any(finding.severity != "info" for finding in result.findings):
            found += 1
            list(stream(broken))
        elif broken != content:
            try:
                again = rewritten(broken)
            except X12Error as refusal:
                pytest.fail(f"seed {seed}: accepted, yet refused when written again: {refusal}")
            assert same_content(again, broken), f"seed {seed}"
            kept += 1
    assert found > 20
    assert found + kept > 200


@pytest.mark.parametrize("content", [CLAIMS, REMITTANCE], ids=["837P", "835"])
def test_rewriting_a_clean_file_gives_its_bytes(content: bytes) -> None:
    assert rewritten(content) == content
