"""A clinic ready to bill: payers, providers with enrollments, a connection; and visits, which are sound unless told otherwise."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from tests.factories.clearinghouse import connect
from tests.plugins.tenants import Tenant

from claims.public import (
    NewAdjudication,
    NewCharge,
    NewEncounter,
    build_claims,
    capture_encounters,
    handle_file_sent,
    submit_ready,
)
from claims.tables import claim, claim_line
from clearinghouse.public import read_file
from credentialing.public import NewEnrollment, request_enrollment
from directory.public import NewPayer, NewProvider, add_payer, add_provider
from kernel.storage.base import ObjectStore
from patients.public import NewCoverage, NewPatient, add_coverages, register_patients

OKAFOR, BRAND = "2999901012", "2999901020"
"""NPIs of the clinic's providers: sound check digits, never issued."""
REFERRER = "2999909023"
SERVICE_DATE = dt.date(2026, 9, 1)
ENROLLED_FROM = dt.date(2020, 1, 1)

PAYERS = {
    "BHERON": ("Blue Heron Health Plan", "commercial", "90003"),
    "HARBOR": ("Harbor Supplemental", "supplement", "90005"),
    "MCARE": ("Medicare Part B", "medicare", "90001"),
}


class Clinic(msgspec.Struct, frozen=True):
    """A tenant with somebody to bill. `enrollments` are by NPI and payer code."""

    tenant: Tenant
    payers: Mapping[str, uuid.UUID]
    enrollments: Mapping[tuple[str, str], uuid.UUID]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What a test wants to be different about a patient, the coverages and the encounter."""

    number: str = "E-1"
    patient: Mapping[str, Any] = {}
    primary: Mapping[str, Any] = {}
    secondary: Mapping[str, Any] | None = None
    encounter: Mapping[str, Any] = {}
    charges: tuple[Mapping[str, Any], ...] = ({},)
    payer: str = "BHERON"


async def open_clinic(tenant: Tenant, *, not_enrolled: tuple[str, str] | None = None, connected: bool = True) -> Clinic:
    """A clinic whose providers may bill every payer, but for the pair whose application is still open."""
    enrollments = {}
    async with tenant.tx() as tx:
        payers = {
            code: await add_payer(tx, NewPayer(code=code, name=name, kind=kind, edi_id=edi_id, timely_filing_days=180))
            for code, (name, kind, edi_id) in PAYERS.items()
        }
        for npi, last_name in ((OKAFOR, "Okaforson"), (BRAND, "Brandvold")):
            await add_provider(tx, NewProvider(npi=npi, last_name=last_name, first_name="Ines", taxonomy="207Q00000X"))
            for code, payer_id in payers.items():
                effective = None if (npi, code) == not_enrolled else ENROLLED_FROM
                new = NewEnrollment(
                    provider_npi=npi, payer_id=payer_id, requested_date=ENROLLED_FROM, effective_date=effective
                )
                enrollments[npi, code] = await request_enrollment(tx, new)
    if connected:
        await connect(tenant)
    return Clinic(tenant, payers, enrollments)


async def register(clinic: Clinic, visit: Visit) -> NewEncounter:
    """The visit's patient and coverages on file, and the encounter as the practice would report it."""
    patient = NewPatient(
        **{
            "account_number": f"A-{visit.number}",
            "last_name": "Marlowe",
            "first_name": "Petra",
            "birth_date": dt.date(1980, 2, 29),
            "sex": "F",
            "address": "12 Mill Street",
            "city": "Columbus",
            "state_code": "OH",
            "zip": "43215",
            **visit.patient,
        }
    )
    async with clinic.tenant.tx() as tx:
        patient_id = (await register_patients(tx, [patient]))[patient.account_number]
        coverages = [_coverage(clinic, visit.payer, patient_id, 1, visit.primary)]
        if visit.secondary is not None:
            coverages.append(_coverage(clinic, "HARBOR", patient_id, 2, visit.secondary))
        ids = await add_coverages(tx, coverages)
    return NewEncounter(
        **{
            "number": visit.number,
            "patient_id": patient_id,
            "service_date": SERVICE_DATE,
            "rendering_npi": OKAFOR,
            "place_of_service": "11",
            "diagnoses": ("E119", "I10"),
            "primary_coverage_id": ids[0],
            "secondary_coverage_id": ids[1] if len(ids) > 1 else None,
            "source": "test",
            "charges": tuple(_charge(place, one) for place, one in enumerate(visit.charges, start=1)),
            **visit.encounter,
        }
    )


