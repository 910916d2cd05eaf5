"""The same file without identities: structure, codes, amounts and sums stay; names, numbers, addresses, days do not.

One original always becomes the same substitute within a file, so that a claim still finds its remittance line. Days
become the first of January of their year. Nothing passes because nobody thought of it: what has no rule must look like
the code or number that the dictionary expects there, or it is blotted out.
"""

import re
from collections.abc import Iterator, Mapping

from edi.codes import npi_is_valid
from edi.guide.dictionary import SEGMENTS, ElementType
from edi.x12.delimiters import Delimiters
from edi.x12.tokenizer import Damage, Source, Tokenizer

_RULES: Mapping[str, Mapping[int, str]] = {
    "ISA": {2: "blank", 4: "blank", 6: "party", 8: "party", 9: "short-date"},
    "GS": {2: "partner", 3: "partner", 4: "date"},
    "BHT": {3: "number", 4: "date"},
    "BPR": {7: "number", 9: "number", 10: "number", 11: "number", 13: "number", 15: "number", 16: "date"},
    "TRN": {2: "number", 3: "number", 4: "number"},
    "REF": {2: "number", 3: "text", 4: "blot"},
    "DTM": {2: "date"},
    "DTP": {3: "date"},
    "N1": {2: "name", 4: "identifier"},
    "N2": {1: "name", 2: "name"},
    "N3": {1: "street", 2: "text"},
    "N4": {1: "city", 3: "postal", 6: "text"},
    "NM1": {3: "name", 4: "name", 5: "name", 6: "text", 7: "text", 9: "identifier", 12: "name"},
    "PER": {2: "name", 4: "contact", 6: "contact", 8: "contact"},
    "RDM": {2: "name", 3: "contact"},
    "TS3": {1: "identifier", 3: "date"},
    "CLP": {1: "number", 7: "number"},
    "PLB": {1: "identifier", 2: "date", 3: "plb", 5: "plb", 7: "plb", 9: "plb", 11: "plb", 13: "plb"},
    "SBR": {3: "number", 4: "name"},
    "PAT": {6: "date"},
    "DMG": {2: "date"},
    "INS": {12: "date", 14: "city"},
    "SV1": {17: "number"},
    "CLM": {1: "number"},
    "DN2": {5: "date"},
    "PWK": {6: "number", 7: "text"},
    "CN1": {4: "number"},
    "K3": {1: "text"},
    "NTE": {2: "text"},
    "CR1": {7: "street", 8: "street", 9: "text", 10: "text"},
    "CR2": {10: "text", 11: "text"},
    "HCP": {4: "number"},
    "SVD": {1: "identifier"},
    "PS1": {1: "identifier"},
    "FRM": {3: "text", 4: "date"},
    "EB": {5: "text"},
    "MSG": {1: "text"},
    "STC": {2: "date", 6: "date", 8: "date", 9: "number", 12: "text"},
    "HCR": {2: "number"},
    "AK1": {},
    "IK4": {4: "text"},
    "CTX": {1: "blot"},
    "TA1": {2: "short-date"},
}
_ENVELOPE = {"ISA": 16, "GS": 8, "ST": 3, "SE": 2, "GE": 2, "IEA": 2, "TA1": 5}
"""How many elements they have; none but the ruled ones speak of anybody."""
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_FREE_TEXT = 60
"""Text elements this long hold words."""
_REASON = 2
"""Characters of PLB03-1."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.]{0,11}")
_DAYS = re.compile(r"[0-9]{8}(?:[0-9]{4})?(?:-[0-9]{8}(?:[0-9]{4})?)?")
_AMOUNT = re.compile(r"-?[0-9]*\.?[0-9]*")


def redact(source: Source) -> Iterator[bytes]:
    """The redacted file in pieces. Bytes that are no segments are left out."""
    substitutes = _Substitutes()
    for piece in Tokenizer(source):
        if isinstance(piece, Damage):
            continue
        delimiters = piece.delimiters
        end = delimiters.terminator + delimiters.line_end
        lines = (_segment(segment.split(delimiters.element), substitutes, delimiters) for segment in piece.segments)
        yield "".join(line + end for line in lines).encode("latin-1")


def _segment(values: list[str], substitutes: "_Substitutes", delimiters: Delimiters) -> str:
    segment_id = values[0]
    rules = _RULES.get(segment_id, {})
    if segment_id == "PRV" and len(values) > 2 and values[2] != "PXC":
        rules = {3: "number"}
    types = SEGMENTS.get(segment_id, ())
    for position, value in enumerate(values[1:], start=1):
        if not value:
            continue
        if position in rules:
            values[position] = substitutes.of(rules[position], value, delimiters)
        elif position > _ENVELOPE.get(segment_id, 0):
            values[position] = _expected(types[position - 1] if position <= len(types) else None, value, delimiters)
    if not _SEGMENT_ID.fullmatch(segment_id):
        values[0] = "ZZZ"
    return delimiters.element.join(values)


def _expected(kind: ElementType | None, value: str, delimiters: Delimiters) -> str:
    """The value where it is what the dictionary expects, part by part."""
    if kind is None:
        return "X" * min(len(value), 8)
    if kind.repeats and delimiters.repetition and delimiters.repetition in value:
        one = ElementType(kind.kind, kind.shortest, kind.longest, kind.components)
        return delimiters.repetition.join(
            _expected(one, each, delimiters) for each in value.split(delimiters.repetition)
        )
    if kind.components:
        padded = (*kind.components, *[None] * value.count(delimiters.component))
        return delimiters.component.join(
            _expected(inner, part, delimiters) if part else ""
            for inner, part in zip(padded, value.split(delimiters.component), strict=False)
        )
    return _simple(kind, value)


def _simple(kind: ElementType, value: str) -> str:
    if kind.kind in ("DT", "DF") or (kind.kind == "AN" and _DAYS.fullmatch(value)):
        return _date(value)
    if kind.kind in ("R", "N"):
        return value if len(value) <= kind.longest + 2 and _AMOUNT.fullmatch(value) else "0"
    if kind.kind == "TM":
        return value if value.isdecimal() else "0000"
    if kind.kind == "ID":
        return value if len(value) <= kind.longest and value.isalnum() else "X" * kind.shortest
    if kind.longest >= _FREE_TEXT or not _CODE.fullmatch(value):
        return "TEXT"[: kind.longest]
    return value


def _date(text: str) -> str:
    """First of January for every eight digits that begin with a year; other digits become zero."""
    parts = text.split("-")
    kept = [part[:4] + "0101" + "0" * len(part[8:]) if len(part) >= 8 and part.isdecimal() else "" for part in parts]
    return "-".join(kept) if all(kept) else "0" * len(text)


class _Substitutes:
    """What stands for what, counted up in the order of first meeting."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._met: dict[str, int] = {}

    def of(self, kind: str, text: str, delimiters: Delimiters) -> str:
        """The substitute of one element."""
        fixed = {"text": "TEXT", "city": "ANYTOWN", "street": "1 MAIN STREET", "contact": "5555550100"}.get(kind)
        if fixed is not None:
            return fixed
        if kind == "blank":
            return " " * len(text)
        if kind == "blot":
            marks = delimiters.component + delimiters.repetition
            return "".join(sign if sign in marks else "X" for sign in text)
        if kind == "date":
            return _date(text)
        if kind == "short-date":
            return text[:2] + "0101" if len(text) == 6 else "0" * len(text)
        if kind == "postal":
            return "0" * len(text)
        if kind in ("party", "partner"):
            found = self._numbered("party", text)
            return found.ljust(len(text)) if kind == "party" else found
        if kind == "plb":
            reason, mark, reference = text.partition(delimiters.component)
            reason = reason if len(reason) <= _REASON and reason.isalnum() else "ZZ"
            return reason + mark + (self._numbered("number", reference) if reference else "")
        return self._numbered(kind, text)

    def _numbered(self, kind: str, text: str) -> str:
        if kind == "identifier" and npi_is_valid(text):
            kind = "npi"
        elif kind == "identifier":
            kind = "number"
        key = (kind, text.strip())
        if key not in self._known:
            self._met[kind] = self._met.get(kind, 0) + 1
            self._known[key] = _substitute(kind, self._met[kind], len(text))
        return self._known[key]


def _substitute(kind: str, count: int, length: int) -> str:
    if kind == "name":
        return f"NAME{count}"
    if kind == "party":
        return f"PARTY{count}"
    if kind == "npi":
        nine = f"1{count:08}"
        return next(nine + digit for digit in "0123456789" if npi_is_valid(nine + digit))
    return f"{count:0{min(length, 20)}}"
