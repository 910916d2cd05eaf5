"""Endpoints that say who has seen a patient's records."""

import uuid

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from compliance.access.service import PatientAccess, who_has_seen
from compliance.access.viewers import COLUMNS, viewer_rows
from compliance.files import csv_file
from compliance.periods import KEPT, Since, Until, asked_period
from compliance.permissions import READ_AUDIT
from kernel.db.transaction import Tx
from kernel.http.files import CSV, sends_file
from kernel.http.scoping import requires


class PatientAccessController(Controller):
    """Who has seen a patient's records."""

    path = "/api/v1/practices/{practice_id:uuid}/patients/{patient_id:uuid}/access"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="Who has seen a patient")
    async def read(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], since: Since = None, until: Until = None
    ) -> PatientAccess:
        """Each person with first and last time, how often, and through what; of the last six years unless told otherwise."""
        return await who_has_seen(tx, patient_id, asked_period(since, until, usual=KEPT))

    @get("/csv", guards=[requires(READ_AUDIT)], summary="Who has seen a patient, as a file", opt=sends_file(CSV))
    async def read_as_file(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], since: Since = None, until: Until = None
    ) -> Response[bytes]:
        """The same as CSV, one line a person and action."""
        report = await who_has_seen(tx, patient_id, asked_period(since, until, usual=KEPT))
        return csv_file("who-has-seen", COLUMNS, viewer_rows(report.viewers))
