"""JSON and file endpoints for reports."""

import datetime as dt
from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from audit.public import record
from kernel.clock import today
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.http.files import TABLES, sends_file
from kernel.http.scoping import requires
from reports.export import report_files
from reports.permissions import READ_REPORTS
from reports.service import PracticeReport, practice_report
from tenancy.public import practice_profile

AsOf = Annotated[dt.date | None, QueryParameter(description="The day to report on; today when left out.")]
Table = Literal["claims", "equation", "aging", "remittances"]
Format = Literal["csv", "xlsx"]


class ReportController(Controller):
    """Figures of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/reports"
    tags = ("Reports",)

    @get("/summary", guards=[requires(READ_REPORTS)], summary="Where the practice stands")
    async def summary(self, tx: NamedDependency[Tx], as_of: AsOf = None) -> PracticeReport:
        """Claims by state, the money equation, aging and remittances, read in one transaction."""
        return await practice_report(tx, as_of=await _day(tx, as_of))

    @get(
        "/files/{table:str}/{file_format:str}",
        guards=[requires(READ_REPORTS)],
        summary="A report as a file",
        opt=sends_file(*TABLES.values()),
    )
    async def export(
        self, tx: NamedDependency[Tx], table: FromPath[Table], file_format: FromPath[Format], as_of: AsOf = None
    ) -> Response[bytes]:
        """One table as CSV or XLSX; the export is on record."""
        report = await practice_report(tx, as_of=await _day(tx, as_of))
        name = f"{table}.{file_format}"
        found = next((one for one in report_files(report) if one.name == name), None)
        if found is None:
            raise NotFound(
                "there is no such report; there are claims, equation, aging and remittances, as csv and xlsx"
            )
        record(tx, "reports.file.exported", "report", name)
        headers = {"Content-Disposition": f'attachment; filename="{report.as_of}-{name}"'}
        return Response(found.content, media_type=TABLES[file_format], headers=headers)


async def _day(tx: Tx, as_of: dt.date | None) -> dt.date:
    return as_of or today((await practice_profile(tx)).time_zone)
