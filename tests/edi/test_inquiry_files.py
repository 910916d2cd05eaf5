"""Files of inquiries and answers: our golden ones come back byte for byte, and of the public ones nothing is lost."""

from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.edi.inquiry_values import ENVELOPE, kept_in
from tests.edi.samples import GOLDEN, needs_samples, public_files

from edi.authorization_278 import stream_278, write_278
from edi.eligibility_270 import stream_270, write_270
from edi.eligibility_271 import stream_271, write_271
from edi.status_276 import stream_276, write_276
from edi.status_277 import stream_277, write_277
from edi.x12.envelope import envelope_of
from edi.x12.tokenizer import Batch, Tokenizer

KINDS: dict[str, tuple[Any, Any]] = {
    "270": (stream_270, write_270),
    "271": (stream_271, write_271),
    "276": (stream_276, write_276),
    "277": (stream_277, write_277),
    "278": (stream_278, write_278),
}
ENVELOPES = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "HL"})


def of_kinds(paths: list[Path]) -> list[Path]:
    """Files of the transactions tested here."""
    return [path for path in paths if path.parent.name in KINDS]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_golden_file_is_written_again_byte_for_byte(kind: str) -> None:
    stream, write = KINDS[kind]
    paths = sorted(GOLDEN.glob(f"{kind}_*.edi"))
    assert paths
    for path in paths:
        reader = stream(path.read_bytes())
        values = reader.read_to_end()
        assert list(reader.findings) == []
        assert kept_in(values) == []
        assert write(envelope_of(values[0].header.transaction), values) == path.read_bytes()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32))
def test_a_damaged_file_is_read_without_an_exception(kind: str, seed: int) -> None:
    random = Random(seed)
    stream, _ = KINDS[kind]
    path = random.choice(sorted(GOLDEN.glob(f"{kind}_*.edi")))
    lines = path.read_bytes().splitlines(keepends=True)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(1, len(lines))
        line = bytearray(lines[place])
        match random.randint(0, 3):
            case 0:
                lines[place] = b""
            case 1:
                lines[place] *= 2
            case 2:
                lines[place] = lines[random.randrange(1, len(lines))]
            case _:
                if line:  # an earlier cut may have left nothing of it
                    line[random.randrange(len(line))] = random.choice(b"*:^~A9 -.")
                lines[place] = bytes(line)
    reader = stream(b"".join(lines))
    values = reader.read_to_end()
    assert values or list(reader.findings)


def segments_of(content: bytes) -> Counter[tuple[str, ...]]:
    """The segments inside the sets of a file, with numbers in one form."""
    found: Counter[tuple[str, ...]] = Counter()
    for piece in Tokenizer(content):
        if isinstance(piece, Batch) and piece.header is None:
            for text in piece.segments:
                marks = piece.delimiters
                elements = [spelled(each) for each in text.replace(marks.component, ":").split(marks.element)]
                if elements[0] == "BHT" and len(elements) > 5 and len(elements[5]) == 6:
                    elements[5] = elements[5].removesuffix("00")  # we write no seconds where there are none
                if elements[0] not in ENVELOPES:
                    found[tuple(elements)] += 1
    return found


def spelled(element: str) -> str:
    """An element as written by us: numbers without padding zeros."""
    try:
        return f"{Decimal(element):f}".rstrip("0").rstrip(".") if "." in element else element
    except InvalidOperation:
        return element


@needs_samples
@pytest.mark.parametrize("path", of_kinds(public_files()), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_of_a_public_file_is_lost(path: Path) -> None:
    stream, write = KINDS[path.parent.name]
    content = path.read_bytes()
    reader = stream(content)
    values = reader.read_to_end()
    if not values:
        assert [finding.code for finding in reader.findings]
        return
    received = values[0].header.transaction.interchange.delimiters
    # We write no terminator that is a control character; the rest of the file's delimiters stay.
    terminator = received.terminator if received.terminator.isprintable() else "~"
    delimiters = structs.replace(received, terminator=terminator, line_end="")
    written = segments_of(write(structs.replace(ENVELOPE, delimiters=delimiters), values))
    kept = Counter(tuple(segment.elements) for segment in kept_in(values) if segment.reason != "unexpected")
    assert segments_of(content) - written - kept == Counter()