async def build(clinic: Clinic, *visits: Visit) -> dict[str, sa.Row[Any]]:
    """Capture these visits and build their claims; the claims by encounter number, as they stand."""
    encounters = [await register(clinic, visit) for visit in visits]
    async with clinic.tenant.tx("worker") as tx:
        await capture_encounters(tx, encounters)
        await build_claims(tx)
    found = await claims_of(clinic)
    by_patient = {row.patient_id: row for row in found}
    return {one.number: by_patient[one.patient_id] for one in encounters}


async def claims_of(clinic: Clinic) -> list[sa.Row[Any]]:
    """Every claim of the clinic, by number."""
    async with clinic.tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(claim).where(claim.c.practice_id == clinic.tenant.practice_id).order_by(claim.c.number)
        )
        return list(rows.all())


async def release_file(clinic: Clinic, store: ObjectStore, edi_file_id: uuid.UUID) -> bytes:
    """The bytes of a file that was queued, noted as handed over."""
    async with clinic.tenant.tx("worker") as tx:
        await handle_file_sent(tx, {"edi_file_id": str(edi_file_id)})
        return await read_file(tx, store, edi_file_id)


async def send(clinic: Clinic, store: ObjectStore) -> list[bytes]:
    """Submit what is ready and note it as handed over; the files, in the order they were written."""
    async with clinic.tenant.tx() as tx:
        files = await submit_ready(tx, store)
    return [await release_file(clinic, store, one.edi_file_id) for one in files]


async def claim_row(clinic: Clinic, claim_id: uuid.UUID) -> sa.Row[Any]:
    """One claim as it stands."""
    return next(row for row in await claims_of(clinic) if row.id == claim_id)


async def line_ids(clinic: Clinic, claim_id: uuid.UUID) -> list[uuid.UUID]:
    """The ids of a claim's lines, in order."""
    async with clinic.tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(claim_line.c.id)
            .where(claim_line.c.practice_id == clinic.tenant.practice_id, claim_line.c.claim_id == claim_id)
            .order_by(claim_line.c.line_number)
        )
        return list(rows.scalars())


def decision(row: sa.Row[Any], lines: Mapping[uuid.UUID, tuple[int, int, int]], **changes: Any) -> NewAdjudication:
    """What the claim's payer decided: by line, in cents, what was charged, what it paid, what is the patient's (PR-1).

    The rest of each charge is contractual (CO-45).
    """
    content = [
        {
            "line_id": str(key),
            "charge_cents": charged,
            "paid_cents": paid,
            "adjustments": [
                {"group": group, "reason": reason, "amount_cents": cents}
                for group, reason, cents in (("CO", "45", charged - paid - patient), ("PR", "1", patient))
                if cents
            ],
        }
        for key, (charged, paid, patient) in lines.items()
    ]
    patient_cents = sum(one[2] for one in lines.values())
    return NewAdjudication(
        **{
            "claim_id": row.id,
            "payer_order": row.payer_order,
            "payer_id": row.payer_id,
            "payer_claim_number": "ICN-1",
            "status_code": str(row.payer_order),
            "is_reversal": False,
            "crossed_over": False,
            "charge_cents": row.charge_cents,
            "paid_cents": sum(one[1] for one in lines.values()),
            "patient_cents": patient_cents,
            "paid_date": dt.date(2026, 9, 20),
            "content": {"lines": content},
            "open_insurance_cents": 0,
            "open_patient_cents": patient_cents,
            **changes,
        }
    )


def _coverage(clinic: Clinic, code: str, patient_id: uuid.UUID, rank: int, changes: Mapping[str, Any]) -> NewCoverage:
    values = {
        "patient_id": patient_id,
        "rank": rank,
        "payer_id": clinic.payers[code],
        "member_id": f"SYN{rank}0001",
        **changes,
    }
    return NewCoverage(**values)


def _charge(place: int, changes: Mapping[str, Any]) -> NewCharge:
    values = {
        "line_number": place,
        "procedure_code": "G0439",
        "modifiers": (),
        "units": 1,
        "charge_cents": 20_000,
        "pointers": (1,),
        **changes,
    }
    return NewCharge(**values)
