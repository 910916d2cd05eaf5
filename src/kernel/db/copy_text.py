"""Reads the text that COPY writes: a line for each row, tabs between values, and escaped what would be mistaken for either. Pure.

https://www.postgresql.org/docs/current/sql-copy.html, "Text Format".
"""

import re
from collections.abc import Iterator, Sequence

_NULL = "\\N"
_ESCAPE = re.compile(r"\\([bfnrtv\\])")
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def rows_in(text: str) -> Iterator[Sequence[str | None]]:
    """The values of each line, as the database writes them; None for null. The last line comes without its line feed."""
    for line in text.split("\n"):
        values = line.split("\t")
        yield [_meant(value) for value in values] if "\\" in line else values


def _meant(value: str) -> str | None:
    if value == _NULL:
        return None
    return _ESCAPE.sub(lambda escape: _MEANT[escape[1]], value) if "\\" in value else value
