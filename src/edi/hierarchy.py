"""Transactions built of HL levels (270/271, 276/277, 278): read into one value per patient, and written from them.

A `Hierarchy` names the levels from the outermost to the innermost. Everything up to `unit` is one chain of owners,
shared by the values that follow one another under it; the level in `gathered` is a list inside each value. Values
are handed over when the next one begins, so memory does not grow with a transaction set.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from edi.loops import Child, Fit, Itself, Loop, LoopWriter
from edi.segment_forms import DATE, TEXT, TIME, Form, Marks
from edi.x12.envelope import Envelope, TransactionSet
from edi.x12.errors import ValueRefusedError
from edi.x12.findings import Finding
from edi.x12.guides import Guide
from edi.x12.reader import Handler, Reader, SetBuilder
from edi.x12.segment import Segment
from edi.x12.tokenizer import Source
from edi.x12.writer import InterchangeWriter

T = TypeVar("T")


class TransactionHeader(msgspec.Struct, kw_only=True):
    """BHT: which exchange this is. Values that share one header object are written into one transaction set."""

    structure: str = ""
    """BHT01: 0022 eligibility, 0010 claim status, 0007 authorization."""
    purpose: str = ""
    """BHT02: 13 request, 01 cancellation, 11 response, 08 status."""
    reference: str = ""
    """BHT03: the sender's number of this exchange; a real-time answer repeats it."""
    created: dt.date | None = None
    created_time: dt.time | None = None
    kind: str = ""
    """BHT06: DG response, 18 response without further updates, RT spend down, and so on."""
    transaction: TransactionSet | None = None
    kept: list[Segment] = []


BEGINNING = Loop(
    TransactionHeader,
    [
        Itself(
            Form(
                "BHT",
                TransactionHeader,
                ("structure", TEXT),
                ("purpose", TEXT),
                ("reference", TEXT),
                ("created", DATE),
                ("created_time", TIME),
                ("kind", TEXT),
            )
        )
    ],
)


class Level(msgspec.Struct, frozen=True):
    """One HL level: its code in HL03, the attribute of the value it fills, and its loop."""

    code: str
    attribute: str
    loop: Loop
    optional: bool = False
    """Whether the level below may stand under the one above instead."""


class Hierarchy(msgspec.Struct, Generic[T], kw_only=True):
    """How a guide nests its levels, and the value made for each unit of them."""

    guide: Guide
    set_id: str
    make: Callable[..., T]
    """Takes `header`, one keyword for each level's attribute, and `problems`."""
    levels: tuple[Level, ...]
    """Outermost first, the unit last."""
    gathered: Level
    """The level inside a unit, any number of times."""
    innermost_child_code: str = ""
    """HL04 of the gathered level: 0 where the guide requires it."""

    def stream(self, source: Source) -> Reader[T]:
        """A reader of this guide's values."""
        out: list[T] = []
        return Reader(source, [self.builder(out)], out)

    def builder(self, out: list[Any]) -> SetBuilder[T]:
        """What builds this guide's values, for a reader of several guides."""
        return _HierarchyBuilder(out, self)

    def write(self, envelope: Envelope, values: Sequence[T], first_set: int) -> bytes:
        """One interchange; a new set for each header object. Raises X12Error for a value without an X12 form."""
        writer = _HierarchyWriter(envelope, self, first_set)
        for value in values:
            writer.add(value)
        return writer.content()

    def loops(self) -> list[Loop]:
        """Every loop of the guide."""
        tops = [BEGINNING, *(level.loop for level in self.levels), self.gathered.loop]
        return [loop for top in tops for loop in top.every()]


