"""Patients: registered in bulk by account number, so that an import run twice finds whom it registered."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.db.among import among_ids
from kernel.db.fixed import Fixed
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from patients.errors import AnotherPerson
from patients.tables import patient
from patients.told import keep

MOST_SHOWN = 10
NO_SUCH_PATIENT = "there is no such patient in this practice"


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


FOLLOWS = ("last_name", "first_name", "sex", "address", "city", "state_code", "zip", "phone")
"""What may change about a person. The account number and the birth date say who it is."""


async def register_patients(tx: Tx, new: Sequence[NewPatient]) -> dict[str, uuid.UUID]:
    """Register people; the id of each account number. Of people who are known, names and contact follow what is told last.

    Raises AnotherPerson when an account number comes with another birth date than the one registered for it.
    """
    told = _by_id(tx, new)
    known = await patients_by_id(tx, list(told))
    if others := sorted({number for number, _ in _other_people(new, known)}):
        shown = ", ".join(others[:MOST_SHOWN]) + (", …" if len(others) > MOST_SHOWN else "")
        raise AnotherPerson(
            f"account numbers with the birth date of somebody else: {shown}; give each person an account number of their own"
        )
    kept = await keep(tx, patient, told, known, FOLLOWS)
    if kept.added:
        changed = {"count": len(kept.added)}
        record(tx, "patients.patient.registered", "patient", patient_ids=kept.added, changed=changed)
    if kept.changed:
        fields = {"fields": kept.fields}
        record(tx, "patients.patient.changed", "patient", patient_ids=kept.changed, changed=fields)
    return {one.account_number: key for key, one in told.items()}


async def other_people(tx: Tx, new: Sequence[NewPatient]) -> set[tuple[str, dt.date]]:
    """Account number and birth date of those whom `register_patients` would refuse, so that the others can go on without them."""
    return _other_people(new, await patients_by_id(tx, list(_by_id(tx, new))))


async def patients_by_id(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Patient]:
    """These patients, as far as this scope may see them."""
    among = among_ids(ids)
    rows = await tx.execute(_select(tx).where(patient.c.id == among))
    return {row.id: _patient(row) for row in rows}


async def patients_numbered(tx: Tx, account_numbers: Collection[str]) -> list[uuid.UUID]:
    """The ids of those of these account numbers who are patients here."""
    ids = [named_id("patient", tx.practice_id, number) for number in account_numbers]
    rows = await tx.execute(
        sa.select(patient.c.id).where(patient.c.practice_id == tx.practice_id, patient.c.id == among_ids(ids))
    )
    return sorted(rows.scalars())


async def patient_exists(tx: Tx, patient_id: uuid.UUID) -> None:
    """Nothing, for a patient of this practice; nobody sees the record by that. Raises NotFound as `read_patient` does."""
    if not await tx.fetch(_ONE, {"practice": tx.practice_id, "patient": patient_id}):
        raise NotFound(NO_SUCH_PATIENT)


async def read_patient(tx: Tx, patient_id: uuid.UUID) -> Patient:
    """One patient, with the reading on record. Raises NotFound, the same for another practice's and for nobody's id."""
    rows = await tx.fetch(_ONE, {"practice": tx.practice_id, "patient": patient_id})
    if not rows:
        raise NotFound(NO_SUCH_PATIENT)
    record(tx, "patients.patient.read", "patient", patient_id, patient_ids=[patient_id])
    return Patient(**rows[0])


async def list_patients(tx: Tx, page: PageAsked) -> list[Patient]:
    """Patients by account number, a page and one more; the reading is on record."""
    statement = paged(_select(tx), page, patient.c.account_number)
    found = [_patient(row) for row in await tx.execute(statement)]
    record(tx, "patients.patient.listed", "patient", patient_ids=[one.id for one in found[: page.limit]])
    return found


def _by_id(tx: Tx, new: Iterable[NewPatient]) -> dict[uuid.UUID, NewPatient]:
    return {named_id("patient", tx.practice_id, one.account_number): one for one in new}


def _other_people(new: Iterable[NewPatient], known: Mapping[uuid.UUID, Patient]) -> set[tuple[str, dt.date]]:
    """Who is registered decides; among people told together of whom none is, nobody can say who is meant."""
    registered = {one.account_number: one.birth_date for one in known.values()}
    told = defaultdict[str, set[dt.date]](set)
    for one in new:
        told[one.account_number].add(one.birth_date)
    return {
        (number, birth_date)
        for number, birth_dates in told.items()
        for birth_date in birth_dates
        if (birth_date != registered[number] if number in registered else len(birth_dates) > 1)
    }


_COLUMNS = [patient.c[name] for name in Patient.__struct_fields__]
_ONE = Fixed(
    sa.select(*_COLUMNS).where(
        patient.c.practice_id == sa.bindparam("practice"), patient.c.id == sa.bindparam("patient")
    )
)


def _select(tx: Tx) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(patient.c.practice_id == tx.practice_id)


def _patient(row: sa.Row[Any]) -> Patient:
    return Patient(**row._asdict())
