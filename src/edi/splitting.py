"""Cuts a file into smaller whole ones: one per transaction set, or one per claim. The sender's words are not changed,
only counts and hierarchy numbers are made to fit. A remittance cut by claim keeps the payment's own total.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from edi.x12.delimiters import Delimiters
from edi.x12.tokenizer import Damage, Source, Tokenizer

By = Literal["claim", "st"]

_CLAIM_STARTS = {"837": "CLM", "835": "CLP"}
_LEVELS = ("20", "22", "23")


class Piece(msgspec.Struct, frozen=True):
    """One file: what it is about (the ST02 or the claim's control number), and its bytes."""

    name: str
    content: bytes


def split(source: Source, by: By) -> Iterator[Piece]:
    """The pieces in order. Sets without claims are given whole when cutting by claim."""
    for isa, group, body, delimiters in _sets(source):
        set_id, control = _element(body[0], 1, delimiters), _element(body[0], 2, delimiters)
        start = _CLAIM_STARTS.get(set_id)
        if by == "st" or start is None:
            yield Piece(control, _whole(isa, group, body, delimiters))
        else:
            for name, segments in _claims(body, start, delimiters):
                yield Piece(name, _whole(isa, group, segments, delimiters))


def _sets(source: Source) -> Iterator[tuple[str, str, list[str], Delimiters]]:
    isa = group = ""
    body: list[str] = []
    for piece in Tokenizer(source):
        if isinstance(piece, Damage):
            body = []
            continue
        separator = piece.delimiters.element
        for segment in piece.segments:
            segment_id = segment.partition(separator)[0]
            if segment_id == "ISA":
                isa = segment
            elif segment_id == "GS":
                group = segment
            elif segment_id == "ST":
                body = [segment]
            elif body:
                body.append(segment)
            if segment_id == "SE" and body:
                yield isa, group, body, piece.delimiters
                body = []


def _element(segment: str, position: int, delimiters: Delimiters) -> str:
    values = segment.split(delimiters.element)
    return values[position] if position < len(values) else ""


def _whole(isa: str, group: str, body: Iterable[str], delimiters: Delimiters) -> bytes:
    separator = delimiters.element
    trailers = [
        separator.join(["GE", "1", _element(group, 6, delimiters)]),
        separator.join(["IEA", "1", _element(isa, 13, delimiters)]),
    ]
    end = delimiters.terminator + delimiters.line_end
    return (end.join([isa, group, *body, *trailers]) + end).encode("latin-1")


def _claims(body: list[str], start: str, delimiters: Delimiters) -> Iterator[tuple[str, list[str]]]:
    """Each claim with everything above it."""
    above: dict[str, list[str]] = {}
    claim: list[str] = []
    open_part = above.setdefault("", [])
    for segment in body[1:-1]:
        segment_id = _element(segment, 0, delimiters)
        if claim and segment_id in (start, "HL", "LX", "PLB") and not (start == "CLM" and segment_id == "LX"):
            yield _element(claim[0], 1, delimiters), _set_of(body, above, claim, delimiters)
            claim = []
        if segment_id == start:
            claim = [segment]
        elif claim:
            claim.append(segment)
        elif segment_id in ("HL", "LX"):
            open_part = _open(above, segment, delimiters)
        elif segment_id != "PLB":
            open_part.append(segment)
    if claim:
        yield _element(claim[0], 1, delimiters), _set_of(body, above, claim, delimiters)


def _open(above: dict[str, list[str]], segment: str, delimiters: Delimiters) -> list[str]:
    """A new level closes those of its own kind and below."""
    level = _element(segment, 3, delimiters) if segment.startswith("HL") else "20"
    for closed in _LEVELS[_LEVELS.index(level) if level in _LEVELS else 0 :]:
        above.pop(closed, None)
    above[level] = [segment]
    return above[level]


def _set_of(body: list[str], above: dict[str, list[str]], claim: list[str], delimiters: Delimiters) -> list[str]:
    segments = [body[0]]
    number = 0
    for place, (level, part) in enumerate(above.items()):
        if part and part[0].startswith("HL" + delimiters.element):
            number += 1
            children = "0" if place == len(above) - 1 else "1"
            parent = str(number - 1) if number > 1 else ""
            segments.append(delimiters.element.join(["HL", str(number), parent, level, children]))
            segments += part[1:]
        else:
            segments += part
    segments += claim
    control = _element(body[0], 2, delimiters)
    return [*segments, delimiters.element.join(["SE", str(len(segments) + 1), control])]
