"""Follows the segments of one transaction set through its guide, and reports what does not fit.

The way through is compiled: each loop knows, for every segment that may come next, where it leads and which loops it
closes. A segment that fits costs a lookup and one pattern match; texts that matched before are not matched again.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from edi.guide.dictionary import SEGMENTS
from edi.guide.element_rules import ElementRule
from edi.guide.grammar import LoopRule, SegmentRule
from edi.guide.patterns import Fault, compile_rule, faults
from edi.x12.delimiters import Delimiters

_REMEMBERED = 4_000
_NEVER = 1 << 30

Report = Callable[[Fault, str, str, int, int], None]
"""Takes the fault, the segment id, the loop, the byte offset and the segment number."""


class Step:
    """One segment rule seen from one loop: where it leads."""

    __slots__ = ("closes", "index", "loop", "match", "maximum", "memo", "opens", "rank", "rule", "same")

    def __init__(self, rule: SegmentRule, loop: "Place", match: Callable[[str], object], memo: int) -> None:
        self.rule = rule
        self.match = match
        self.memo = memo
        self.rank = rule.rank
        self.maximum = rule.maximum
        self.loop = loop
        self.index = loop.rule.segments.index(rule)
        self.same = True
        self.opens = False
        self.closes = 0


class Choice(NamedTuple):
    """Rules of one segment id, told apart by the element at `position` (its first component)."""

    position: int
    by_code: dict[str, Step]
    otherwise: Step | None


class Place:
    """A loop with its compiled ways on. `members` are (rank, index, name) of what it requires."""

    __slots__ = ("children", "due_after", "first_due", "index", "parent", "required", "rule", "size", "steps")

    def __init__(self, rule: LoopRule, parent: "Place | None", index: int = 0) -> None:
        self.rule = rule
        self.parent = parent
        self.index = index
        """Where the parent counts this loop."""
        self.children = [Place(child, self, _counted_at(rule, at)) for at, child in enumerate(rule.loops)]
        self.size = len(rule.segments) + len(rule.loops)
        self.required = sorted(
            [(one.rank, at, one.id, one.name, "") for at, one in enumerate(rule.segments) if one.required]
            + [
                (loop.rank, _counted_at(rule, at), loop.segments[0].id, loop.segments[0].name, loop.id)
                for at, loop in enumerate(rule.loops)
                if loop.required and _counted_at(rule, at) == len(rule.segments) + at
            ]
        )
        # The segment that opens a loop is there when the loop is; the outermost has none.
        after_opening = self.required if parent is None else [one for one in self.required if one[1]]
        self.first_due = after_opening[0][0] if after_opening else _NEVER
        ranks = [one[0] for one in self.required]
        self.due_after = {
            one[1]: following
            for one, following in zip(self.required, [*ranks[1:], _NEVER], strict=True)
            if ranks.count(one[0]) == 1
        }
        """What is due once the member at an index is there, when it is the only one required at its rank."""
        self.steps: dict[str, Step | Choice] = {}


def _counted_at(rule: LoopRule, at: int) -> int:
    """Where a loop's inner loop is counted: alternatives together, at the first of them."""
    while at and rule.loops[at].alternative and rule.loops[at - 1].alternative:
        at -= 1
    return len(rule.segments) + at


class Frame:
    """One open loop: how often each member was seen, how far it got, and what is due next."""

    __slots__ = ("counts", "due", "place", "rank")

    def __init__(self, place: Place, counts: list[int], rank: int, due: int) -> None:
        self.place = place
        self.counts = counts
        self.rank = rank
        self.due = due

    @classmethod
    def of(cls, place: Place) -> "Frame":
        """A loop that was just opened, with nothing in it yet."""
        return cls(place, [0] * place.size, 0, place.first_due)


class Landing(NamedTuple):
    """Where a run led without a fault: the loop its first segment opened, and every loop open since."""

    place: Place
    frames: tuple[tuple[Place, tuple[int, ...], int, int], ...]


