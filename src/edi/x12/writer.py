"""Writes segments and envelopes. Strict: an element that would change the structure, or leaves the X12 character set, is refused.

Nothing is escaped, because X12 has no escape; nothing is repaired, because the caller must know. Control numbers, dates and times
come from the caller.
"""

from collections.abc import Iterable, Mapping, Sequence

from edi.x12.delimiters import Delimiters
from edi.x12.envelope import Envelope
from edi.x12.errors import ElementRefusedError, ValueRefusedError
from edi.x12.guides import FUNCTIONAL_CODES, VERSIONS, Guide
from edi.x12.segment import Segment
from edi.x12.templates import Template, pieces
from edi.x12.values import format_date, format_time

_LAST = 1 << 30
_PRINTABLE = bytes(range(32, 127))
_REMEMBERED = 10_000
_ENOUGH = 500


class InterchangeWriter:
    """One interchange with one functional group: open sets, add segments, close. `content()` gives the bytes.

    What is pending is a list of values and, for each, of what stands before it: separators, and the fixed text of templates.
    It is joined and judged when its set ends, which is several times faster than segment by segment; only when something
    is wrong are the values looked at singly, to name the element.
    """

    def __init__(self, envelope: Envelope, guide: Guide, set_id: str) -> None:
        self._envelope = envelope
        self._version = VERSIONS[guide]
        self._set_id = set_id
        self._marks = envelope.delimiters
        self.component = self._marks.component
        self._plain = _Separators(self._marks)
        self._parts = [_isa(envelope) + self._marks.terminator + self._marks.line_end]
        self._pieces: list[str] = []
        self._values: list[str] = []
        self._set_control = ""
        self._sets = 0
        self._known: dict[tuple[str, ...], tuple[str, int]] = {}
        self._composites: set[str] = set()
        self._broken: set[str] = set()
        self._components = 0
        self._repetitions = 0
        self._segments = 0
        self._open_group()

    def _open_group(self) -> None:
        one = self._envelope
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
        self._flush()

    def begin_set(self, control_number: str) -> None:
        """Start a transaction set. Every guide but the 835 repeats its version in ST03."""
        self._set_control = control_number
        self._sets += 1
        self._segments = 0
        self.add("ST", self._set_id, control_number, "" if self._set_id == "835" else self._version)

    def end_set(self) -> None:
        """Close the set with its segment count. Raises ElementRefusedError for the first element that cannot be sent."""
        self._flush()
        self.add("SE", str(self._segments + 1), self._set_control)
        self._flush()

    def settle(self) -> None:
        """Judge and join what was added, when it is enough: at once its text is still in the processor's cache. Raises
        ElementRefusedError as `end_set` does.
        """
        if len(self._values) >= _ENOUGH:
            self._flush()

    def composite(self, *parts: str) -> str:
        """A composite element, for the segment added next; empty parts at the end are left out."""
        known = self._known.get(parts)
        if known is None:
            known = self._joined(parts)
            if len(self._known) < _REMEMBERED:
                self._known[parts] = known
        text, separators = known
        if text:
            self._composites.add(text)
        self._components += separators
        return text

    def _joined(self, parts: tuple[str, ...]) -> tuple[str, int]:
        """A composite with the number of its separators. One whose parts hold a separator is remembered as broken."""
        component, repetition = self.component, self._marks.repetition
        text = component.join(parts)
        broken = parts and (text.count(component) != len(parts) - 1 or (repetition and repetition in text))
        if parts and not parts[-1]:
            text = text.rstrip(component)
        if broken:
            self._broken.add(text)
        return text, text.count(component)

    def add(self, *elements: str) -> None:
        """Add a segment; empty elements at the end are left out."""
        self._pieces += self._plain[len(elements)]
        self._values += elements

    def prepared(self, template: Template) -> tuple[str, ...]:
        """A template with the delimiters of this interchange, for `fill`."""
        return pieces(template, self._marks)

    def fill(self, template: tuple[str, ...], values: tuple[str, ...]) -> None:
        """Add the segments of a template; empty elements at the end are left out. Components may not be empty at the end."""
        self._pieces += template
        self._values += values

    def add_kept(self, segment: Segment) -> None:
        """Add a segment as it was received; its composites must use this interchange's component separator."""
        component, repetition = self.component, self._marks.repetition
        for element in segment.elements:
            if component in element or (repetition and repetition in element):
                self._composites.add(element)
                self._components += element.count(component)
                self._repetitions += element.count(repetition) if repetition else 0
        self.add(*segment.elements)

    def _flush(self) -> None:
        """Judge what is pending and append it to the text."""
        marks, before, values = self._marks, self._pieces, self._values
        if not values:
            return
        element, terminator, component = marks.element, marks.terminator, marks.component
        both = [""] * (2 * len(values))
        both[::2], both[1::2] = before, values
        end = terminator + marks.line_end
        text, fixed = "".join(both)[len(end) :] + end, "".join(before)
        segments = fixed.count(terminator)
        self._segments += segments
        if (
            text.count(element) != fixed.count(element)
            or text.count(terminator) != segments
            or text.count(component) != fixed.count(component) + self._components
            or self._broken
            or (marks.repetition and text.count(marks.repetition) != self._repetitions)
            or not text.isascii()
            or len(text.encode().translate(None, _PRINTABLE))
            != segments * len(end.encode().translate(None, _PRINTABLE))
        ):
            self._refuse()
        surplus = element + terminator
        while surplus in text:
            text = text.replace(surplus, terminator)
        self._parts.append(text)
        self._pieces.clear()
        self._values.clear()
        self._composites.clear()
        self._components = self._repetitions = 0

    def _refuse(self) -> None:
        """Find the first element at fault and raise with its name."""
        separator, segment, position = self._marks.element, "", 0
        for piece, value in zip(self._pieces, self._values, strict=True):
            _, begins, start = piece.rpartition(self._marks.terminator)
            position = start.count(separator) + (0 if begins else position)
            if begins:
                segment = start.partition(separator)[0] or value
            reason = self._reason(value)
            if reason:
                raise ElementRefusedError(segment, f"{segment}{position:02}", reason)
        raise AssertionError("the set was refused as a whole, yet every element is right")

    def _reason(self, value: str) -> str:
        marks = self._marks
        if marks.element in value or marks.terminator in value:
            return "holds a character that separates elements or segments"
        if value and (not value.isascii() or not value.isprintable()):
            return "holds a character outside the X12 set; spell it in plain letters"
        allowed = value in self._composites
        if value in self._broken:
            return f"a component holds {marks.component!r} or {marks.repetition!r}, which separate components and repetitions"
        if not allowed and marks.component in value:
            return f"holds {marks.component!r}, which separates components"
        if not allowed and marks.repetition and marks.repetition in value:
            return f"holds {marks.repetition!r}, which separates repetitions"
        return ""

    def content(self) -> bytes:
        """The finished interchange. Raises ValueRefusedError when it would hold no set."""
        if not self._sets:
            raise ValueRefusedError("an interchange without a transaction set says nothing")
        number = self._envelope.group_control_number
        self.add("GE", str(self._sets), str(number))
        self.add("IEA", "1", f"{self._envelope.control_number:09}")
        self._flush()
        return "".join(self._parts).encode("ascii")


class _Separators(dict[int, tuple[str, ...]]):
    """What stands before the elements of a segment, its id among them, by their number."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__()
        self._delimiters = delimiters

    def __missing__(self, count: int) -> tuple[str, ...]:
        end = self._delimiters.terminator + self._delimiters.line_end
        found = self[count] = (end, *[self._delimiters.element] * (count - 1))
        return found


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
        if not self._waiting:
            return
        rank = self._ranks.get(segment_id, _LAST)
        while self._waiting and self._ranks.get(self._waiting[-1].id, _LAST) < rank:
            self._out.add_kept(self._waiting.pop())

    def rest(self) -> None:
        """Write what is left."""
        while self._waiting:
            self._out.add_kept(self._waiting.pop())
