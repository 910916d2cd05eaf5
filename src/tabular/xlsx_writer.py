"""Writing XLSX workbooks of one sheet with typed cells; the same rows always give the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from tabular.cells import format_cell
from tabular.columns import Column, ColumnKind, Value

_ROWS_OF_A_SHEET = 1_048_576
_CHARACTERS_OF_A_CELL = 32_767
_WIDTHS = {ColumnKind.DATE: 12, ColumnKind.MONEY: 14, ColumnKind.INTEGER: 10}
_LEAST_TEXT_WIDTH, _GREATEST_TEXT_WIDTH = 12, 40


class SheetFull(Exception):
    """More rows or a longer text than a worksheet holds; the message says which limit."""


def write_xlsx(
    target: BinaryIO, columns: Sequence[Column], rows: Iterable[Mapping[str, Value]], *, sheet: str, as_of: date
) -> int:
    """Write one sheet: a frozen header and typed rows, each a mapping by column name; how many rows were written.

    `as_of` becomes the document's creation date, so that a report of a date is the same file whenever it is made. Money
    is a number shown with two decimals, dates are dates, text is text and never a formula or a link. Rows are streamed.
    SheetFull beyond 1,048,575 rows or 32,767 characters in a cell.
    """
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        book.set_properties({"author": "Billwright", "created": datetime(as_of.year, as_of.month, as_of.day)})  # noqa: DTZ001 - the file format knows no zone
        writer = _SheetWriter(book, columns, sheet)
        count = 0
        for count, row in enumerate(rows, start=1):
            writer.write(count, row)
    return count


class _SheetWriter:
    def __init__(self, book: Any, columns: Sequence[Column], sheet: str) -> None:
        self._columns = columns
        self._sheet = book.add_worksheet(sheet)
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True, "bottom": 1})
        self._sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            self._sheet.set_column(position, position, _width(column))
            self._sheet.write_string(0, position, column.name, bold)

    def write(self, number: int, row: Mapping[str, Value]) -> None:
        if number >= _ROWS_OF_A_SHEET:
            raise SheetFull(f"A worksheet holds {_ROWS_OF_A_SHEET - 1:,} rows under its header; write CSV instead.")
        for position, column in enumerate(self._columns):
            value = row.get(column.name)
            if value is not None:
                self._write_cell(number, position, column, value)

    def _write_cell(self, number: int, position: int, column: Column, value: str | int | date) -> None:
        text = format_cell(column, value)
        match value:
            case date():
                self._sheet.write_datetime(number, position, value, self._date)
            case int() if column.kind is ColumnKind.MONEY:
                self._sheet.write_number(number, position, Decimal(value) / 100, self._money)
            case int():
                self._sheet.write_number(number, position, value)
            case str():
                if len(text) > _CHARACTERS_OF_A_CELL:
                    raise SheetFull(
                        f"Row {number}, column {column.name}: a cell holds {_CHARACTERS_OF_A_CELL:,} characters."
                    )
                self._sheet.write_string(number, position, text)


def _width(column: Column) -> int:
    text_width = min(max(column.max_length or 0, _LEAST_TEXT_WIDTH), _GREATEST_TEXT_WIDTH)
    return max(_WIDTHS.get(column.kind, text_width), len(column.name) + 2)