class CompiledGuide:
    """A guide for one set of delimiters; made once and used for every transaction set."""

    def __init__(self, root: LoopRule, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.root = Place(root, None)
        self._matchers: dict[int, tuple[Callable[[str], object], int]] = {}
        self._link(self.root)

    def memo(self) -> list[set[str]]:
        """An empty memory of right segments, one set per rule."""
        return [set() for _ in self._matchers]

    def _link(self, place: Place) -> None:
        found: dict[str, list[Step]] = {}
        for at, rule in enumerate(place.rule.segments):
            if at or place.parent is None:
                self._offer(found, self._step(place, rule))
        self._offer_children(found, place, closes=0)
        level, current = 0, place
        while current.parent is not None:
            level += 1
            parent = current.parent
            for at, rule in enumerate(parent.rule.segments):
                if at or parent.parent is None:
                    step = self._step(parent, rule)
                    step.same, step.closes = False, level
                    self._offer(found, step)
            self._offer_children(found, parent, closes=level)
            current = parent
        place.steps = {segment_id: _choose(steps) for segment_id, steps in found.items()}
        for child in place.children:
            self._link(child)

    def _offer_children(self, found: dict[str, list[Step]], place: Place, closes: int) -> None:
        for child in place.children:
            step = self._step(child, child.rule.segments[0])
            step.same, step.opens, step.closes = False, True, closes
            self._offer(found, step)

    def _step(self, place: Place, rule: SegmentRule) -> Step:
        if id(rule) not in self._matchers:
            pattern: re.Pattern[str] = compile_rule(rule, self.delimiters)
            self._matchers[id(rule)] = (pattern.fullmatch, len(self._matchers))
        return Step(rule, place, *self._matchers[id(rule)])

    @staticmethod
    def _offer(found: dict[str, list[Step]], step: Step) -> None:
        found.setdefault(step.rule.id, []).append(step)


def _choose(steps: list[Step]) -> Step | Choice:
    """The nearest rule wins where two would fit."""
    if not steps[0].rule.qualifiers:
        return steps[0]
    by_code: dict[str, Step] = {}
    otherwise = None
    for step in steps:
        if step.rule.qualifiers:
            for code in step.rule.qualifiers:
                by_code.setdefault(code, step)
        else:
            otherwise = otherwise or step
    return Choice(steps[0].rule.qualifier_at, by_code, otherwise)


class Walker:
    """One transaction set on its way through a guide."""

    def __init__(
        self, guide: CompiledGuide, report: Report, rules: Mapping[str, ElementRule], memo: list[set[str]]
    ) -> None:
        self._guide = guide
        self._memo = memo
        self._rules = rules
        self._report = report
        self._component = guide.delimiters.component
        self._frames = [Frame.of(guide.root)]
        self._frame = self._frames[0]
        self._steps = guide.root.steps

    @property
    def loop(self) -> str:
        """The loop the last segment belongs to."""
        return self._frame.place.rule.id

    def step(self, raw: str, values: list[str], offset: int, number: int) -> None:
        """Take one segment."""
        found = self._steps.get(values[0])
        step = self._pick(found, values) if isinstance(found, Choice) else found
        if step is None:
            self._unknown(values, offset, number)
            return
        if not step.same:
            self._move(step, offset, number)
        else:
            # What nearly every segment is, without a call: in its place, and not too often.
            frame, rank = self._frame, step.rank
            if frame.rank <= rank < frame.due and frame.counts[step.index] < step.maximum:
                frame.rank = rank
                frame.counts[step.index] += 1
            else:
                self._count(frame, step, rank, step.index, step.maximum, offset, number)
        if raw not in self._memo[step.memo]:
            self._examine(raw, values, step, offset, number)

    def _examine(self, raw: str, values: list[str], step: Step, offset: int, number: int) -> None:
        right = True
        if not step.match(raw):
            right = False
            self._explain(step.rule, values, offset, number)
        rule = self._rules.get(values[0])
        if rule is not None:
            for fault in rule(values):
                right = False
                self._fault(fault, values[0], offset, number)
        if right:
            memo = self._memo[step.memo]
            if len(memo) < _REMEMBERED:
                memo.add(raw)

    def opening(self, opener: tuple[str, str]) -> Step | None:
        """Where a segment of this id and code would lead from here, when it opens a loop and nothing is wrong with that."""
        found = self._steps.get(opener[0])
        step = found.by_code.get(opener[1]) if isinstance(found, Choice) else found
        if step is None or not step.opens:
            return None
        frames, closes = self._frames, step.closes
        for at in range(1, closes + 1):
            if frames[-at].due < _NEVER:
                return None
        base, rule = frames[-closes - 1], step.loop.rule
        fits = base.rank <= rule.rank <= base.due and base.counts[step.loop.index] < rule.maximum
        return step if fits else None

    def leap(self, step: Step, landing: Landing, offset: int, number: int) -> None:
        """Take a whole run that begins with this step of `opening`."""
        frames, loop = self._frames, step.loop
        if step.closes:
            del frames[-step.closes :]
        base, rank = frames[-1], loop.rule.rank
        if rank == base.due:
            self._count(base, step, rank, loop.index, loop.rule.maximum, offset, number)
        else:
            base.rank = rank
            base.counts[loop.index] += 1
        for place, counts, reached, due in landing.frames:
            frames.append(Frame(place, list(counts), reached, due))
        self._frame = frames[-1]
        self._steps = self._frame.place.steps

    def landing(self, step: Step, depth: int) -> Landing | None:
        """Where a run led that was taken segment by segment and began with this step at this number of open loops."""
        opened = self._frames[depth - step.closes :]
        if not opened or opened[0].place is not step.loop:
            return None
        return Landing(step.loop, tuple((one.place, tuple(one.counts), one.rank, one.due) for one in opened))

    @property
    def depth(self) -> int:
        """How many loops are open."""
        return len(self._frames)

    def finish(self, offset: int, number: int) -> None:
        """The set ends: everything still due is missing."""
        while self._frames:
            self._close(offset, number)

    def _pick(self, choice: Choice, values: list[str]) -> Step | None:
        code = values[choice.position] if len(values) > choice.position else ""
        known = choice.by_code.get(code)
        if known is not None:
            return known
        return choice.by_code.get(code.partition(self._component)[0]) or choice.otherwise

    def _count(self, frame: Frame, step: Step, rank: int, index: int, maximum: int, offset: int, number: int) -> None:
        counts = frame.counts
        seen = counts[index] = counts[index] + 1
        if rank > frame.rank:
            if rank > frame.due:
                self._missing(frame, rank, offset, number)
            frame.rank = rank
        elif rank < frame.rank:
            self._fault(
                Fault(
                    "guide.segment-order", 2, step.rule.id, "", f"{step.rule.name} comes too late in its loop.",
                    "the order of the guide", "2",
                ),
                step.rule.id, offset, number,
            )  # fmt: skip
        if rank == frame.due:
            following = frame.place.due_after.get(index)
            if following is None:
                self._next_due(frame)
            else:
                frame.due = following
        if seen > maximum:
            self._too_many(step, offset, number)

    def _too_many(self, step: Step, offset: int, number: int) -> None:
        rule = step.rule
        most = step.loop.rule.maximum if step.opens else step.maximum
        message = f"{rule.name} is repeated too often."
        fault = Fault("guide.too-many", 2, rule.id, "", message, f"at most {most}", "4" if step.opens else "5")
        self._fault(fault, rule.id, offset, number)

    def _move(self, step: Step, offset: int, number: int) -> None:
        for _ in range(step.closes):
            self._close(offset, number)
        frame = self._frames[-1]
        self._frame = frame
        if step.opens:
            rule = step.loop.rule
            self._count(frame, step, rule.rank, step.loop.index, rule.maximum, offset, number)
            frame = Frame.of(step.loop)
            frame.counts[0] = 1
            self._frames.append(frame)
            self._frame = frame
        else:
            self._count(frame, step, step.rank, step.index, step.maximum, offset, number)
        self._steps = frame.place.steps

    def _close(self, offset: int, number: int) -> None:
        frame = self._frames[-1]
        if frame.due < _NEVER:
            self._frame = frame
            self._missing(frame, _NEVER, offset, number)
        self._frames.pop()

    @staticmethod
    def _next_due(frame: Frame) -> None:
        counts = frame.counts
        for rank, index, *_ in frame.place.required:
            if not counts[index]:
                frame.due = rank
                return
        frame.due = _NEVER

    def _missing(self, frame: Frame, before: int, offset: int, number: int) -> None:
        for rank, index, segment_id, name, loop in frame.place.required:
            if rank < before and not frame.counts[index]:
                frame.counts[index] = 1
                what = f"Loop {loop} ({name})" if loop else name
                code = "guide.missing-loop" if loop else "guide.missing-segment"
                where = f"loop {frame.place.rule.id}" if frame.place.rule.id else "the transaction set"
                message = f"{what} is missing from {where}."
                fault = Fault(code, 2, segment_id, "", message, f"{name} before this place", "I7" if loop else "3")
                self._fault(fault, segment_id, offset, number)
        self._next_due(frame)

    def _unknown(self, values: list[str], offset: int, number: int) -> None:
        segment_id = values[0]
        choice = self._steps.get(segment_id)
        if isinstance(choice, Choice):
            name = f"{segment_id}{choice.position:02}"
            text = values[choice.position] if len(values) > choice.position else ""
            fault = Fault(
                "guide.unexpected-qualifier", 2, name, text, f"{segment_id} with this {name} has no place here.",
                ", ".join(sorted(choice.by_code)), "2",
            )  # fmt: skip
        elif segment_id in SEGMENTS:
            message = f"Segment {segment_id} has no place here."
            fault = Fault("guide.unexpected-segment", 2, segment_id, "", message, "a segment of this loop", "2")
        else:
            message = "The segment is not one of the standard."
            fault = Fault(
                "syntax.unknown-segment", 1, segment_id[:3], segment_id, message, "a segment of the guide", "1"
            )
        self._fault(fault, segment_id[:3], offset, number)

    def _explain(self, rule: SegmentRule, values: list[str], offset: int, number: int) -> None:
        for fault in faults(rule, values, self._guide.delimiters):
            self._fault(fault, rule.id, offset, number)

    def _fault(self, fault: Fault, segment_id: str, offset: int, number: int) -> None:
        self._report(fault, segment_id, self.loop, offset, number)
