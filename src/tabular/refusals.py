"""How a file or a row is refused: what is wrong, where, and what would be right. Never the text that stood there."""

import msgspec

WHOLE_ROW = "(whole row)"
"""The `column` of an error that concerns no single cell."""


class RowError(msgspec.Struct, frozen=True):
    """Why a row is refused.

    `line` is the physical line on which the row begins, counted from 1 with the header and every line of quoted cells.
    `reason` and `would_be_right` name the shape expected; cells may hold personal data and are not repeated.
    """

    line: int
    column: str
    reason: str
    would_be_right: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}; expected {self.would_be_right}"


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that was not taken: its cells as they were read, and everything that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    errors: tuple[RowError, ...]


class FileRefused(Exception):
    """The file as a whole cannot be read. `code` is stable: for tests, and for what a caller answers."""

    def __init__(self, code: str, what: str, would_be_right: str, *, line: int | None = None) -> None:
        self.code = code
        self.what = what
        self.would_be_right = would_be_right
        self.line = line
        super().__init__(f"{'' if line is None else f'Line {line}: '}{what} {would_be_right}")
