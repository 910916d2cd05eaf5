"""Coverages are added once, in order of payment, and seen by whom they cover."""

import datetime as dt
import uuid

import msgspec
import pytest
import sqlalchemy as sa
from tests.factories.directory import have_payer
from tests.factories.patients import have_coverages, have_patients, new_coverage, new_patient
from tests.plugins.tenants import MakeTenant, Tenant

from audit.public import count_by_action
from kernel.ids import new_id
from patients.public import coverages_by_id, coverages_of


class Covered(msgspec.Struct, frozen=True):
    """Two patients and two payers."""

    patient_id: uuid.UUID
    other_patient_id: uuid.UUID
    payer_id: uuid.UUID
    second_payer_id: uuid.UUID


@pytest.fixture
async def covered(tenant: Tenant) -> Covered:
    patients = await have_patients(tenant, new_patient("10001"), new_patient("10002"))
    return Covered(*patients, await have_payer(tenant), await have_payer(tenant, code="HARBOR", edi_id="90005"))


async def test_adding_twice_gives_the_same_ids_in_the_order_given(tenant: Tenant, covered: Covered) -> None:
    told = [
        new_coverage(covered.patient_id, covered.second_payer_id, rank=2),
        new_coverage(covered.patient_id, covered.payer_id),
        new_coverage(covered.patient_id, covered.second_payer_id, rank=2),
    ]
    first, second = [await have_coverages(tenant, *told) for _ in range(2)]
    assert first == second
    assert first[0] == first[2] != first[1]
    async with tenant.tx() as tx:
        assert [one.id for one in await coverages_of(tx, covered.patient_id)] == [first[1], first[0]]
        assert (await count_by_action(tx))["patients.coverage.added"] == 1


async def test_a_corrected_subscriber_is_taken_over(tenant: Tenant, covered: Covered) -> None:
    (coverage_id,) = await have_coverages(tenant, new_coverage(covered.patient_id, covered.payer_id))
    corrected = new_coverage(
        covered.patient_id,
        covered.payer_id,
        relationship="spouse",
        subscriber_last_name="Example",
        subscriber_birth_date=dt.date(1979, 3, 4),
    )
    assert await have_coverages(tenant, corrected) == [coverage_id]
    async with tenant.tx() as tx:
        (found,) = await coverages_of(tx, covered.patient_id)
        assert (found.relationship, found.subscriber_birth_date) == ("spouse", dt.date(1979, 3, 4))
        assert (await count_by_action(tx))["patients.coverage.changed"] == 1


async def test_another_member_id_is_another_coverage(tenant: Tenant, covered: Covered) -> None:
    ids = await have_coverages(
        tenant,
        new_coverage(covered.patient_id, covered.payer_id),
        new_coverage(covered.patient_id, covered.payer_id, member_id=""),
    )
    async with tenant.tx() as tx:
        assert {one.member_id for one in (await coverages_by_id(tx, ids)).values()} == {"SYN100200", ""}


async def test_a_patient_sees_no_coverage_but_their_own(tenant: Tenant, covered: Covered) -> None:
    own, other = await have_coverages(
        tenant,
        new_coverage(covered.patient_id, covered.payer_id),
        new_coverage(covered.other_patient_id, covered.payer_id),
    )
    async with tenant.tx("patient", covered.patient_id) as tx:
        assert list(await coverages_by_id(tx, [own, other])) == [own]
        assert await coverages_of(tx, covered.other_patient_id) == []


async def test_another_practice_neither_sees_it_nor_can_add_one(
    tenant: Tenant, make_tenant: MakeTenant, covered: Covered
) -> None:
    (coverage_id,) = await have_coverages(tenant, new_coverage(covered.patient_id, covered.payer_id))
    sister = await make_tenant(company_id=tenant.company_id)
    async with sister.tx() as tx:
        assert await coverages_by_id(tx, [coverage_id]) == {}
    with pytest.raises(sa.exc.IntegrityError, match="coverage_patient_id_fkey"):
        await have_coverages(sister, new_coverage(covered.patient_id, covered.payer_id))


async def test_a_payer_of_no_company_or_another_is_refused_by_the_database(
    tenant: Tenant, make_tenant: MakeTenant, covered: Covered
) -> None:
    foreign = await have_payer(await make_tenant())
    for payer_id in (foreign, new_id()):
        with pytest.raises(sa.exc.IntegrityError, match="coverage_payer_id_fkey"):
            await have_coverages(tenant, new_coverage(covered.patient_id, payer_id))
