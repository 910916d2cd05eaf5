"""Reading a CSV file as declared columns, row by row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from tabular.cells import CellRefused, parse_cell
from tabular.columns import Column, Value
from tabular.formulas import unguard
from tabular.header import Header, read_header
from tabular.inspection import Limits, inspect
from tabular.refusals import WHOLE_ROW, FileRefused, RefusedRow, RowError

_DEFAULT_LIMITS = Limits()
# Excel may put the delimiter before the header, as in "sep=;".
_DELIMITER_LINE = re.compile(r"sep=.\s*", re.IGNORECASE)


class Record(msgspec.Struct, frozen=True):
    """A row as it stands: the physical line on which it begins, and its cells."""

    line: int
    cells: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """A row as read: `values` of every column whose cell could be read, and `errors`, empty for a good row."""

    line: int
    cells: tuple[str, ...]
    values: dict[str, Value]
    errors: tuple[RowError, ...]

    def refused(self) -> RefusedRow:
        """This row for the rejects file."""
        return RefusedRow(self.line, self.cells, self.errors)


def open_csv(file: BinaryIO, columns: Sequence[Column], limits: Limits = _DEFAULT_LIMITS) -> "CsvTable":
    """Open a seekable binary file as CSV with these columns. The file stays open and belongs to the caller.

    Comma, semicolon, tab or bar as delimiter, any line end and a UTF-8 mark are taken as they come. FileRefused for
    what concerns the whole file: size, type, encoding, header.
    """
    inspect(file, limits)
    return CsvTable(file, columns)


class CsvTable:
    """An opened CSV file. Each call of `records` or `rows` reads it anew from the beginning; finish one at a time.

    A text cell that `tabular.formulas` guarded is given back as it was, and `cells` hold no apostrophes of ours.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._file = file
        with _Text(file) as text:
            header_line, first_line = _first_line_with_text(text)
        self._layout = read_header(header_line, first_line, columns)
        self._lines_before_rows = first_line
        present = [column for column in columns if column.name in self._layout.positions]
        self._columns = [(column, self._layout.positions[column.name]) for column in present]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the file's columns as they stand in it."""
        return self._layout.names

    @property
    def layout(self) -> Header:
        """Where each declared column stands."""
        return self._layout

    def records(self) -> Iterator[Record]:
        """Every row that is not blank, cells unread. FileRefused where the quotes, and so the rows, make no sense."""
        with _Text(self._file) as text:
            for _ in range(self._lines_before_rows):
                next(text)
            yield from self._split(text)

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, read by its columns; refused ones among them, with their errors."""
        return map(self.parse, self.records())

    def parse(self, record: Record) -> Row:
        """Read the cells of one record."""
        expected = len(self._layout.names)
        if len(record.cells) != expected:
            error = RowError(
                record.line, WHOLE_ROW, f"has {len(record.cells)} cells", f"{expected} cells, as many as the header"
            )
            return Row(record.line, record.cells, {}, (error,))
        values: dict[str, Value] = {}
        errors: list[RowError] = []
        for column, position in self._columns:
            try:
                values[column.name] = parse_cell(column, record.cells[position])
            except CellRefused as refused:
                errors.append(RowError(record.line, column.name, str(refused), column.would_be_right()))
        return Row(record.line, record.cells, values, tuple(errors))

    def _split(self, text: Iterator[str]) -> Iterator[Record]:
        reader = csv.reader(text, delimiter=self._layout.delimiter, strict=True)
        while True:
            line = self._lines_before_rows + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise FileRefused(
                    "quoting",
                    "A quoted cell in the row that begins here is not closed, or has text behind its closing quote.",
                    'Close each quoted cell, and write a quote inside it twice: "6"" brace".',
                    line=line,
                ) from None
            if any(cell.strip() for cell in cells):
                yield Record(line, tuple(map(unguard, self._fit(cells))))

    def _fit(self, cells: list[str]) -> list[str]:
        """Without what stands behind the last column: the reasons of a returned file, empty cells of a spreadsheet."""
        width = len(self._layout.names)
        behind = cells[width + self._layout.ignored_columns :]
        return cells if any(cell.strip() for cell in behind) else cells[:width]


def _first_line_with_text(text: Iterator[str]) -> tuple[str, int]:
    for number, line in enumerate(text, start=1):
        if line.strip() and not _DELIMITER_LINE.fullmatch(line):
            return line, number
    raise FileRefused("empty", "The file is empty.", "Send a CSV file with a header line and one line for each row.")


class _Text:
    """The file as text from its beginning, for a `with` block; the file itself stays open afterwards."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __enter__(self) -> io.TextIOWrapper:
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        return self._text

    def __exit__(self, *_: object) -> None:
        self._text.detach()
