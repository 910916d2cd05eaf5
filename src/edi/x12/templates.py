"""Templates: segments that usually stand together, in their usual form, written in one step instead of one by one.

What `runs` is for reading. A template is written as it looks, one segment a line, ``{name}`` for each value; it ends with one::

    CLM*{number}*{charge}***{place}:{facility}:{frequency}
    REF*6R*{control_number}
"""

import re
from functools import lru_cache

import msgspec

from edi.x12.delimiters import Delimiters

_FIELD = re.compile(r"\{\w+\}")


class Template(msgspec.Struct, frozen=True):
    """A template as written; see above."""

    text: str


@lru_cache(maxsize=256)
def pieces(template: Template, delimiters: Delimiters) -> tuple[str, ...]:
    """What stands before each value, the end of the segment before the first included. ValueError without a last value."""
    written = "".join("\n" + line.strip() for line in template.text.strip().splitlines())
    end = delimiters.terminator + delimiters.line_end
    marks = str.maketrans({"\n": end, "*": delimiters.element, ":": delimiters.component})
    *found, rest = _FIELD.split(written)
    if rest:
        raise ValueError(f"a template ends with a value, not with {rest}")
    return tuple(piece.translate(marks) for piece in found)
