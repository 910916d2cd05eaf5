"""Patients and their coverages: registered in bulk by natural keys, so that an import run twice finds what it made."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from patients.tables import coverage, patient

T = TypeVar("T")


class NewPatient(msgspec.Struct, frozen=True, kw_only=True):
    """A person treated at the practice, known there by account number."""

    account_number: str
    last_name: str
    first_name: str
    birth_date: dt.date
    sex: str
    address: str = ""
    city: str = ""
    state_code: str = ""
    zip: str = ""
    phone: str = ""


class Patient(NewPatient, frozen=True, kw_only=True):
    """A registered patient."""

    id: uuid.UUID


class NewCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Insurance of a patient. `rank` 1 pays first. The subscriber's fields are empty when it is the patient."""

    patient_id: uuid.UUID
    rank: int
    payer_id: uuid.UUID
    member_id: str
    group_number: str = ""
    relationship: str = "self"
    subscriber_last_name: str = ""
    subscriber_first_name: str = ""
    subscriber_birth_date: dt.date | None = None
    subscriber_sex: str = ""


class Coverage(NewCoverage, frozen=True, kw_only=True):
    """A coverage on file."""

    id: uuid.UUID


async def register_patients(tx: Tx, new: Sequence[NewPatient]) -> dict[str, uuid.UUID]:
    """Register people who are not known yet; returns the id of each account number. Known people are left as they are."""
    ids = {one.account_number: named_id("patient", tx.practice_id, one.account_number) for one in new}
    unique = {one.account_number: one for one in new}
    known = set(await _existing(tx, patient, list(ids.values())))
    rows = [
        {**_owner(tx), "id": ids[number], "created_at": wall_now(), **msgspec.structs.asdict(one)}
        for number, one in unique.items()
        if ids[number] not in known
    ]
    if rows:
        await tx.execute(insert(patient).on_conflict_do_nothing(), rows)
        added = [row["id"] for row in rows]
        await record(tx, "patients.patient.registered", "patient", patient_ids=added, changed={"count": len(added)})
    return ids


async def add_coverages(tx: Tx, new: Sequence[NewCoverage]) -> list[uuid.UUID]:
    """Add coverages that are not on file yet; returns the id of each, in the order given."""
    ids = [named_id("coverage", tx.practice_id, one.patient_id, one.payer_id, one.member_id, one.rank) for one in new]
    known = set(await _existing(tx, coverage, ids))
    rows = {
        coverage_id: {**_owner(tx), "id": coverage_id, "created_at": wall_now(), **msgspec.structs.asdict(one)}
        for coverage_id, one in zip(ids, new, strict=True)
        if coverage_id not in known
    }
    if rows:
        await tx.execute(insert(coverage).on_conflict_do_nothing(), list(rows.values()))
        people = sorted({one.patient_id for one in new})
        await record(tx, "patients.coverage.added", "coverage", patient_ids=people, changed={"count": len(rows)})
    return ids


async def patients_by_id(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Patient]:
    """These patients, as far as this scope may see them."""
    rows = await tx.execute(
        sa.select(patient).where(patient.c.practice_id == tx.practice_id, patient.c.id == _any(ids))
    )
    return {row.id: _struct(Patient, row) for row in rows}


async def coverages_by_id(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Coverage]:
    """These coverages, as far as this scope may see them."""
    rows = await tx.execute(
        sa.select(coverage).where(coverage.c.practice_id == tx.practice_id, coverage.c.id == _any(ids))
    )
    return {row.id: _struct(Coverage, row) for row in rows}


async def read_patient(tx: Tx, patient_id: uuid.UUID) -> Patient:
    """One patient, with the reading on record. Raises NotFound, the same for another practice's and for nobody's id."""
    found = (await patients_by_id(tx, [patient_id])).get(patient_id)
    if found is None:
        raise NotFound("there is no such patient in this practice")
    await record(tx, "patients.patient.read", "patient", patient_id, patient_ids=[patient_id])
    return found


async def list_patients(tx: Tx, *, after: str = "", limit: int = 50) -> list[Patient]:
    """Patients by account number, the page after one; the reading is on record."""
    rows = await tx.execute(
        sa.select(patient)
        .where(patient.c.practice_id == tx.practice_id, patient.c.account_number > after)
        .order_by(patient.c.account_number)
        .limit(limit)
    )
    found = [_struct(Patient, row) for row in rows]
    await record(tx, "patients.patient.listed", "patient", patient_ids=[one.id for one in found])
    return found


def _owner(tx: Tx) -> dict[str, Any]:
    return {"practice_id": tx.practice_id, "company_id": tx.company_id}


def _any(ids: Sequence[uuid.UUID]) -> Any:
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))


async def _existing(tx: Tx, table: sa.Table, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    rows = await tx.execute(sa.select(table.c.id).where(table.c.practice_id == tx.practice_id, table.c.id == _any(ids)))
    return list(rows.scalars())


def _struct(kind: type[T], row: sa.Row[Any]) -> T:
    names = {field.name for field in msgspec.structs.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in row._mapping.items() if name in names})  # noqa: SLF001
