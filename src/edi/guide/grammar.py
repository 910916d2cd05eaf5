"""Reads the text of a guide: which segments a loop holds, in which order, how often, and what their elements may say.

A guide is written as indented lines. ``loop 2100 R 1`` opens a loop, its first segment starts it. Of neighboring loops with
usage A exactly one is wanted, and a loop called ``-`` has no name. A segment line is
``ID*qualifiers usage maximum : elements``. Usage is R required, S situational; a maximum of ``>1`` means any number.
``HL@3*22`` says that the qualifier is element 3. Elements are R, S or N (not used), each with ``=A|B`` for the codes
the guide allows and ``(R,S)`` for components; elements that are not listed are N, and without a list all are S. ``xN`` repeats an element.
"""

import re

import msgspec

from edi.guide.dictionary import SEGMENTS, ElementType

UNBOUNDED = 1 << 30


class ElementRule(msgspec.Struct, frozen=True):
    """What a guide says of one element or component."""

    usage: str
    type: ElementType
    codes: tuple[str, ...] = ()
    components: tuple["ElementRule", ...] = ()


class SegmentRule(msgspec.Struct, frozen=True):
    """One segment at its place in a loop. `rank` orders places; equal ranks may come in any order."""

    id: str
    qualifiers: tuple[str, ...]
    qualifier_at: int
    required: bool
    maximum: int
    rank: int
    elements: tuple[ElementRule, ...]

    @property
    def name(self) -> str:
        """Segment id with its qualifiers, for messages."""
        return f"{self.id}*{'|'.join(self.qualifiers)}" if self.qualifiers else self.id


class LoopRule(msgspec.Struct):
    """One loop; the guide itself is the outermost."""

    id: str
    required: bool
    maximum: int
    rank: int
    segments: list[SegmentRule] = []
    loops: list["LoopRule"] = []
    alternative: bool = False
    """Whether it stands for the loop before it or after it: one of them is required, and they count as one."""


_LINE = re.compile(r"(\w+)(?:@(\d))?(?:\*(\S+))? ([RS]) (\d+|>1)(?: : (.*))?")
_PART = re.compile(r"([RSN])(?:=([^(),]+))?(?:\(([^)]*)\))?")
_REPEATED = re.compile(r"(.*)x([0-9]+)")


def read_guide(text: str) -> LoopRule:
    """The outermost loop of a guide's text. ValueError names a line that cannot be read."""
    root = LoopRule("", True, 1, 0)
    stack = [(-1, root)]
    previous: dict[int, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        while stack[-1][0] >= indent:
            stack.pop()
        parent = stack[-1][1]
        words = line.split()
        if words[0] == "loop":
            usage, name = words[2], "" if words[1] == "-" else words[1]
            loop = LoopRule(name, usage in "RA", _maximum(words[3]), -1, alternative=usage == "A")
            parent.loops.append(loop)
            stack.append((indent, loop))
            continue
        rule = _segment(line.strip())
        if parent.rank == -1:
            parent.rank = _rank(stack[-2][1], rule.id, previous)
            previous[id(parent)] = ""
        rule = msgspec.structs.replace(rule, rank=_rank(parent, rule.id, previous))
        parent.segments.append(rule)
    return root


def _rank(parent: LoopRule, segment_id: str, previous: dict[int, str]) -> int:
    """One more than the last place in the loop, unless the same segment id stands there: those come in any order."""
    taken = [rule.rank for rule in parent.segments] + [loop.rank for loop in parent.loops if loop.rank >= 0]
    last = max(taken, default=-1)
    same = previous.get(id(parent)) == segment_id
    previous[id(parent)] = segment_id
    return last if same else last + 1


def _maximum(text: str) -> int:
    return UNBOUNDED if text == ">1" else int(text)


def _segment(line: str) -> SegmentRule:
    match = _LINE.fullmatch(line)
    if match is None or match[1] not in SEGMENTS:
        raise ValueError(f"not a segment line: {line}")
    types = SEGMENTS[match[1]]
    position = int(match[2] or 1)
    qualifiers = tuple(match[3].split("|")) if match[3] else ()
    rules = _elements(match[6], types) if match[6] else [_open(kind) for kind in types]
    if qualifiers and match[1] != "HI":
        rules[position - 1] = ElementRule("R", types[position - 1], qualifiers)
    return SegmentRule(match[1], qualifiers, position, match[4] == "R", _maximum(match[5]), 0, tuple(rules))


def _open(kind: ElementType) -> ElementRule:
    return ElementRule("S", kind, (), tuple(_open(component) for component in kind.components))


def _elements(text: str, types: tuple[ElementType, ...]) -> list[ElementRule]:
    parts: list[str] = []
    for part in text.split():
        repeated = _REPEATED.fullmatch(part)
        parts += [repeated[1]] * int(repeated[2]) if repeated else [part]
    rules = [_element(part, kind) for part, kind in zip(parts, types, strict=False)]
    if len(parts) > len(types):
        raise ValueError(f"more elements than the dictionary has: {text}")
    return rules


def _element(part: str, kind: ElementType) -> ElementRule:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"not an element: {part}")
    codes = tuple(match[2].split("|")) if match[2] else ()
    if match[3]:
        inner = zip(match[3].split(","), kind.components, strict=False)
        return ElementRule(match[1], kind, codes, tuple(_element(text, component) for text, component in inner))
    return ElementRule(match[1], kind, codes, tuple(_open(component) for component in kind.components))
