"""Reads a file segment by segment into typed values: envelopes here, contents by the builder of each guide.

A builder has one small method per segment id. Converting an element may raise; then the reader finds out which element
is at fault, reports it, keeps the segment as sent, and calls the builder again with that element empty.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from edi.x12.delimiters import Delimiters
from edi.x12.envelope import TransactionSet
from edi.x12.envelope_elements import ta1_faults
from edi.x12.envelope_reader import EnvelopeReader
from edi.x12.findings import Finding, Findings
from edi.x12.guides import Guide, expected_versions, guide_of
from edi.x12.runs import Run, Take, compiled_run
from edi.x12.segment import KeptReason, Segment
from edi.x12.tokenizer import Batch, Damage, Source, Tokenizer, irregular_segment, unwrapped
from edi.x12.values import CENTS, DATES, PERIODS, TIMES

T = TypeVar("T")
Handler = Callable[[list[str], int, int], None]
"""Takes the elements (index 0 is the segment id), the byte offset and the segment number."""

Match = Callable[[str, int], re.Match[str] | None]
"""Finds a run in a text at a place."""

_PADDING = [""] * 24
_NO_RUNS: Mapping[str, tuple[Match, Take]] = {}
_KINDS = {
    id(CENTS): ("amount", "an amount such as 100 or 100.25"),
    id(DATES): ("date", "a date as CCYYMMDD"),
    id(PERIODS): ("date", "a date as CCYYMMDD, or a range of two"),
    id(TIMES): ("time", "a time as HHMM"),
}


class HandlerTable(dict[str, Handler]):
    """Handlers by segment id; `otherwise` takes every other segment."""

    def __init__(self, handlers: Mapping[str, Handler], otherwise: Handler) -> None:
        super().__init__(handlers)
        self._otherwise = otherwise

    def __missing__(self, segment_id: str) -> Handler:
        return self._otherwise


class SetBuilder(ABC, Generic[T]):
    """Builds typed values from the segments of one guide. Finished values go to `out`."""

    guide: Guide
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {}
    """Segment id to element position to the table that converts it: how an unreadable element is found."""

    def __init__(self, out: list[T]) -> None:
        self.out = out
        self.element = "*"
        self.component = ":"
        self.repetition = "^"
        self.tables: dict[str, dict[str, Handler]] = {}
        """Handlers by segment id, per part of the set; the first part is in force when the set begins."""
        self.switch: Callable[[str], None] = _no_reader
        """Puts the handlers and runs of another part in force."""
        self.runs: dict[str, dict[Run, Take]] = {}
        """Runs that may be taken in one step, per part; only for speed."""

    @abstractmethod
    def begin(self, transaction: TransactionSet) -> None:
        """A set of this guide starts."""

    @abstractmethod
    def end(self, offset: int, problem: Finding | None) -> None:
        """The set ends before `offset`; `problem` is set when it was cut off."""

    @abstractmethod
    def keep(self, segment: Segment) -> None:
        """Keep a segment beside the typed value it belongs to."""

    @abstractmethod
    def flag(self, finding: Finding) -> None:
        """Attach a problem to the typed value it belongs to."""

    def excess(self, values: list[str], offset: int, number: int, reason: KeptReason = "unread") -> None:
        """Keep a segment that has a typed value but also elements that value does not hold."""
        while values and not values[-1]:
            values = values[:-1]
        self.keep(Segment(values, number, offset, reason=reason))


class Reader(EnvelopeReader, Generic[T]):
    """Iterate once for the typed values; `findings` grows meanwhile and is complete at the end.

    Never raises for what the file holds. The values of sets whose guide has no builder are skipped without a word
    when the guide is known; unknown and 4010 versions are refused with a finding that names the version.
    """

    def __init__(self, source: Source, builders: Sequence[SetBuilder[Any]], out: list[T], limit: int = 10_000) -> None:
        super().__init__(Findings(limit))
        self._source = source
        self._out = out
        self._builders = {builder.guide: builder for builder in builders}
        self._builder: SetBuilder[Any] | None = None
        self._envelope: dict[str, Handler] = {
            "GS": self.gs,
            "ST": self.st,
            "SE": self.se,
            "GE": self.ge,
            "IEA": self.iea,
        }
        self._between = HandlerTable(self._envelope, self._stray)
        self._ignoring = HandlerTable(self._envelope, self._ignore)
        self._refused = HandlerTable({"IEA": self.iea}, self._ignore)
        self.table: Mapping[str, Handler] = self._between
        """The handlers in force."""
        self.runs: Mapping[str, tuple[Match, Take]] = {}
        """The runs that may come next, by their first three characters."""
        self._wrapped_in: Batch | None = None
        self._runs: dict[str, dict[str, Mapping[str, tuple[Match, Take]]]] = {}
        self._runs_for: dict[str, Delimiters] = {}
        self._tables = {builder.guide: self._merged(builder) for builder in builders}
        self.number = 0
        self._offset = 0

    def _merged(self, builder: SetBuilder[Any]) -> dict[str, HandlerTable]:
        """The builder's tables with the envelope in each; the builder switches between them."""
        tables = {
            part: HandlerTable({**table, **self._envelope}, self._unexpected) for part, table in builder.tables.items()
        }
        runs = self._runs[builder.guide] = dict.fromkeys(tables, _NO_RUNS)

        def switch(part: str) -> None:
            self.table, self.runs = tables[part], runs[part]

        builder.switch = switch
        return tables

    def _prepare_runs(self, builder: SetBuilder[Any], delimiters: Delimiters) -> None:
        """Make the builder's runs ready for the delimiters of its set."""
        for part, runs in builder.runs.items():
            self._runs[builder.guide][part] = {
                run.start.replace("*", delimiters.element): self.prepared(builder.guide, run, take, delimiters)
                for run, take in runs.items()
            }

    def prepared(self, guide: Guide, run: Run, take: Take, delimiters: Delimiters) -> tuple[Match, Take]:
        """How a run is found and what takes it."""
        return compiled_run(run, delimiters).match, take

    def __iter__(self) -> Iterator[T]:
        out = self._out
        tokenizer = Tokenizer(self._source)
        for piece in tokenizer:
            if isinstance(piece, Damage):
                self.damage(piece, self.number + 1)
            else:
                self.consume(piece)
            if out:
                yield from out
                out.clear()
        self.close(min(self._offset, tokenizer.position), self.number + 1)
        if not self.interchange_count:
            self.report("syntax.no-interchange", "The file holds no interchange.", expected="an ISA segment")
        yield from out
        out.clear()

    def read_to_end(self) -> list[T]:
        """All values at once, for files that fit in memory."""
        return list(self)

    def consume(self, batch: Batch) -> None:
        """Take every segment of the batch, run by run where the builder knows their form, else one by one."""
        if batch.header is not None:
            self.number += 1
            self.isa(batch.header, batch.start, self.number)
            self.table, self.runs = (self._refused if self.refusing else self._between), _NO_RUNS
            return
        at, size = 0, len(batch.text)
        while at < size:
            at = self._by_runs(batch, at) if self.runs else self._by_segments(batch, at)
        self._offset = batch.start + size + len(batch.delimiters.line_end)

    def _by_runs(self, batch: Batch, at: int) -> int:
        """Take runs, and segments between them, for as long as runs may come; where to go on."""
        text, start, marks = batch.text, batch.start, batch.delimiters
        terminator, separator, line_end = marks.terminator, marks.element, marks.line_end
        size, step = len(text), 1 + len(line_end)
        while at < size and self.runs:
            run = self.runs.get(text[at : at + 3])
            if run is not None and (found := run[0](text, at)) is not None:
                try:
                    taken = run[1](found, start + at, self.number + 1)
                except ValueError:
                    taken = 0
                if taken:
                    self.number += taken
                    at = found.end()
                    continue
            stop = text.index(terminator, at)
            raw, after = text[at:stop], stop + step
            if raw[:1] > " " and raw.isprintable() and text[stop + 1 : after] == line_end:
                self.number += 1
                self.segment(raw, separator, start + at, self.number)
                at = after
            else:
                at = self._irregular(batch, at)
        return at

    def _by_segments(self, batch: Batch, at: int) -> int:
        """Take segments until runs may come, some at most; where to go on."""
        separator = batch.delimiters.element
        segments, width = batch.regular_segments(at)
        if not segments:
            return self._irregular(batch, at)
        number, offset = self.number, batch.start + at
        for raw in segments:
            number += 1
            self.segment(raw, separator, offset, number)
            offset += len(raw) + width
            if self.runs:
                break
        self.number = number
        return offset - batch.start

    def _irregular(self, batch: Batch, at: int) -> int:
        """Take a segment that is indented or wrapped over lines; where to go on."""
        wrapped, place, after = irregular_segment(batch.text, at, batch.delimiters)
        segment = unwrapped(wrapped)
        self.number += 1
        if segment != wrapped and self._wrapped_in is not batch:
            self._wrapped_in = batch
            expected = "no line ends inside a segment"
            self.damage(Damage("syntax.wrapped-lines", batch.start + place, wrapped[:60], expected), self.number)
        self.segment(segment, batch.delimiters.element, batch.start + place, self.number)
        return after

    def segment(self, raw: str, separator: str, offset: int, number: int) -> None:
        """Take one segment."""
        values = raw.split(separator)
        try:
            self.table[values[0]](values, offset, number)
        except (IndexError, ValueError):
            self._again(values, offset, number)

    def begin_set(self, transaction: TransactionSet) -> None:
        guide = guide_of(transaction.set_id, transaction.version)
        if guide is None:
            self._refuse_version(transaction)
        elif guide_of(transaction.set_id, transaction.group.version) not in (guide, None):
            self._disagreeing_versions(transaction)
        builder = self._builders.get(guide) if guide else None
        if builder is None or guide is None:
            self.table = self._ignoring
            return
        self._builder = builder
        delimiters = transaction.interchange.delimiters
        builder.element = delimiters.element
        builder.component = delimiters.component
        builder.repetition = delimiters.repetition
        if builder.runs and self._runs_for.get(guide) != delimiters:
            self._runs_for[guide] = delimiters
            self._prepare_runs(builder, delimiters)
        builder.switch(next(iter(self._tables[guide])))
        builder.begin(transaction)

    def end_set(self, offset: int, problem: Finding | None) -> None:
        if self._builder is not None:
            self._builder.end(offset, problem)
        self._builder = None
        self.table, self.runs = self._between, _NO_RUNS

    def _refuse_version(self, transaction: TransactionSet) -> None:
        known = expected_versions(transaction.set_id)
        in_set = transaction.version != transaction.group.version
        place = transaction if in_set else transaction.group
        self.report(
            "syntax.version-refused",
            f"Transaction set {transaction.set_id} of version {transaction.version or '(none)'} is not read."
            if known
            else f"Transaction set {transaction.set_id} is not one this library reads.",
            expected=known or "837, 835, 999, 997, 277, 276, 270, 271, 278 or 275",
            number=place.segment,
            offset=place.offset,
            segment_id="ST" if in_set or not known else "GS",
            element="ST03" if in_set else "GS08" if known else "ST01",
            text=transaction.version if known else transaction.set_id,
        )

    def _disagreeing_versions(self, transaction: TransactionSet) -> None:
        self.report(
            "syntax.version-mismatch",
            "The group names another guide than the transaction set in it.",
            expected=f"GS08 = {transaction.version}",
            number=transaction.group.segment,
            offset=transaction.group.offset,
            segment_id="GS",
            element="GS08",
            text=transaction.group.version,
        )

    def _ignore(self, values: list[str], offset: int, number: int) -> None:
        """Contents of a set that nobody asked for, or of a refused interchange."""

    def _stray(self, values: list[str], offset: int, number: int) -> None:
        if values[0] == "TA1" and self.group is None:
            self._elements(ta1_faults(values + _PADDING), offset, number)
            self.interchange_acknowledgment(values, offset, number)
            return
        self.report(
            "syntax.outside-set",
            "A segment stands outside any transaction set.",
            expected="every segment between ST and SE",
            number=number,
            offset=offset,
            segment_id=values[0][:3],
            text="*".join(values),
        )

    def interchange_acknowledgment(self, values: list[str], offset: int, number: int) -> None:
        """A TA1 segment was met; readers of acknowledgments want it, others do not."""

    def _unexpected(self, values: list[str], offset: int, number: int) -> None:
        builder = self._builder
        if builder is None:
            return
        builder.keep(Segment(values, number, offset))

    def _again(self, values: list[str], offset: int, number: int) -> None:
        """A handler met a short segment or an unreadable element: name it, keep the segment, build without it."""
        builder = self._builder
        if builder is None:
            raise AssertionError("envelope segments do not convert elements")
        whole = list(values)
        tables = builder.conversions.get(values[0], {})
        problems = []
        for position, table in tables.items():
            if position < len(values) and not _converts(table, values[position]):
                problems.append(self.unreadable(values, position, table, offset, number))
                values[position] = ""
        try:
            self.table[values[0]](values + _PADDING, offset, number)
        except (IndexError, ValueError):
            problems.append(self._unusable(values, offset, number))
        if problems:
            builder.excess(whole, offset, number, "unreadable")
        for problem in problems:
            builder.flag(problem)

    def _unusable(self, values: list[str], offset: int, number: int) -> Finding:
        return self.report(
            "syntax.unreadable-segment",
            f"Segment {values[0]} cannot be read; it is kept as sent.",
            expected="a segment as the guide describes it",
            number=number,
            offset=offset,
            segment_id=values[0],
            element=values[0],
        )

    def unreadable(
        self, values: list[str], position: int, table: Mapping[str, object], offset: int, number: int
    ) -> Finding:
        """Report the element that cannot be converted."""
        kind, expected = _KINDS.get(id(table), ("number", "a number such as 1 or 1.5"))
        element = f"{values[0]}{position:02}"
        return self.report(
            f"syntax.{kind}",
            f"{element} cannot be read as {'an' if kind == 'amount' else 'a'} {kind}.",
            expected=expected,
            number=number,
            offset=offset,
            segment_id=values[0],
            element=element,
            text=values[position],
        )


def _no_reader(part: str) -> None:
    """A builder that no reader drives has nothing to switch."""


def _converts(table: Mapping[str, object], text: str) -> bool:
    try:
        table[text]
    except ValueError:
        return False
    return True
