"""Endpoints for what looks unusual in the audit log of a practice."""

import datetime as dt

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from compliance.anomalies.listing import FINDING_COLUMNS, finding_rows
from compliance.anomalies.service import Anomalies, find_anomalies
from compliance.files import csv_file
from compliance.periods import Since, Until, asked_period
from compliance.permissions import READ_AUDIT
from kernel.db.transaction import Tx
from kernel.http.files import CSV, sends_file
from kernel.http.scoping import requires

USUAL = dt.timedelta(days=7)
LONGEST = dt.timedelta(days=31)


class AnomalyController(Controller):
    """What looks unusual in the audit log of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/audit/anomalies"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="What looks unusual")
    async def read(self, tx: NamedDependency[Tx], since: Since = None, until: Until = None) -> Anomalies:
        """What simple rules find in a time of at most 31 days, the last seven unless told: who, why, and the events behind it."""
        return await find_anomalies(tx, asked_period(since, until, usual=USUAL, longest=LONGEST))

    @get("/csv", guards=[requires(READ_AUDIT)], summary="What looks unusual, as a file", opt=sends_file(CSV))
    async def read_as_file(self, tx: NamedDependency[Tx], since: Since = None, until: Until = None) -> Response[bytes]:
        """The same as CSV, one line a finding."""
        report = await find_anomalies(tx, asked_period(since, until, usual=USUAL, longest=LONGEST))
        return csv_file("unusual-access", FINDING_COLUMNS, finding_rows(report.findings))
