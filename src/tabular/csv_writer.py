"""Writing CSV files that a spreadsheet opens rightly and safely; the same rows always give the same bytes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from tabular.cells import format_cell
from tabular.columns import Column, ColumnKind, Value
from tabular.formulas import guard

_TEXTUAL = frozenset({ColumnKind.TEXT, ColumnKind.CHOICE})


def write_csv(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Mapping[str, Value]]) -> int:
    """Write a header and the rows, each a mapping by column name (absent means empty); how many rows were written.

    Dates are ISO, money has two decimals, text that a spreadsheet would run is guarded (`tabular.formulas`).
    """
    return _write(
        target,
        [column.name for column in columns],
        ([_cell(column, row.get(column.name)) for column in columns] for row in rows),
    )


def write_text_cells(target: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a header and rows of text of unknown origin, every cell guarded; how many rows were written."""
    return _write(target, [guard(name) for name in header], ([guard(cell) for cell in row] for row in rows))


def _write(target: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write cells that are already safe.

    UTF-8 with a mark, because Excel reads an unmarked file in the machine's own encoding and spoils names; CRLF as in
    RFC 4180, which also has every cell with a line break quoted.
    """
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    finally:
        text.flush()
        text.detach()
    return count


def _cell(column: Column, value: Value) -> str:
    text = format_cell(column, value)
    return guard(text) if column.kind in _TEXTUAL else text
