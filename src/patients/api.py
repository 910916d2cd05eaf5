"""JSON endpoints for patients."""

import uuid
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from kernel.db.transaction import Tx
from kernel.http.scoping import requires
from patients.coverages import Coverage, coverages_of
from patients.permissions import READ_PATIENTS
from patients.registration import Patient, list_patients, read_patient


class PatientController(Controller):
    """Patients of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/patients"
    tags = ("Patients",)

    @get(guards=[requires(READ_PATIENTS)], summary="Patients")
    async def list_all(
        self,
        tx: NamedDependency[Tx],
        after: Annotated[str, QueryParameter(description="The last account number of the page before.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> list[Patient]:
        """Patients by account number, a page at a time."""
        return await list_patients(tx, after=after, limit=limit)

    @get("/{patient_id:uuid}", guards=[requires(READ_PATIENTS)], summary="A patient")
    async def read(self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID]) -> Patient:
        """One patient; the reading is on record."""
        return await read_patient(tx, patient_id)

    @get("/{patient_id:uuid}/coverages", guards=[requires(READ_PATIENTS)], summary="A patient's coverages")
    async def read_coverages(self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID]) -> list[Coverage]:
        """Who pays for a patient, first payer first; the reading is on record."""
        await read_patient(tx, patient_id)
        return await coverages_of(tx, patient_id)
