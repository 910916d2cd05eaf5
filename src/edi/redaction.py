"""The same file without identities: structure, codes, amounts and sums stay; names, numbers, addresses, days do not.

One original always becomes the same substitute within a file, so that a claim still finds its remittance line. Days
become the first of January of their year. What the library does not know is blotted out.
"""

from collections.abc import Iterator, Mapping

from edi.codes import npi_is_valid
from edi.guide.dictionary import SEGMENTS
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
    "N4": {1: "city", 3: "postal"},
    "NM1": {3: "name", 4: "name", 5: "name", 6: "text", 7: "text", 9: "identifier", 12: "name"},
    "PER": {2: "name", 4: "contact", 6: "contact", 8: "contact"},
    "RDM": {2: "name", 3: "contact"},
    "TS3": {1: "identifier", 3: "date"},
    "CLP": {1: "number", 7: "number"},
    "PLB": {1: "identifier", 2: "date", 3: "plb", 5: "plb", 7: "plb", 9: "plb", 11: "plb", 13: "plb"},
    "SBR": {3: "number", 4: "name"},
    "PAT": {6: "date"},
    "DMG": {2: "date"},
    "INS": {12: "date"},
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
_PLAIN = frozenset({"SV1", "SV2", "SV3", "SVC"})
_ENVELOPE = frozenset({"ST", "SE", "GE", "IEA"})
_DESCRIPTION = 6
"""Place of the free text in a procedure's composite."""


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
    for position, kind in rules.items():
        if position < len(values) and values[position]:
            values[position] = substitutes.of(kind, values[position], delimiters)
    if segment_id == "HI":
        values[1:] = [_without_date(value, delimiters) for value in values[1:]]
    elif segment_id in _PLAIN:
        values[1:] = [_without_description(value, delimiters) for value in values[1:]]
    elif segment_id not in SEGMENTS and segment_id not in _ENVELOPE and not rules:
        values[1:] = ["X" * min(len(value), 8) for value in values[1:]]
    return delimiters.element.join(values)


def _without_date(value: str, delimiters: Delimiters) -> str:
    parts = value.split(delimiters.component)
    if len(parts) > 3 and parts[3]:
        parts[3] = _date(parts[3])
    return delimiters.component.join(parts)


def _without_description(value: str, delimiters: Delimiters) -> str:
    parts = value.split(delimiters.component)
    if len(parts) > _DESCRIPTION and parts[_DESCRIPTION]:
        parts[_DESCRIPTION] = "TEXT"
    return delimiters.component.join(parts)


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
