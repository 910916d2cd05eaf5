"""What a partner's file is, told from its envelopes alone. Pure.

A file is recognized by the transaction sets in it; what stands inside them is for whoever listens. A file that cannot be
recognized gets a problem: what is wrong, where, and what would be right, never with the text that was found.
"""

import re

import msgspec

from edi.x12.delimiters import IsaHeader
from edi.x12.guides import VERSIONS, Guide, guide_of
from edi.x12.tokenizer import Batch, Damage, Tokenizer

ANNOUNCED: dict[Guide, str] = {"999": "999", "277CA": "277ca", "835": "835"}
"""The guides that somebody listens for, as they stand in a topic."""

_READ_HERE = ", ".join(f"{guide} ({VERSIONS[guide]})" for guide in ANNOUNCED) + " and TA1"
_BINARY = {
    b"PK": "a ZIP archive or Office file",
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\x1f\x8b": "a gzip archive",
}
_AGAIN = "ask the partner to send the whole file again"


class Recognized(msgspec.Struct, frozen=True):
    """The sets of a file as topics name them (`835`, `999`, `277ca`, `ta1`), its first ISA13, and what is wrong with it.

    A file with a problem is not announced at all, so that half of a file never acts.
    """

    sets: tuple[str, ...] = ()
    control_number: str = ""
    problem: str | None = None


def recognize(content: bytes) -> Recognized:
    """Walk the envelopes of a file. One pass; no values are read."""
    if problem := _not_x12(content):
        return Recognized(problem=problem)
    walk = _Walk()
    for piece in Tokenizer(content):
        walk.take(piece)
    return walk.result()


def ends_whole(content: bytes) -> bool:
    """Whether the last segment is an IEA, so that the file cannot be the first part of a longer one."""
    tail = content[-200:].rstrip(b" \t\r\n\x00\x1a")
    return re.search(rb"IEA[^A-Za-z0-9][0-9]{1,5}[^A-Za-z0-9][0-9]{9}[^A-Za-z0-9]\Z", tail) is not None


def _not_x12(content: bytes) -> str | None:
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return f"the file is empty; an X12 file begins with an ISA segment: {_AGAIN}"
    for magic, name in _BINARY.items():
        if text.startswith(magic):
            return f"this is {name}, told from its first bytes; expected an X12 file that begins with ISA: ask the partner for it as text"
    if text.startswith(b"ISA"):
        return None
    if b"\x00" in text[:1000]:
        return "the file is binary, or text in UTF-16; expected an X12 file in ASCII that begins with ISA"
    return "the file does not begin with an ISA segment (byte 1); expected an X12 file, not a report or a letter"


class _Walk:
    """What was seen so far of one file."""

    def __init__(self) -> None:
        self._sets: dict[str, None] = {}
        self._control_number = ""
        self._version = ""
        self._open = False
        self._problem: str | None = None

    def take(self, piece: Batch | Damage) -> None:
        if isinstance(piece, Damage):
            self._damage(piece)
            return
        if piece.header is not None:
            self._interchange(piece.header)
            return
        separator = piece.delimiters.element
        marks = tuple(mark + separator for mark in ("ST", "GS", "TA1", "IEA"))
        for segment in piece.segments:
            if segment.startswith(marks):
                self._segment(segment.split(separator))

    def result(self) -> Recognized:
        if self._open:
            self._refuse(f"the interchange has no IEA segment at its end, so the file is incomplete: {_AGAIN}")
        if not self._sets:
            self._refuse(f"the interchange holds no transaction set (ST) and no TA1; expected {_READ_HERE}")
        return Recognized(tuple(self._sets), self._control_number, self._problem)

    def _damage(self, damage: Damage) -> None:
        if damage.kind == "syntax.truncated":
            self._refuse(f"the file ends inside a segment at byte {damage.offset + 1}: {_AGAIN}")
        elif damage.kind in ("syntax.outside-interchange", "syntax.isa-unreadable"):
            self._refuse(f"at byte {damage.offset + 1} stands something else than {damage.expected}: {_AGAIN}")

    def _interchange(self, header: IsaHeader) -> None:
        if self._open:
            self._refuse(f"an interchange begins before the one before it has its IEA segment: {_AGAIN}")
        self._open = True
        if header.faults:
            element, _, expected = header.faults[0]
            self._refuse(f"{element} breaks the fixed layout of the ISA segment; expected {expected}")
        elif not self._control_number:
            number = header.elements[13]
            self._control_number = number if number.isascii() and number.isdigit() else ""

    def _segment(self, elements: list[str]) -> None:
        name, given = elements[0], [*elements[1:], "", "", "", "", "", "", "", ""]
        if name == "IEA":
            self._open = False
        elif name == "TA1":
            self._sets["ta1"] = None
        elif name == "GS":
            self._version = given[7]
        else:
            self._transaction(given[0], given[2] or self._version)

    def _transaction(self, set_id: str, version: str) -> None:
        guide = guide_of(set_id, version)
        if guide in ANNOUNCED:
            self._sets[ANNOUNCED[guide]] = None
            return
        named = (
            f"{set_id} in version {version}"
            if _is_code(set_id) and _is_code(version)
            else "a transaction set of no known code"
        )
        self._refuse(f"the file holds {named} (ST01, GS08), which is not read here; expected {_READ_HERE}")

    def _refuse(self, problem: str) -> None:
        self._problem = self._problem or problem


def _is_code(text: str) -> bool:
    return re.fullmatch(r"[A-Z0-9]{3,12}", text) is not None
