"""The office's side of the patient portal: the code a patient opens the bill with."""

import datetime as dt
import uuid

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from kernel.db.transaction import Tx
from kernel.http.scoping import AnyRequest, requires
from patient_portal.permissions import ISSUE_BILL_CODES
from patients.public import read_patient
from tenancy.public import issue_bill_code, issue_bill_link


class BillCode(msgspec.Struct, frozen=True):
    """What a patient types together with the date of birth, and the link that carries it."""

    code: str
    link: str


class BillOnceLink(msgspec.Struct, frozen=True):
    """A link that opens the bill once, after the date of birth is given, until it expires."""

    link: str
    expires_at: dt.datetime


class BillCodeController(Controller):
    """Bill codes of a practice's patients."""

    path = "/api/v1/practices/{practice_id:uuid}/patients/{patient_id:uuid}"
    tags = ("Patients",)

    @post("/bill-code", guards=[requires(ISSUE_BILL_CODES)], status_code=201, summary="Issue a bill code")
    async def issue(self, request: AnyRequest, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID]) -> BillCode:
        """The patient's code, the same each time it is asked for."""
        patient = await read_patient(tx, patient_id)
        settings = request.app.state.settings
        code = await issue_bill_code(
            tx,
            request.app.state.sessions,
            patient_id=patient_id,
            birth_date=patient.birth_date,
            key=settings.secrets.lookup_key.get_secret_value().encode(),
        )
        return BillCode(code, f"{settings.web.public_url}/bill/link/{code}")

    @post("/bill-link", guards=[requires(ISSUE_BILL_CODES)], status_code=201, summary="Issue a link that opens once")
    async def issue_link(
        self, request: AnyRequest, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID]
    ) -> BillOnceLink:
        """A new link to the patient's bill, good for a week and for one opening; the ones before stay as they are."""
        patient = await read_patient(tx, patient_id)
        settings = request.app.state.settings
        made = await issue_bill_link(
            tx,
            request.app.state.sessions,
            patient_id=patient_id,
            birth_date=patient.birth_date,
            key=settings.secrets.lookup_key.get_secret_value().encode(),
        )
        return BillOnceLink(f"{settings.web.public_url}/bill/once/{made.token}", made.expires_at)