class _HierarchyBuilder(SetBuilder[T]):
    def __init__(self, out: list[T], hierarchy: Hierarchy[T]) -> None:
        super().__init__(out)
        self.guide = hierarchy.guide
        self._hierarchy = hierarchy
        self._codes = {level.code: depth for depth, level in enumerate(hierarchy.levels)}
        parts = [part for loop in hierarchy.loops() for part in loop.parts]
        self._tables = {part.form.segment_id: part.form.conversions for part in parts}
        handlers: dict[str, Handler] = dict.fromkeys(self._tables, self._take)
        if any(child.bounds for loop in hierarchy.loops() for child in loop.children):
            handlers.update(LS=self._ls, LE=self._le)
        self.tables = {"all": {**handlers, "HL": self._hl}}
        self.conversions: Mapping[str, Mapping[int, Mapping[str, object]]] = self._tables  # type: ignore[misc]
        self._marks = Marks()
        self._header = TransactionHeader()
        self._owners: list[Any] = []
        self._numbers: list[str] = []
        """HL01 of each owner; empty for an optional level that is not there."""
        self._gathered: list[Any] = []
        self._problems: list[Finding] = []
        self._open: list[tuple[Loop, Any]] = []
        self._waiting_bound: Segment | None = None
        self._inside_bounds = False

    def begin(self, transaction: TransactionSet) -> None:
        self._marks = Marks(self.component, self.repetition)
        self._header = TransactionHeader(transaction=transaction)
        self._owners, self._numbers, self._gathered, self._problems = [], [], [], []
        self._open = [(BEGINNING, self._header)]
        self._waiting_bound, self._inside_bounds = None, False

    def end(self, offset: int, problem: Finding | None) -> None:
        self._leave_bound()
        self._close(0, offset)
        if problem is not None:
            self.flag(problem)
        self._emit()

    def keep(self, segment: Segment) -> None:
        self._open[-1][1].kept.append(segment)

    def flag(self, finding: Finding) -> None:
        self._problems.append(finding)

    def _emit(self) -> None:
        one = self._hierarchy
        owners = {level.attribute: owner for level, owner in zip(one.levels, self._owners, strict=False)}
        gathered = {one.gathered.attribute: self._gathered} if self._gathered else {}
        self.out.append(one.make(header=self._header, problems=self._problems, **owners, **gathered))
        self._gathered, self._problems = [], []

    def _hl(self, e: list[str], offset: int, number: int) -> None:
        self._leave_bound()
        code = e[3] if len(e) > 3 else ""
        one = self._hierarchy
        if code == one.gathered.code and len(self._owners) == len(one.levels):
            self._gathered.append(self._begin_level(one.gathered, offset))
            return
        depth = self._codes.get(code)
        if depth is None or not all(level.optional for level in one.levels[len(self._owners) : depth]):
            self.keep(Segment(e, number, offset))
            return
        if depth < len(self._owners):
            self._emit()
        self._open_level(depth, e, offset)

    def _begin_level(self, level: Level, offset: int) -> Any:
        self._close(0, offset)
        owner = _made(level.loop, offset)
        self._open = [(level.loop, owner)]
        return owner

    def _close(self, depth: int, offset: int) -> None:
        """The open loops from this depth on end before a byte."""
        for loop, owner in self._open[depth:]:
            if loop.is_placed:
                owner.byte_end = offset
        del self._open[depth:]

    def _open_level(self, depth: int, e: list[str], offset: int) -> None:
        """Begin a level below those that stay open; an optional one above it closes when HL02 passes it over."""
        levels = self._hierarchy.levels
        absent = depth - len(self._owners)
        owners, numbers = self._owners[:depth] + [None] * absent, self._numbers[:depth] + [""] * absent
        if depth > 1 and levels[depth - 1].optional and e[2] == numbers[depth - 2]:
            owners[depth - 1], numbers[depth - 1] = None, ""
        self._owners = [*owners, self._begin_level(levels[depth], offset)]
        self._numbers = [*numbers, e[1]]

    def _take(self, e: list[str], offset: int, number: int) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            loop, owner = self._open[depth]
            opens_next = depth > 0 and e[0] == loop.opener
            fit: Fit = "refused" if opens_next else loop.take(owner, e, self._marks)
            if fit != "refused":
                self._close(depth + 1, offset)
            elif (child := loop.openers.get(e[0])) is not None:
                fit = self._enter(child, depth, e, offset)
            if fit == "partly":
                self.excess(e, offset, number)
            if fit != "refused":
                return
        self.keep(Segment(e, number, offset))

    def _enter(self, child: Child, depth: int, e: list[str], offset: int) -> Fit:
        inner = _made(child.loop, offset)
        fit = child.loop.parts[0].take(inner, e, self._marks)
        if child.bounds:
            self._waiting_bound = None
        else:
            self._leave_bound()
        self._inside_bounds = bool(child.bounds)
        getattr(self._open[depth][1], child.attribute).append(inner)
        self._close(depth + 1, offset)
        self._open.append((child.loop, inner))
        return fit

    def _ls(self, e: list[str], offset: int, number: int) -> None:
        self._leave_bound()
        segment = Segment(e, number, offset)
        if self._inside_bounds or e[1:] != [self._bounds()[1]]:
            self.keep(segment)
        else:
            self._waiting_bound = segment

    def _le(self, e: list[str], offset: int, number: int) -> None:
        depth, bounds = self._bounds()
        if self._inside_bounds and e[1:] == [bounds]:
            self._close(depth + 1, offset)
            self._inside_bounds = False
        else:
            self._leave_bound()
            self.keep(Segment(e, number, offset))

    def _leave_bound(self) -> None:
        """An LS that no loop followed is kept as sent."""
        self._inside_bounds = False
        if self._waiting_bound is not None:
            self.keep(self._waiting_bound)
            self._waiting_bound = None

    def _bounds(self) -> tuple[int, str]:
        """How deep the open loop is whose inner loop stands between LS and LE, and their number."""
        for depth, (loop, _) in enumerate(self._open):
            for child in loop.children:
                if child.bounds:
                    return depth, child.bounds
        return 0, ""


