"""Segments described once, element by element: reading and writing follow from the same description.

Used by the inquiry and answer transactions (270/271, 276/277, 278), which share most of their segments. A form whose
value cannot be read raises ValueError; the reader then names the element through `conversions`.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from edi.procedures import Procedure, parse_procedure, procedure_parts
from edi.x12.errors import ElementRefusedError
from edi.x12.values import (
    CENTS,
    CENTS_TEXT,
    DATE_TEXT,
    DATES,
    QUANTITIES,
    TIMES,
    format_quantity,
    parse_time,
)

S = TypeVar("S")


class Marks(msgspec.Struct, frozen=True):
    """The separators inside an element, as the interchange declares them; `repetition` is empty where none is."""

    component: str = ":"
    repetition: str = "^"


class Kind(msgspec.Struct, frozen=True):
    """How one element becomes a value and back."""

    read: Callable[[str, Marks], Any]
    write: Callable[[Any, Marks], str]
    table: Mapping[str, object] | None = None
    """What tells whether the text can be converted; None where any text can."""
    components: int = 0
    """How many components the value holds; 0 for any number."""


def plain(text: str, marks: Marks) -> str:
    """Text that may stand in an element; ElementRefusedError when it holds a separator."""
    for mark in (marks.component, marks.repetition):
        if mark and mark in text:
            raise ElementRefusedError("", "", f"holds {mark!r}, which separates parts of an element")
    return text


def split_components(text: str, marks: Marks) -> list[str]:
    """Components of a composite element; none for an empty one."""
    return text.split(marks.component) if text else []


def join_components(parts: list[str], marks: Marks) -> str:
    """A composite element; empty components at the end are left out."""
    kept = [plain(part, marks) for part in parts]
    while kept and not kept[-1]:
        kept.pop()
    return marks.component.join(kept)


def _split_repeats(text: str, marks: Marks) -> list[str]:
    if not text:
        return []
    return text.split(marks.repetition) if marks.repetition else [text]


def _join_repeats(values: list[str], marks: Marks) -> str:
    if len(values) > 1 and not marks.repetition:
        raise ElementRefusedError("", "", "repeats, but the interchange declares no repetition separator")
    return marks.repetition.join(plain(value, marks) for value in values)


def _read_time(text: str, _marks: Marks) -> dt.time | None:
    if not text:
        return None
    hundredths = text[6:].ljust(2, "0")
    return parse_time(text).replace(microsecond=int(hundredths) * 10_000)


def _write_time(time: dt.time | None, _marks: Marks) -> str:
    if time is None:
        return ""
    hundredths = time.microsecond // 10_000
    seconds = f"{time.second:02}" if time.second or hundredths else ""
    return f"{time.hour:02}{time.minute:02}{seconds}" + (f"{hundredths:02}" if hundredths else "")


def _read_procedure(text: str, marks: Marks) -> Procedure | None:
    return parse_procedure(text, marks.component) if text else None


def _write_procedure(procedure: Procedure | None, marks: Marks) -> str:
    return join_components(procedure_parts(procedure), marks) if procedure else ""


TEXT = Kind(lambda text, _: text, plain)
AS_SENT = Kind(lambda text, _: text, lambda text, _: text)
"""A composite kept with its separators; they must be those of the interchange it is written to."""
CENTS_OR_NONE = Kind(
    lambda text, _: CENTS[text] if text else None,
    lambda cents, _: "" if cents is None else CENTS_TEXT[cents],
    CENTS,
)
"""An amount in cents, or None where none was sent: an amount of nothing is said as 0."""
CENTS_OR_ZERO = Kind(lambda text, _: CENTS[text], lambda cents, _: CENTS_TEXT[cents], CENTS)
DATE = Kind(lambda text, _: DATES[text], lambda date, _: DATE_TEXT[date], DATES)
TIME = Kind(_read_time, _write_time, TIMES)
QUANTITY = Kind(lambda text, _: QUANTITIES[text], lambda quantity, _: format_quantity(quantity), QUANTITIES)
TEXTS = Kind(_split_repeats, _join_repeats)
"""A repeated element."""
PARTS = Kind(split_components, join_components)
"""A composite whose components have no names of their own here."""
PROCEDURE = Kind(_read_procedure, _write_procedure, components=8)


def composite(make: Callable[..., object], *names: str) -> Kind:
    """A composite of named text components; None where it is empty."""

    def read(text: str, marks: Marks) -> object | None:
        parts = split_components(text, marks)
        return make(**dict(zip(names, parts, strict=False))) if parts else None

    def write(value: object | None, marks: Marks) -> str:
        return "" if value is None else join_components([getattr(value, name) for name in names], marks)

    return Kind(read, write, components=len(names))


class Read(msgspec.Struct):
    """A segment as read: the attributes of its value, and whether they hold everything the segment says."""

    attributes: dict[str, Any]
    whole: bool


class SegmentForm(Protocol):
    """What reading and writing need to know about one segment."""

    @property
    def segment_id(self) -> str:
        """Such as NM1."""

    @property
    def make(self) -> Callable[..., Any]:
        """Makes the segment's own value, where it has one, of the attributes read."""

    @property
    def conversions(self) -> Mapping[int, Mapping[str, object]]:
        """What tells whether an element can be converted, by its position."""

    def read(self, values: list[str], marks: Marks) -> Read:
        """Attributes of the value; ValueError when an element cannot be converted."""

    def write(self, value: Any, marks: Marks) -> list[str]:
        """Elements with the segment id first; ElementRefusedError for a value without an X12 form."""


class Form(Generic[S]):
    """A segment whose elements each fill one attribute; None marks an element the guides do not use."""

    def __init__(self, segment_id: str, make: Callable[..., S], *fields: tuple[str, Kind] | None) -> None:
        self.segment_id = segment_id
        self.make = make
        self._fields = tuple(enumerate(fields, start=1))
        self.conversions: dict[int, Mapping[str, object]] = {
            position: field[1].table for position, field in self._fields if field and field[1].table is not None
        }

    def read(self, values: list[str], marks: Marks) -> Read:
        """See `SegmentForm`; elements beyond those described make it not whole."""
        attributes: dict[str, Any] = {}
        whole = not any(values[len(self._fields) + 1 :])
        padded = values[1:] + [""] * len(self._fields)
        for (_, field), text in zip(self._fields, padded, strict=False):
            if field is None:
                whole = whole and not text
                continue
            name, kind = field
            attributes[name] = kind.read(text, marks)
            if kind.components and text.count(marks.component) >= kind.components:
                whole = False
        return Read(attributes, whole)

    def write(self, value: S, marks: Marks) -> list[str]:
        """See `SegmentForm`."""
        return [self.segment_id, *(self._element(position, field, value, marks) for position, field in self._fields)]

    def _element(self, position: int, field: tuple[str, Kind] | None, value: S, marks: Marks) -> str:
        if field is None:
            return ""
        try:
            return field[1].write(getattr(value, field[0]), marks)
        except ElementRefusedError as refused:
            raise ElementRefusedError(self.segment_id, f"{self.segment_id}{position:02}", refused.reason) from None
