"""People are registered once, follow what is told last, and are never taken for somebody else."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from tests.factories.patients import BIRTH_DATE, have_patients, new_patient
from tests.plugins.tenants import MakeTenant, Tenant

from audit.tables import audit_event
from kernel.db.keyset import PageAsked
from kernel.errors import NotFound
from kernel.ids import new_id
from patients.public import AnotherPerson, Patient, other_people, patients_by_id, read_patient, register_patients
from patients.registration import list_patients
from patients.tables import patient


async def people_of(tenant: Tenant) -> list[Patient]:
    async with tenant.tx("practice") as tx:
        rows = await tx.execute(sa.select(patient.c.id).where(patient.c.practice_id == tenant.practice_id))
        return list((await patients_by_id(tx, list(rows.scalars()))).values())


async def events(tenant: Tenant, action: str) -> list[sa.Row[Any]]:
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.object_id, audit_event.c.patient_ids, audit_event.c.changed).where(
                audit_event.c.practice_id == tenant.practice_id, audit_event.c.action == action
            )
        )
        return list(rows.all())


async def test_registering_twice_changes_nothing(tenant: Tenant) -> None:
    people = [new_patient("10001"), new_patient("10002", last_name="Sample")]
    first, second = [await have_patients(tenant, *people) for _ in range(2)]
    assert first == second
    assert sorted(one.last_name for one in await people_of(tenant)) == ["Example", "Sample"]
    (event,) = await events(tenant, "patients.patient.registered")
    assert sorted(event.patient_ids) == sorted(first)
    assert await events(tenant, "patients.patient.changed") == []


async def test_a_known_person_follows_what_is_told_last_and_the_record_names_fields_only(tenant: Tenant) -> None:
    (patient_id,) = await have_patients(tenant)
    await have_patients(tenant, new_patient(last_name="Exemplar", zip="43016"))
    (found,) = await people_of(tenant)
    assert (found.id, found.last_name, found.zip) == (patient_id, "Exemplar", "43016")
    (event,) = await events(tenant, "patients.patient.changed")
    assert (event.patient_ids, event.changed) == ([patient_id], {"fields": ["last_name", "zip"]})


async def test_people_told_apart_by_birth_date_are_not_merged(tenant: Tenant) -> None:
    await have_patients(tenant)
    other = new_patient(birth_date=dt.date(2011, 1, 2), last_name="Sample")
    async with tenant.tx() as tx:
        assert await other_people(tx, [other, new_patient("10002")]) == {("10001", other.birth_date)}
    with pytest.raises(AnotherPerson, match="10001") as refusal:
        await have_patients(tenant, other, new_patient("10002"))
    assert "2011" not in refusal.value.message
    assert [one.birth_date for one in await people_of(tenant)] == [BIRTH_DATE]


async def test_two_new_people_of_one_account_number_are_refused_too(tenant: Tenant) -> None:
    with pytest.raises(AnotherPerson, match="10001"):
        await have_patients(tenant, new_patient(), new_patient(birth_date=dt.date(2011, 1, 2)))
    assert await people_of(tenant) == []


async def test_two_practices_know_different_people_by_one_account_number(
    tenant: Tenant, make_tenant: MakeTenant
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    (ours,) = await have_patients(tenant)
    (theirs,) = await have_patients(sister, new_patient(birth_date=dt.date(2011, 1, 2)))
    assert ours != theirs
    assert [one.id for one in await people_of(tenant)] == [ours]


async def test_reading_a_patient_is_on_record(tenant: Tenant) -> None:
    (patient_id,) = await have_patients(tenant)
    async with tenant.tx() as tx:
        assert (await read_patient(tx, patient_id)).account_number == "10001"
    (event,) = await events(tenant, "patients.patient.read")
    assert (event.object_id, event.patient_ids) == (str(patient_id), [patient_id])


async def test_another_practices_patient_and_nobody_are_not_found_alike(
    tenant: Tenant, make_tenant: MakeTenant
) -> None:
    (patient_id,) = await have_patients(tenant)
    sister = await make_tenant(company_id=tenant.company_id)
    messages = set()
    for unknown in (patient_id, new_id()):
        with pytest.raises(NotFound) as refusal:
            async with sister.tx() as tx:
                await read_patient(tx, unknown)
        messages.add(refusal.value.message)
    assert len(messages) == 1
    async with sister.tx() as tx:
        assert await patients_by_id(tx, [patient_id]) == {}


async def test_a_patient_sees_no_row_but_their_own(tenant: Tenant) -> None:
    own, other = await have_patients(tenant, new_patient("10001"), new_patient("10002"))
    async with tenant.tx("patient", own) as tx:
        assert list(await patients_by_id(tx, [own, other])) == [own]
        assert (await read_patient(tx, own)).id == own
        with pytest.raises(NotFound):
            await read_patient(tx, other)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with tenant.tx("patient", own) as tx:
            await register_patients(tx, [new_patient("10003")])


async def test_pages_follow_the_account_number_to_the_byte(tenant: Tenant) -> None:
    await have_patients(tenant, *(new_patient(number) for number in ("a1", "B2", "10", "9")))
    async with tenant.tx() as tx:
        first = await list_patients(tx, PageAsked(3))
        rest = await list_patients(tx, PageAsked(3, after=(first[2].account_number,)))
    assert [one.account_number for one in first] == ["10", "9", "B2", "a1"], (
        "one row more says that another page follows"
    )
    assert [one.account_number for one in rest] == ["a1"]
    assert sorted(len(event.patient_ids) for event in await events(tenant, "patients.patient.listed")) == [1, 3]
