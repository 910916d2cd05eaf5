"""All that is wrong with a body at once, each fault under its JSON pointer (RFC 6901).

The decoder stops at the first fault. This walks the value beside its declared type and decodes part by part, so that a form or
another program's developer is told everything in one answer. Messages name types and rules, never the value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from kernel.errors import FieldError
from kernel.http.json_names import LONGEST_NAME, step

MOST_ERRORS = 50
SHAPES = ("Expected ", "Object missing ", "Invalid ")
NONE_OF_THEM = "This is none of the values that are taken here."
REPEATING = {
    "Invalid enum value": NONE_OF_THEM,
    "Invalid value": NONE_OF_THEM,
}
"""What the decoder says with the sender's own text behind it, and what is said instead."""

PLAIN = {
    "Invalid RFC3339 encoded datetime": "Expected an instant with its time zone, for example 2026-03-02T15:04:05Z",
    "Invalid RFC3339 encoded date": "Expected a date that there is, for example 2026-03-02",
    "Expected `str` matching regex '\\\\S'": "Expected a `string` that is not blank",
    "Invalid UUID": "Expected an id, for example 019aa4b0-7c1e-7d4a-8985-ba77e03f10d8",
}
"""What the decoder says, and what tells somebody what would be right."""

JSON_NAMES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
"""Types as a program in any language knows them."""

_TYPES = re.compile("`([^`]*)`")


def body_errors(body: bytes, declared: Any) -> list[FieldError]:
    """The faults of a JSON body against its declared type; at most fifty."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return [FieldError("", "Expected a JSON object.")]
    errors = []
    for error in _faults(value, declared, ""):
        errors.append(error)
        if len(errors) == MOST_ERRORS:
            break
    return errors


def shape_only(message: str, declared: Any = None) -> str:
    """The decoder's own words name types and rules; anything else might quote the input and is replaced."""
    for beginning, instead in REPEATING.items():
        if message.startswith(beginning):
            return _choice(declared) if instead == NONE_OF_THEM else instead
    told = message.partition(" - at ")[0]
    if not told.startswith(SHAPES):
        return "This value is not valid here."
    return PLAIN.get(told) or _TYPES.sub(_json_names, told) + _such_as(told, declared)


def _such_as(told: str, declared: Any) -> str:
    """Few people read a pattern as easily as an example of what fits it."""
    examples = [one for meta in _metas(declared) for one in meta.examples or ()]
    return f", for example {examples[0]}" if " matching regex " in told and examples else ""


def _metas(declared: Any) -> Iterator[msgspec.Meta]:
    for one in getattr(declared, "__metadata__", ()):
        if isinstance(one, msgspec.Meta):
            yield one
    for part in get_args(declared):
        if hasattr(part, "__metadata__"):
            yield from _metas(part)


def _json_names(told: re.Match[str]) -> str:
    return f"`{' or '.join(JSON_NAMES.get(one, one) for one in told[1].split(' | '))}`"


def _choice(declared: Any) -> str:
    """The values there are, where a type lists them."""
    bare = _bare(declared)
    listed = get_args(bare) if get_origin(bare) is Literal else ()
    if isinstance(bare, type) and issubclass(bare, Enum):
        listed = tuple(one.value for one in bare)
    return f"Expected one of: {', '.join(map(str, listed))}" if listed else NONE_OF_THEM


def _faults(value: Any, declared: Any, pointer: str) -> Iterator[FieldError]:
    try:
        msgspec.convert(value, declared, strict=False)
    except msgspec.ValidationError as error:
        found = list(_inside(value, _bare(declared), pointer))
        yield from found or [FieldError(pointer, shape_only(str(error), declared))]


def _inside(value: Any, declared: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, dict) and isinstance(declared, type) and issubclass(declared, msgspec.Struct):
        for field in msgspec.structs.fields(declared):
            place = f"{pointer}/{field.encode_name}"
            if field.encode_name in value:
                yield from _faults(value[field.encode_name], field.type, place)
            elif field.required:
                yield FieldError(place, "This field is required.")
        if declared.__struct_config__.forbid_unknown_fields:
            yield from _unknown(value, declared.__struct_encode_fields__, pointer)
    if isinstance(value, list) and get_origin(declared) in {list, tuple, set, frozenset} and get_args(declared):
        for position, item in enumerate(value):
            yield from _faults(item, get_args(declared)[0], f"{pointer}/{position}")


def _unknown(names: Iterable[str], known: Sequence[str], pointer: str) -> Iterator[FieldError]:
    """What would be right is the known name that was meant, or any of them."""
    for name in names:
        if name not in known:
            near = get_close_matches(name[:LONGEST_NAME], known, n=1)
            right = f"did you mean `{near[0]}`?" if near else f"the fields here are {', '.join(sorted(known))}."
            yield FieldError(pointer + step(name), f"There is no field of this name; {right}")


def _bare(declared: Any) -> Any:
    """The type under `Annotated`, or the one beside None."""
    while hasattr(declared, "__metadata__"):
        declared = declared.__origin__
    others = [one for one in get_args(declared) if one is not type(None)]
    is_optional = type(None) in get_args(declared) and len(others) == 1
    return _bare(others[0]) if is_optional else declared
