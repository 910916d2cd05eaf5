"""Declared columns: what a file's columns are called, what they hold, and what a right cell looks like."""

from datetime import date
from enum import StrEnum

import msgspec

from tabular.amounts import dollars_from_cents

Value = str | int | date | None
"""What a cell holds once read. Money is integer cents; an empty optional cell is None."""


class ColumnKind(StrEnum):
    """What a column's cells are read as, and how they are written."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"  # dollars and cents in the file, integer cents as a value
    INTEGER = "integer"
    CHOICE = "choice"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One declared column.

    `name` heads the column, `meaning` is one line for the person who fills it, `example` a right cell. `max_length`
    counts characters of text. `pattern` must match the whole text and comes with `shape`, the same in words ("10
    digits"), because an error says what would be right and never what stood there. `minimum` and
    `maximum` bound integers, and money in cents.
    """

    name: str
    kind: ColumnKind
    meaning: str
    example: str
    required: bool = False
    max_length: int | None = None
    pattern: str | None = None
    shape: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    def __post_init__(self) -> None:
        if (self.pattern is None) != (self.shape is None):
            raise ValueError(f"column {self.name}: a pattern and its shape in words come together")
        if (self.kind is ColumnKind.CHOICE) != bool(self.choices):
            raise ValueError(f"column {self.name}: choices belong to a choice column, and to no other")

    def would_be_right(self) -> str:
        """What a right cell is, in words, for errors and for the description of a template."""
        match self.kind:
            case ColumnKind.DATE:
                words = "a date as YYYY-MM-DD or MM/DD/YYYY"
            case ColumnKind.MONEY:
                words = "dollars and cents as 123.45"
            case ColumnKind.INTEGER:
                words = "a whole number"
            case ColumnKind.CHOICE:
                words = "one of " + ", ".join(self.choices)
            case ColumnKind.TEXT:
                words = self.shape or "text"
        if self.max_length is not None and self.shape is None:
            words += f" of at most {self.max_length} characters"
        if self.minimum is not None:
            words += f", at least {self._number(self.minimum)}"
        if self.maximum is not None:
            words += f", at most {self._number(self.maximum)}"
        return f"{words}, for example {self.example}" if self.example else words

    def _number(self, number: int) -> str:
        return dollars_from_cents(number) if self.kind is ColumnKind.MONEY else str(number)
