"""Reports as files: CSV and XLSX of the same rows, the same bytes for the same figures."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from reports.service import PracticeReport
from tabular.columns import Column, ColumnKind
from tabular.csv_writer import write_csv
from tabular.xlsx_writer import write_xlsx


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, meaning=meaning, example="x")


def _money(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnKind.MONEY, meaning=meaning, example="120.50")


AGING_COLUMNS = (
    _text("bucket", "Days since the service date"),
    _money("insurance", "Open with insurers"),
    _money("patient", "Owed by patients"),
    _money("credit", "Owed back"),
)
EQUATION_COLUMNS = (_text("figure", "Which figure"), _money("amount", "Its amount"))
STATE_COLUMNS = (
    _text("state", "Where claims stand"),
    Column(name="claims", kind=ColumnKind.INTEGER, meaning="How many", example="12"),
)
REMITTANCE_COLUMNS = (
    Column(name="paid_date", kind=ColumnKind.DATE, meaning="When the payer paid", example="2026-09-30"),
    _text("payer", "Who paid"),
    _text("trace_number", "Check or transfer number"),
    _money("amount", "The payment"),
    _money("claims_paid", "Sum of the claims in it"),
    _money("provider_adjustments", "Taken off (or added, when negative) at provider level"),
    Column(name="claims", kind=ColumnKind.INTEGER, meaning="Claims in it", example="12"),
    Column(name="posted", kind=ColumnKind.INTEGER, meaning="Claims of it that were posted", example="11"),
    Column(name="held", kind=ColumnKind.INTEGER, meaning="Claims of it that wait for a person", example="1"),
    _text("state", "posted, or held and why"),
)


class ReportFile(msgspec.Struct, frozen=True):
    """One file of a report."""

    name: str
    content: bytes


def report_files(report: PracticeReport) -> list[ReportFile]:
    """Every table of a report, as CSV and as XLSX."""
    tables: list[tuple[str, tuple[Column, ...], list[Mapping[str, Any]]]] = [
        ("claims", STATE_COLUMNS, state_rows(report)),
        ("equation", EQUATION_COLUMNS, equation_rows(report)),
        ("aging", AGING_COLUMNS, aging_rows(report)),
        ("remittances", REMITTANCE_COLUMNS, remittance_rows(report)),
    ]
    files = []
    for name, columns, rows in tables:
        files.append(ReportFile(f"{name}.csv", as_csv(columns, rows)))
        files.append(ReportFile(f"{name}.xlsx", as_xlsx(name, columns, rows, report.as_of)))
    return files


def state_rows(report: PracticeReport) -> list[Mapping[str, Any]]:
    """Claims by state."""
    return [{"state": state, "claims": count} for state, count in report.claims_by_state.items()]


def equation_rows(report: PracticeReport) -> list[Mapping[str, Any]]:
    """The money equation and what its parts are made of."""
    figures = {**msgspec.structs.asdict(report.equation), **msgspec.structs.asdict(report.breakdown)}
    return [
        {"figure": name.removesuffix("_cents").replace("_", " "), "amount": cents} for name, cents in figures.items()
    ]


def aging_rows(report: PracticeReport) -> list[Mapping[str, Any]]:
    """Aging by bucket."""
    return [
        {
            "bucket": row.bucket,
            "insurance": row.insurance_cents,
            "patient": row.patient_cents,
            "credit": row.credit_cents,
        }
        for row in report.aging
    ]


def remittance_rows(report: PracticeReport) -> list[Mapping[str, Any]]:
    """One row a payment."""
    return [
        {
            "paid_date": one.paid_date,
            "payer": one.payer_name,
            "trace_number": one.trace_number,
            "amount": one.amount_cents,
            "claims_paid": one.claims_paid_cents,
            "provider_adjustments": one.provider_adjustment_cents,
            "claims": one.claim_count,
            "posted": one.claims_posted,
            "held": one.claims_held,
            "state": one.state if not one.problem else f"{one.state}: {one.problem}",
        }
        for one in report.remittances
    ]


def as_csv(columns: tuple[Column, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as CSV."""
    target = io.BytesIO()
    write_csv(target, columns, rows)
    return target.getvalue()


def as_xlsx(name: str, columns: tuple[Column, ...], rows: Iterable[Mapping[str, Any]], as_of: dt.date) -> bytes:
    """The rows as XLSX, with typed cells and properties fixed to the report's date."""
    target = io.BytesIO()
    write_xlsx(target, columns, rows, sheet=name, as_of=as_of)
    return target.getvalue()
