"""Runs: segments that usually stand together, in their usual form, taken in one step instead of segment by segment.

Most of a file is the same few groups of segments over and over. A builder says how they look, one pattern finds them, and
one method takes what the pattern found. Whatever looks otherwise goes segment by segment, which is what defines the
meaning of a file: taking a run must do exactly what taking its segments does.

A run is written as it looks, one segment a line, its first segment always there::

    SVC*{procedure!}*{charge$}*{paid$}[*{revenue}*{units}]
    ? DTM*472*{date}

``{name}`` is any text, ``{name!}`` text that is not empty, ``{name$}`` an amount of at most eight digits before the point,
found as two texts (see `WHOLE`), ``{name=A|B}`` one of these codes, ``{name&}`` all the elements that are left. Names only tell
a reader what stands there; ``{name:CARC}`` and so on says that the codes of a set do. ``[…]`` may be missing, and so may a
segment after ``?``. In an element that shows a ``:`` itself, texts hold no component separator.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from edi.x12.delimiters import Delimiters

Take = Callable[[re.Match[str], int, int], int]
"""Takes what a run's pattern found, its byte offset, the number of its first segment. Gives the number of segments taken, or 0
when they have to be taken one by one; then, as when it raises ValueError, nothing has changed yet.
"""

_FIELD = re.compile(r"\{(?P<name>\w+)(?:(?P<kind>[!$&])|=(?P<codes>[^}:]+))?(?P<set>:[^}]+)?\}")
_PIECE = re.compile(r"\{[^}]*\}|.")


class Run(msgspec.Struct, frozen=True):
    """A run as written; see above."""

    text: str

    @property
    def start(self) -> str:
        """The first three characters: how the run is looked up."""
        return self.text.strip()[:3]


class _Marks(msgspec.Struct, frozen=True):
    """Delimiters as parts of a pattern."""

    element: str
    component: str
    end: str
    text: str
    part: str
    rest: str

    @classmethod
    def of(cls, delimiters: Delimiters) -> "_Marks":
        line_ends = "\r\n".replace(delimiters.terminator, "")
        text = re.escape(delimiters.element + delimiters.terminator) + line_ends
        return cls(
            re.escape(delimiters.element),
            re.escape(delimiters.component),
            f"{re.escape(delimiters.terminator)}[{line_ends}]*+",
            f"[^{text}]",
            f"[^{text}{re.escape(delimiters.component)}]",
            f"[^{re.escape(delimiters.terminator)}{line_ends}]",
        )


def fields(run: Run) -> list[str]:
    """Names of what a run's pattern finds, in its order, each with its code set after a colon; an amount is there twice."""
    found = []
    for field in _FIELD.finditer(run.text):
        found += [field["name"] + (field["set"] or "")] * (2 if field["kind"] == "$" else 1)
    return found


@lru_cache(maxsize=512)
def compiled_run(run: Run, delimiters: Delimiters) -> re.Pattern[str]:
    """The pattern of a run. ValueError when its text cannot be read."""
    marks = _Marks.of(delimiters)
    return re.compile("".join(_line(line.strip(), marks) for line in run.text.strip().splitlines()))


def _line(line: str, marks: _Marks) -> str:
    optional = line.startswith("? ")
    pattern = "".join(_element(part, marks) for part in re.split(r"(\*)", line.removeprefix("? "))) + marks.end
    return f"(?:{pattern})?+" if optional else pattern


def _element(text: str, marks: _Marks) -> str:
    """One element, or the separator before it, with the brackets of what may be missing."""
    if text == "*":
        return marks.element
    inner = marks.part if ":" in _FIELD.sub("", text) else marks.text
    return "".join(_piece(piece, inner, marks) for piece in _PIECE.findall(text))


def _piece(piece: str, inner: str, marks: _Marks) -> str:
    if piece == "[":
        return "(?:"
    if piece == "]":
        return ")?+"
    if piece == ":":
        return marks.component
    if not piece.startswith("{"):
        return re.escape(piece)
    field = _FIELD.fullmatch(piece)
    if field is None:
        raise ValueError(f"not a field of a run: {piece}")
    if field["codes"]:
        return f"({'|'.join(map(re.escape, field['codes'].split('|')))})"
    if field["kind"] == "$":
        return r"([0-9]{1,8}+)((?:\.[0-9]{0,2}+)?+)"
    if field["kind"] == "&":
        return f"({marks.rest}++)"
    return f"({inner}{'+' if field['kind'] else '*'}+)"


class _Whole(dict[str, int]):
    """The digits before the point, in cents; the short ones are remembered."""

    def __missing__(self, digits: str) -> int:
        value = int(digits) * 100
        if len(digits) < 5:
            self[digits] = value
        return value


WHOLE = _Whole()
"""The first text of an amount to cents. An amount of a run is `WHOLE[first] + FRACTION[second]`: two small tables stay in the
processor's cache, where one of all amounts ever met would not.
"""

FRACTION = (
    {"": 0, ".": 0} | {f".{tenths}": tenths * 10 for tenths in range(10)} | {f".{one:02}": one for one in range(100)}
)
"""The second text of an amount, with its point, to cents."""
