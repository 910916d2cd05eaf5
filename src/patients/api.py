"""JSON endpoints for patients."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from patients.coverages import Coverage, coverages_of
from patients.permissions import MARK_VIP, READ_PATIENTS
from patients.registration import Patient, list_patients, read_patient
from patients.watching import mark_vip


class VipMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether each look at a patient's record is listed for compliance officers."""

    vip: bool


class PatientController(Controller):
    """Patients of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/patients"
    tags = ("Patients",)

    @get(guards=[requires(READ_PATIENTS)], summary="Patients")
    async def list_all(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
    ) -> Page[Patient]:
        """Patients by account number, a page at a time."""
        return page_of(request, page, await list_patients(tx, page), lambda one: (one.account_number,))

    @get("/{patient_id:uuid}", guards=[requires(READ_PATIENTS)], summary="A patient")
    async def read(self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID]) -> Patient:
        """One patient; the reading is on record."""
        return await read_patient(tx, patient_id)

    @get("/{patient_id:uuid}/coverages", guards=[requires(READ_PATIENTS)], summary="A patient's coverages")
    async def read_coverages(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        patient_id: FromPath[uuid.UUID],
    ) -> Page[Coverage]:
        """Who pays for a patient, first payer first; the reading is on record."""
        await read_patient(tx, patient_id)
        return page_of(request, page, await coverages_of(tx, patient_id, page), lambda one: (one.rank, one.id))

    @put("/{patient_id:uuid}/vip", guards=[requires(MARK_VIP)], status_code=204, summary="Mark a patient as VIP")
    async def mark_vip(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], data: Annotated[VipMark, Body()]
    ) -> None:
        """A patient whom many may be curious about: each look at the record is listed. Everybody else sees no mark."""
        await mark_vip(tx, patient_id, vip=data.vip)
