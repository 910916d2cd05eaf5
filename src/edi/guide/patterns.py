"""Segment rules as regular expressions: one match says that a segment is right; the slow way says what is wrong."""

import re
from collections.abc import Iterator

import msgspec

from edi.guide.dictionary import ElementType
from edi.guide.grammar import ElementRule, SegmentRule
from edi.x12.delimiters import Delimiters

_DATE = r"[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)?"
_FIXED = {"DT": _DATE, "DF": f"{_DATE}(?:-{_DATE}|{_TIME}(?:-{_DATE}{_TIME})?)?", "TM": _TIME}


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong in a segment: finding code, level, element name, offending text, message, what would be right.

    `ack` is the code that IK403 gives for it.
    """

    code: str
    level: int
    element: str
    text: str
    message: str
    expected: str
    ack: str


def _plain(kind: ElementType, delimiters: Delimiters) -> str:
    if kind.kind in _FIXED:
        return _FIXED[kind.kind]
    if kind.kind == "N":
        return f"-?[0-9]{{{kind.shortest},{kind.longest}}}+"
    if kind.kind == "R":
        return rf"-?(?=[0-9.]{{1,{kind.longest + 1}}}+(?![0-9.]))(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)"
    forbidden = re.escape(delimiters.characters())
    return f"[^{forbidden}\\x00-\\x1f\\x7f-\\xff]{{{kind.shortest},{kind.longest}}}"


def _one(rule: ElementRule, delimiters: Delimiters) -> str:
    if rule.components:
        body = _sequence(rule.components, re.escape(delimiters.component), delimiters)
    elif rule.codes:
        body = "(?:" + "|".join(re.escape(code) for code in sorted(rule.codes, key=len, reverse=True)) + ")"
    else:
        body = _plain(rule.type, delimiters)
    if rule.type.repeats and delimiters.repetition:
        return f"{body}(?:{re.escape(delimiters.repetition)}{body})*+"
    return body


def _sequence(rules: tuple[ElementRule, ...], separator: str, delimiters: Delimiters) -> str:
    """Elements in order; after the last required one they may be left out, but no separator may end the sequence.

    Nothing is tried twice (possessive): an element ends where a separator stands, and of two codes that begin alike the longer
    one is tried first.
    """
    needed = max((at for at, rule in enumerate(rules) if rule.usage == "R"), default=-1)
    parts = []
    for rule in rules:
        body = "" if rule.usage == "N" else _one(rule, delimiters)
        parts.append(f"(?:{body})" if rule.usage == "R" else f"(?:{body})?+" if body else "")
    text = separator.join(parts[: needed + 1])
    tail = ""
    for at, part in reversed(list(enumerate(parts))[needed + 1 :]):
        tail = f"(?:{separator if at else ''}{part}{tail})?+"
    return f"{text}{tail}(?<!{separator})"


def compile_rule(rule: SegmentRule, delimiters: Delimiters) -> re.Pattern[str]:
    """A pattern that matches exactly the segments with nothing wrong in them."""
    separator = re.escape(delimiters.element)
    return re.compile(rule.id + separator + _sequence(rule.elements, separator, delimiters))


def faults(rule: SegmentRule, values: list[str], delimiters: Delimiters) -> Iterator[Fault]:
    """Everything wrong with a segment, element by element."""
    if len(values) > 1 and not values[-1]:
        name = f"{rule.id}{len(values) - 1:02}"
        yield Fault(
            "syntax.trailing-separators", 1, name, "", "Separators without elements end the segment.", "none", ""
        )
    last = len(values)
    while last > 1 and not values[last - 1]:
        last -= 1
    for position in range(1, max(last, len(rule.elements) + 1)):
        text = values[position] if position < len(values) else ""
        name = f"{rule.id}{position:02}"
        if position > len(rule.elements):
            if text:
                yield Fault(
                    "guide.element-not-used",
                    2,
                    name,
                    text,
                    f"The guide does not use {name}.",
                    "an empty element",
                    "I10",
                )
            continue
        one = rule.elements[position - 1]
        repeats = one.type.repeats and delimiters.repetition
        for part in text.split(delimiters.repetition) if repeats and text else [text]:
            yield from _element_faults(one, part, name, delimiters)


def _element_faults(rule: ElementRule, text: str, name: str, delimiters: Delimiters) -> Iterator[Fault]:
    if not text:
        if rule.usage == "R":
            yield Fault("guide.missing-element", 2, name, "", f"{name} is required.", "a value", "1")
        return
    if rule.usage == "N":
        yield Fault(
            "guide.element-not-used", 2, name, text, f"The guide does not use {name}.", "an empty element", "I10"
        )
        return
    if rule.components:
        yield from _component_faults(rule, text, name, delimiters)
        return
    found = _type_fault(rule.type, text, name, delimiters)
    if found is not None:
        yield found
    elif rule.codes and text not in rule.codes:
        expected = ", ".join(rule.codes)
        yield Fault(
            "guide.code-value", 2, name, text, f"{name} holds a code the guide does not allow here.", expected, "7"
        )


def _component_faults(rule: ElementRule, text: str, name: str, delimiters: Delimiters) -> Iterator[Fault]:
    parts = text.split(delimiters.component)
    if not parts[-1]:
        yield Fault("syntax.trailing-separators", 1, name, text, "Separators without components end it.", "none", "")
    for place in range(max(len(parts), len(rule.components))):
        part = parts[place] if place < len(parts) else ""
        inner = f"{name}-{place + 1}"
        if place < len(rule.components):
            yield from _element_faults(rule.components[place], part, inner, delimiters)
        elif part:
            yield Fault("syntax.too-many-components", 1, inner, part, f"{name} has no component here.", "nothing", "3")


def _type_fault(kind: ElementType, text: str, name: str, delimiters: Delimiters) -> Fault | None:
    if kind.kind in _FIXED:
        return _date_fault(kind.kind, text, name)
    if kind.kind in ("N", "R"):
        if not re.fullmatch(_plain(kind, delimiters), text):
            digits = f"at most {kind.longest} digits" + (" with an optional point" if kind.kind == "R" else "")
            return Fault("syntax.number", 1, name, text, f"{name} is not a number of the right length.", digits, "6")
        return None
    if len(text) > kind.longest:
        expected = f"at most {kind.longest} characters"
        return Fault("syntax.too-long", 1, name, text, f"{name} is too long.", expected, "5")
    if len(text) < kind.shortest:
        expected = f"at least {kind.shortest} characters"
        return Fault("syntax.too-short", 1, name, text, f"{name} is too short.", expected, "4")
    if not re.fullmatch(_plain(kind, delimiters), text):
        return Fault(
            "syntax.character", 1, name, text, f"{name} holds a character X12 does not allow.", "plain text", "6"
        )
    return None


def _date_fault(kind: str, text: str, name: str) -> Fault | None:
    if re.fullmatch(_FIXED[kind], text):
        return None
    if kind == "TM":
        return Fault("syntax.time", 1, name, text, f"{name} is not a time.", "HHMM, with seconds if wanted", "9")
    return Fault("syntax.date", 1, name, text, f"{name} is not a date.", "CCYYMMDD", "8")
