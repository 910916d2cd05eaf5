"""Writes segments and envelopes. Strict: an element that would change the structure, or leaves the X12 character set, is refused.

Nothing is escaped, because X12 has no escape; nothing is repaired, because the caller must know. Control numbers, dates and times
come from the caller.
"""

from collections.abc import Iterable, Mapping, Sequence

from edi.x12.envelope import Envelope
from edi.x12.errors import ElementRefusedError, ValueRefusedError
from edi.x12.guides import FUNCTIONAL_CODES, VERSIONS, Guide
from edi.x12.segment import Segment
from edi.x12.values import format_date, format_time

_LAST = 1 << 30


class InterchangeWriter:
    """One interchange with one functional group: open sets, add segments, close. `content()` gives the bytes."""

    def __init__(self, envelope: Envelope, guide: Guide, set_id: str) -> None:
        self._envelope = envelope
        self._version = VERSIONS[guide]
        self._set_id = set_id
        marks = envelope.delimiters
        self._element, self._component = marks.element, marks.component
        self._end = marks.terminator + marks.line_end
        self._forbidden = tuple(mark for mark in (marks.terminator, marks.repetition) if mark)
        self._lines: list[str] = []
        self._set_start = 0
        self._set_control = ""
        self._sets = 0
        self._components = 0
        self._open_envelope()

    def _open_envelope(self) -> None:
        one = self._envelope
        self._lines.append(_isa(one))
        self.add(
            "GS",
            FUNCTIONAL_CODES[self._set_id],
            one.group_sender or one.sender_id,
            one.group_receiver or one.receiver_id,
            format_date(one.date),
            format_time(one.time),
            str(one.group_control_number),
            "X",
            self._version,
        )

    def begin_set(self, control_number: str) -> None:
        """Start a transaction set. Every guide but the 835 repeats its version in ST03."""
        self._set_start, self._set_control = len(self._lines), control_number
        self._sets += 1
        self.add("ST", self._set_id, control_number, "" if self._set_id == "835" else self._version)

    def end_set(self) -> None:
        """Close the set with its segment count."""
        self.add("SE", str(len(self._lines) - self._set_start + 1), self._set_control)

    def composite(self, *parts: str) -> str:
        """A composite element, for the segment added next; empty parts at the end are left out."""
        kept = list(parts)
        while kept and not kept[-1]:
            kept.pop()
        text = self._component.join(kept)
        separators = max(len(kept) - 1, 0)
        if text.count(self._component) != separators:
            raise ElementRefusedError("", "", f"a component may not hold {self._component!r}")
        self._components += separators
        return text

    def add(self, *elements: str) -> None:
        """Add a segment; empty elements at the end are left out. Raises ElementRefusedError, naming the element."""
        last = len(elements)
        while last and not elements[last - 1]:
            last -= 1
        kept = elements[:last]
        text = self._element.join(kept)
        components, self._components = self._components, 0
        if (
            text.count(self._element) != last - 1
            or text.count(self._component) != components
            or any(mark in text for mark in self._forbidden)
            or not text.isascii()
            or not text.isprintable()
        ):
            self._refuse(kept)
        self._lines.append(text)

    def add_kept(self, segment: Segment) -> None:
        """Add a segment as it was received; its composites must use this interchange's component separator."""
        self._components = sum(element.count(self._component) for element in segment.elements)
        repeats, self._forbidden = self._forbidden, self._forbidden[:1]
        try:
            self.add(*segment.elements)
        finally:
            self._forbidden = repeats

    def _refuse(self, elements: tuple[str, ...]) -> None:
        structure = (self._element, *self._forbidden)
        for position, value in enumerate(elements[1:], start=1):
            name = f"{elements[0]}{position:02}"
            if any(mark in value for mark in structure):
                raise ElementRefusedError(elements[0], name, "holds a character that separates elements or segments")
            if not value.isascii() or not value.isprintable():
                raise ElementRefusedError(
                    elements[0], name, "holds a character outside the X12 set; spell it in plain letters"
                )
        raise ElementRefusedError(elements[0], "", f"holds {self._component!r}, which separates components")

    def content(self) -> bytes:
        """The finished interchange. Raises ValueRefusedError when it would hold no set."""
        if not self._sets:
            raise ValueRefusedError("an interchange without a transaction set says nothing")
        number = self._envelope.group_control_number
        self.add("GE", str(self._sets), str(number))
        self.add("IEA", "1", f"{self._envelope.control_number:09}")
        text = self._end.join(self._lines) + self._end
        return text.encode("ascii")


def write_bare_interchange(envelope: Envelope, segments: Iterable[Sequence[str]]) -> bytes:
    """An interchange without groups, as TA1 segments travel. Raises ElementRefusedError for a delimiter in an element."""
    marks = envelope.delimiters
    lines = [_isa(envelope)]
    for segment in segments:
        for position, value in enumerate(segment):
            if any(mark and mark in value for mark in marks.characters()) or not value.isascii():
                raise ElementRefusedError(segment[0], f"{segment[0]}{position:02}", "holds a delimiter")
        lines.append(marks.element.join(segment))
    lines.append(marks.element.join(["IEA", "0", f"{envelope.control_number:09}"]))
    end = marks.terminator + marks.line_end
    return (end.join(lines) + end).encode("ascii")


def _isa(one: Envelope) -> str:
    marks = one.delimiters
    return marks.element.join(
        [
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            _fixed("ISA05", one.sender_qualifier, 2),
            _fixed("ISA06", one.sender_id, 15),
            _fixed("ISA07", one.receiver_qualifier, 2),
            _fixed("ISA08", one.receiver_id, 15),
            format_date(one.date)[2:],
            format_time(one.time)[:4],
            marks.repetition,
            "00501",
            f"{one.control_number:09}",
            "1" if one.acknowledgment_requested else "0",
            one.usage,
            marks.component,
        ]
    )


def _fixed(name: str, value: str, width: int) -> str:
    if len(value) > width:
        raise ElementRefusedError("ISA", name, f"has at most {width} characters")
    return value.ljust(width)


class KeptSegments:
    """Segments kept on reading, put back among the typed ones of their loop in the order of the guide.

    Only `unexpected` ones are written: the others have a typed value that is written instead.
    """

    def __init__(self, out: InterchangeWriter, ranks: Mapping[str, int], kept: Iterable[Segment]) -> None:
        self._out = out
        self._ranks = ranks
        waiting = [segment for segment in kept if segment.reason == "unexpected"]
        waiting.sort(key=lambda segment: ranks.get(segment.id, _LAST))
        self._waiting = waiting[::-1]

    def before(self, segment_id: str) -> None:
        """Write what the guide places before this segment."""
        rank = self._ranks.get(segment_id, _LAST)
        while self._waiting and self._ranks.get(self._waiting[-1].id, _LAST) < rank:
            self._out.add_kept(self._waiting.pop())

    def rest(self) -> None:
        """Write what is left."""
        while self._waiting:
            self._out.add_kept(self._waiting.pop())
