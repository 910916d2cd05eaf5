"""What a guide says of a run of segments: one pattern for all its elements, and where it leads.

The rules of the run's segments are found by walking it through the guide; joined, they are one pattern that matches exactly what
would pass segment by segment. Where a run led once without a fault it leads again: the walker leaps there.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from edi.guide.grammar import SegmentRule
from edi.guide.library import compiled_guide
from edi.guide.patterns import compile_rule
from edi.guide.walker import Choice, Landing, Place, Step
from edi.x12.delimiters import Delimiters
from edi.x12.guides import Guide
from edi.x12.runs import Run, fields

RunKey = tuple[Place, tuple[str | None, ...]]

_REMEMBERED = 2_000


class RunRules(msgspec.Struct):
    """A run in one guide. `opener` is its first segment's id and, where the guide tells them apart, code."""

    match: re.Pattern[str]
    """Its groups tell runs apart that may lead to different places."""
    opener: tuple[str, str]
    codes: tuple[tuple[int, str], ...]
    """Fields of the run that hold codes, by number, with the code set."""
    birth: int
    """The field that holds a birth date; 0 when there is none."""
    delimiters: Delimiters
    is_remembered: bool
    """Whether the check remembers where its segments stand: levels, claims and births."""
    landings: dict[RunKey, Landing] = {}
    """Where it led, by the loop it opened and what told it apart."""

    def remember(self, key: RunKey, landing: Landing) -> None:
        """Keep where the run led."""
        if len(self.landings) < _REMEMBERED:
            self.landings[key] = landing


@lru_cache(maxsize=256)
def run_rules(run: Run, guide: Guide, delimiters: Delimiters) -> RunRules | None:
    """The rules of a run; None where the guide is not known or has no place for it."""
    compiled = compiled_guide(guide, delimiters)
    if compiled is None:
        return None
    lines = [line.strip() for line in run.text.strip().splitlines()]
    first = _elements(lines[0])
    place = next((one for one in _every(compiled.root) if _opens(one, first)), None)
    if place is None:
        return None
    rule = place.rule.segments[0]
    parts = [_pattern([rule], "", delimiters)]
    for line in lines[1:]:
        elements = _elements(line.removeprefix("? "))
        steps, told_apart = _steps(place, elements)
        if not steps:
            return None
        mark = (
            f"(?={elements[0]}{re.escape(delimiters.element)}([^{_separators(delimiters)}]*))" if told_apart else "()"
        )
        pattern = _pattern([step.rule for step in steps], mark, delimiters)
        parts.append(f"(?:{pattern})?+" if line.startswith("? ") else pattern)
        place = steps[0].loop
    code = first[rule.qualifier_at] if rule.qualifiers else ""
    names = ["", *fields(run)]
    codes = tuple((number, name.partition(":")[2]) for number, name in enumerate(names) if ":" in name)
    birth = names.index("birth") if "birth" in names else 0
    remembered = birth > 0 or first[0] in ("HL", "CLM")
    return RunRules(re.compile("".join(parts)), (first[0], code), codes, birth, delimiters, remembered)


def _elements(line: str) -> list[str]:
    return line.replace("[", "").replace("]", "").split("*")


def _every(place: Place) -> Iterator[Place]:
    yield place
    for child in place.children:
        yield from _every(child)


def _opens(place: Place, elements: list[str]) -> bool:
    rule = place.rule.segments[0]
    if place.parent is None or rule.id != elements[0]:
        return False
    return not rule.qualifiers or elements[rule.qualifier_at] in rule.qualifiers


def _steps(place: Place, elements: list[str]) -> tuple[list[Step], bool]:
    """The rules that may be meant, and whether an element that the run leaves open tells them apart."""
    found = place.steps.get(elements[0])
    if not isinstance(found, Choice):
        return [found] if found else [], False
    code = elements[found.position]
    if not code.startswith("{"):
        return [found.by_code[code]] if code in found.by_code else [], False
    near = [step for step in (*found.by_code.values(), found.otherwise) if step is not None and step.same]
    return list(dict.fromkeys(near)), True


def _pattern(rules: list[SegmentRule], mark: str, delimiters: Delimiters) -> str:
    line_ends = "\r\n".replace(delimiters.terminator, "")
    either = "|".join(dict.fromkeys(compile_rule(rule, delimiters).pattern for rule in rules))
    return f"{mark}(?:{either}){re.escape(delimiters.terminator)}[{line_ends}]*+"


def _separators(delimiters: Delimiters) -> str:
    return re.escape(delimiters.characters()) + "\r\n"
