"""Workbooks: typed cells, no formulas, the same file each time. Read back with another library."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from tabular.columns import Column, ColumnKind, Value
from tabular.xlsx_writer import SheetFull, write_xlsx

COLUMNS = (
    Column(name="payer", kind=ColumnKind.TEXT, meaning="The payer", example="", max_length=30),
    Column(name="service_date", kind=ColumnKind.DATE, meaning="A day", example="2026-06-01"),
    Column(name="paid", kind=ColumnKind.MONEY, meaning="Paid", example="1.00"),
    Column(name="claims", kind=ColumnKind.INTEGER, meaning="Claims", example="1"),
)
ROWS: list[dict[str, Value]] = [
    {"payer": "Blue Heron", "service_date": date(2026, 6, 1), "paid": 1234567, "claims": 12},
    {"payer": "=HYPERLINK(A1)", "service_date": None, "paid": -29, "claims": 0},
    {"payer": "https://payer.example"},
]


def written(rows: list[dict[str, Value]]) -> bytes:
    target = io.BytesIO()
    assert write_xlsx(target, COLUMNS, rows, sheet="Remittance", as_of=date(2026, 9, 30)) == len(rows)
    return target.getvalue()


def test_cells_have_their_types() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(ROWS)))
    sheet = book["Remittance"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["payer", "service_date", "paid", "claims"],
        ["Blue Heron", datetime(2026, 6, 1), 12345.67, 12],  # noqa: DTZ001 - as the library reads a date
        ["=HYPERLINK(A1)", None, -0.29, 0],
        ["https://payer.example", None, None, None],
    ]
    assert sheet["A3"].data_type == "s"
    assert sheet["A4"].hyperlink is None
    assert sheet["B2"].number_format == "yyyy-mm-dd"
    assert sheet["C2"].number_format == "#,##0.00"


def test_the_header_is_frozen_and_columns_are_wide_enough() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written(ROWS)))["Remittance"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    # The reading library keeps equal neighbors as one: B stands for C too.
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABD"] == [31, 15, 11]
    assert sheet.column_dimensions["B"].max == 3


def test_the_same_rows_give_the_same_bytes_with_fixed_properties() -> None:
    first = written(ROWS)
    assert first == written(ROWS)
    assert first != written(ROWS[:2])
    properties = openpyxl.load_workbook(io.BytesIO(first)).properties
    assert properties.creator == "Billwright"
    assert properties.created == datetime(2026, 9, 30)  # noqa: DTZ001 - the file format knows no zone


def test_a_text_that_no_cell_can_hold_is_refused_rather_than_left_out() -> None:
    longest = "x" * 32_767
    assert openpyxl.load_workbook(io.BytesIO(written([{"payer": longest}])))["Remittance"]["A2"].value == longest
    with pytest.raises(SheetFull, match="Row 1, column payer: a cell holds 32,767 characters"):
        written([{"payer": longest + "x"}])
