"""Loops described once: which segments and inner loops belong to a value, in the order of the guide.

`write_loop` follows the description; `edi.hierarchy` reads by it. Segments without a place stay in `kept` of the loop
they were found in and are written back there.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Protocol

from edi.segment_forms import Marks, SegmentForm
from edi.x12.envelope import Envelope
from edi.x12.errors import ElementRefusedError, ValueRefusedError
from edi.x12.segment import Segment
from edi.x12.writer import InterchangeWriter, KeptSegments

Fit = Literal["whole", "partly", "refused"]
"""What became of a segment: all of it typed, some elements not, or no room for it (it is kept as sent)."""


class Part(Protocol):
    """One kind of segment in a loop, and where it goes in the loop's value."""

    @property
    def form(self) -> SegmentForm:
        """How the segment is read and written."""

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """Put the segment into the value. ValueError, and the value untouched, when it cannot be read."""

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """The segments the value holds."""


class Itself:
    """The segment whose elements are attributes of the loop's value itself; a second one is kept as sent."""

    def __init__(self, form: SegmentForm) -> None:
        self.form = form

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """See `Part`."""
        read = self.form.read(values, marks)
        if any(getattr(owner, name) for name in read.attributes):
            return "refused"
        for name, value in read.attributes.items():
            setattr(owner, name, value)
        return "whole" if read.whole else "partly"

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `Part`."""
        elements = self.form.write(owner, marks)
        if any(elements[1:]):
            yield elements


class One:
    """A segment that stands at most once; a second one is kept as sent."""

    def __init__(self, form: SegmentForm, attribute: str) -> None:
        self.form = form
        self._attribute = attribute

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """See `Part`."""
        if getattr(owner, self._attribute) is not None:
            return "refused"
        read = self.form.read(values, marks)
        setattr(owner, self._attribute, self.form.make(**read.attributes))
        return "whole" if read.whole else "partly"

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `Part`."""
        value = getattr(owner, self._attribute)
        if value is not None:
            yield self.form.write(value, marks)


class Many:
    """A segment that repeats, into a list."""

    def __init__(self, form: SegmentForm, attribute: str) -> None:
        self.form = form
        self._attribute = attribute

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """See `Part`."""
        read = self.form.read(values, marks)
        getattr(owner, self._attribute).append(self.form.make(**read.attributes))
        return "whole" if read.whole else "partly"

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `Part`."""
        for value in getattr(owner, self._attribute):
            yield self.form.write(value, marks)


class Within:
    """A part of an inner value such as a party or its address; the value is made by the first segment about it."""

    def __init__(self, attribute: str, make: Callable[[], Any], part: Part) -> None:
        self.form = part.form
        self._attribute = attribute
        self._make = make
        self._part = part

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """See `Part`."""
        target = getattr(owner, self._attribute)
        fresh = self._make() if target is None else target
        fit = self._part.take(fresh, values, marks)
        if target is None:
            setattr(owner, self._attribute, fresh)
        return fit

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `Part`."""
        target = getattr(owner, self._attribute)
        if target is not None:
            yield from self._part.give(target, marks)


class Ahead:
    """A part for segments that come before an attribute is set; behind it they mean something else."""

    def __init__(self, attribute: str, part: Part) -> None:
        self.form = part.form
        self._attribute = attribute
        self._part = part

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """See `Part`."""
        return "refused" if getattr(owner, self._attribute) is not None else self._part.take(owner, values, marks)

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `Part`."""
        yield from self._part.give(owner, marks)


class Child:
    """An inner loop: the list it is in, and the LS and LE number around it where the guide wants them."""

    def __init__(self, loop: "Loop", attribute: str, bounds: str = "") -> None:
        self.loop = loop
        self.attribute = attribute
        self.bounds = bounds


class Loop:
    """A loop: how its empty value is made, its segments in guide order, then its inner loops.

    The first segment of an inner loop opens it; the levels of a hierarchy are opened by HL.
    """

    def __init__(self, make: Callable[[], Any], parts: Sequence[Part], children: Sequence[Child] = ()) -> None:
        self.make = make
        self.parts = tuple(parts)
        self.children = tuple(children)
        self.by_id: dict[str, tuple[Part, ...]] = {}
        for part in parts:
            segment_id = part.form.segment_id
            self.by_id[segment_id] = (*self.by_id.get(segment_id, ()), part)
        self.openers = {child.loop.opener: child for child in children}
        self.is_placed = hasattr(make(), "byte_end")
        """Whether the value says which bytes it came from: `byte_start`, and `byte_end` behind the last."""
        self.ranks = {part.form.segment_id: rank for rank, part in reversed(list(enumerate(parts)))}

    def take(self, owner: Any, values: list[str], marks: Marks) -> Fit:
        """Put a segment into the loop's own value."""
        for part in self.by_id.get(values[0], ()):
            fit = part.take(owner, values, marks)
            if fit != "refused":
                return fit
        return "refused"

    @property
    def opener(self) -> str:
        """Id of the segment that opens this loop inside another."""
        return self.parts[0].form.segment_id

    def every(self) -> Iterator["Loop"]:
        """This loop and all inside it."""
        yield self
        for child in self.children:
            yield from child.loop.every()


class LoopWriter:
    """An interchange under construction, written by loops."""

    def __init__(self, out: InterchangeWriter, envelope: Envelope) -> None:
        self.out = out
        self._marks = Marks(envelope.delimiters.component, envelope.delimiters.repetition)

    def write(self, loop: Loop, owner: Any) -> None:
        """The loop's segments and inner loops. Raises ElementRefusedError, naming the element."""
        kept = KeptSegments(self.out, loop.ranks, owner.kept)
        for part in loop.parts:
            kept.before(part.form.segment_id)
            for elements in self._segments(part, owner):
                # The forms have checked every part of every element; only the separators between them are left.
                self.out.add_kept(Segment(elements))
        kept.rest()
        for child in loop.children:
            self._children(child, getattr(owner, child.attribute))

    def _segments(self, part: Part, owner: Any) -> Iterator[list[str]]:
        try:
            yield from part.give(owner, self._marks)
        except ElementRefusedError as refused:
            name = part.form.segment_id
            raise ElementRefusedError(refused.segment or name, refused.element, refused.reason) from None

    def _children(self, child: Child, values: Sequence[Any]) -> None:
        if child.bounds and values:
            self.out.add("LS", child.bounds)
        for value in values:
            if not any(child.loop.parts[0].give(value, self._marks)):
                raise ValueRefusedError(f"{child.attribute}: one says nothing for {child.loop.opener}, which opens it")
            self.write(child.loop, value)
        if child.bounds and values:
            self.out.add("LE", child.bounds)
