"""Refuses what is no JSON, and objects in which one name stands twice: readers differ in which they take (RFC 8259, section 4).

What is checked by one program and used by another must not depend on that.
"""

import json
from collections.abc import Iterator
from typing import Any

from kernel.errors import FieldError

LONGEST_NAME = 100
"""A pointer holds no longer names: an answer is no place to hand a body back."""


TWICE = "this name stands twice in its object, and it is not clear which value is meant; send it once"


def text_fault(text: str) -> FieldError | None:
    """Why a text is no JSON, or the name in it that stands twice; None when it can be read in one way."""
    doubled: list[tuple[dict[str, Any], str]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in pairs:
            if name in made:
                doubled.append((made, name))
            made[name] = value
        return made

    try:
        value = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        return FieldError("", f"the body is no JSON from line {error.lineno}, column {error.colno} on")
    if not doubled:
        return None
    holder, name = doubled[-1]  # objects are made from the inside out: nothing overwrote what holds the last one
    return FieldError(next(place for place, one in _places(value, "") if one is holder) + step(name), TWICE)


def _places(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    yield place, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from _places(one, place + step(name))


def step(name: str | int) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return "/" + str(name)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")