def _made(loop: Loop, offset: int) -> Any:
    owner = loop.make()
    if loop.is_placed:
        owner.byte_start = offset
    return owner


class _HierarchyWriter(Generic[T]):
    def __init__(self, envelope: Envelope, hierarchy: Hierarchy[T], first_set: int) -> None:
        self._hierarchy = hierarchy
        self._out = InterchangeWriter(envelope, hierarchy.guide, hierarchy.set_id)
        self._loops = LoopWriter(self._out, envelope)
        self._set = first_set
        self._header: TransactionHeader | None = None
        self._written: list[tuple[Any, int]] = []
        """The owners last written, with the HL numbers that levels below them name."""
        self._count = 0

    def content(self) -> bytes:
        if self._header is not None:
            self._out.end_set()
        return self._out.content()

    def add(self, value: Any) -> None:
        one = self._hierarchy
        if value.header is not self._header:
            self._begin_set(value.header)
        owners = self._chain(value)
        gathered = getattr(value, one.gathered.attribute)
        if gathered and len(owners) < len(one.levels):
            raise ValueRefusedError(f"{one.gathered.attribute} stand below {one.levels[-1].attribute}; there is none")
        shared = self._shared(owners[:-1] if len(owners) == len(one.levels) else owners)
        del self._written[shared:]
        for depth in range(shared, len(owners)):
            has_children = depth + 1 < len(owners) or bool(gathered)
            self._level(one.levels[depth], owners[depth], "1" if has_children else "0")
        if gathered:
            parent = self._written[-1][1]
            for each in gathered:
                self._count += 1
                self._out.add("HL", str(self._count), str(parent), one.gathered.code, one.innermost_child_code)
                self._loops.write(one.gathered.loop, each)

    def _begin_set(self, header: TransactionHeader) -> None:
        if self._header is not None:
            self._out.end_set()
        self._header, self._written, self._count = header, [], 0
        self._out.begin_set(f"{self._set:04}")
        self._set += 1
        self._loops.write(BEGINNING, header)

    def _chain(self, value: Any) -> list[Any]:
        """The owners of a value, outermost first, up to the last that is there; None for an optional level left out."""
        levels = self._hierarchy.levels
        owners = [getattr(value, level.attribute) for level in levels]
        while owners and owners[-1] is None:
            owners.pop()
        for depth, owner in enumerate(owners):
            if owner is None and not levels[depth].optional:
                below = next(level.attribute for level, one in zip(levels[depth:], owners[depth:], strict=False) if one)
                raise ValueRefusedError(f"{below} stands below {levels[depth].attribute}; there is none")
        return owners

    def _shared(self, owners: list[Any]) -> int:
        count = 0
        for owner, (written, _) in zip(owners, self._written, strict=False):
            if owner is not written:
                break
            count += 1
        return count

    def _level(self, level: Level, owner: Any, has_children: str) -> None:
        parent = self._written[-1][1] if self._written else 0
        if owner is None:
            self._written.append((None, parent))
            return
        self._count += 1
        self._written.append((owner, self._count))
        self._out.add("HL", str(self._count), str(parent or ""), level.code, has_children)
        self._loops.write(level.loop, owner)
