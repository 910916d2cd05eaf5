"""Reports as files: the same rows in both formats, money as numbers, the same bytes each time."""

import csv
import datetime as dt
import io
from decimal import Decimal

import msgspec
import openpyxl
import pytest

from kernel.ids import new_id
from payments.public import RemittanceSummary
from reports.aging import age
from reports.equation import equation
from reports.export import report_files
from reports.service import PracticeReport

FIGURES, PARTS = equation(123_456, [])
REPORT = PracticeReport(
    practice_id=new_id(),
    practice_name="Riverbend Family Medicine",
    as_of=dt.date(2026, 9, 30),
    claims_by_state={"denied": 1, "patient": 2},
    equation=FIGURES,
    breakdown=PARTS,
    aging=age([], as_of=dt.date(2026, 9, 30)),
    remittances=[
        RemittanceSummary(
            id=new_id(),
            trace_number="0012345",
            payer_name="=BLUE HERON",
            paid_date=dt.date(2026, 9, 20),
            amount_cents=1_234_567,
            claims_paid_cents=1_234_442,
            provider_adjustment_cents=-125,
            claim_count=3,
            claims_posted=2,
            claims_held=1,
            state="held",
            problem="1 of 3 claims need a person",
            plan_digest="",
        )
    ],
    ledger_digest="",
    breaches=[],
)
TABLES = ("claims", "equation", "aging", "remittances")


def files(report: PracticeReport = REPORT) -> dict[str, bytes]:
    return {one.name: one.content for one in report_files(report)}


def csv_rows(name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files()[f"{name}.csv"].decode("utf-8-sig"))))


def xlsx_rows(name: str) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(files()[f"{name}.xlsx"]))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_every_table_comes_in_both_formats() -> None:
    assert sorted(files()) == sorted(f"{name}.{kind}" for name in TABLES for kind in ("csv", "xlsx"))


def test_a_payment_as_a_row_of_text() -> None:
    header, row = csv_rows("remittances")
    assert dict(zip(header, row, strict=True)) == {
        "paid_date": "2026-09-20",
        "payer": "'=BLUE HERON",
        "trace_number": "0012345",
        "amount": "12345.67",
        "claims_paid": "12344.42",
        "provider_adjustments": "-1.25",
        "claims": "3",
        "posted": "2",
        "held": "1",
        "state": "held: 1 of 3 claims need a person",
    }


def test_a_payment_as_a_row_of_cells_has_numbers_and_dates() -> None:
    header, row = xlsx_rows("remittances")
    cells = dict(zip(header, row, strict=True))
    assert cells["paid_date"] == dt.datetime(2026, 9, 20)  # noqa: DTZ001 - the file format knows no zone
    assert (cells["trace_number"], cells["payer"], cells["held"]) == ("0012345", "=BLUE HERON", 1)
    assert isinstance(cells["amount"], int | float)
    assert Decimal(str(cells["amount"])) == Decimal("12345.67")
    assert Decimal(str(cells["provider_adjustments"])) == Decimal("-1.25")


@pytest.mark.parametrize("name", TABLES)
def test_both_formats_hold_the_same_table(name: str) -> None:
    text, cells = csv_rows(name), xlsx_rows(name)
    assert text[0] == cells[0]
    assert len(text) == len(cells) > 1


def test_the_equation_names_every_figure() -> None:
    figures = dict(csv_rows("equation")[1:])
    assert (figures["charge"], figures["unexplained"], figures["insurer open"]) == ("1234.56", "1234.56", "0.00")
    assert len(figures) == 12


def test_the_same_figures_are_the_same_bytes_and_others_are_not() -> None:
    assert files() == files()
    other = files(msgspec.structs.replace(REPORT, claims_by_state={"denied": 2}))
    assert {name for name, content in files().items() if other[name] != content} == {"claims.csv", "claims.xlsx"}
