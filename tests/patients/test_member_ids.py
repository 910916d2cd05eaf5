"""Member ids are kept encrypted: whoever holds the database alone, even as its superuser, reads none."""

import psycopg
import pytest
import sqlalchemy as sa
from tests.factories.directory import have_payer
from tests.factories.patients import have_coverages, have_patients, new_coverage, new_patient
from tests.plugins.tenants import MakeTenant, Tenant

from kernel.crypto.fields import CannotDecrypt
from kernel.settings import Settings
from patients.public import coverages_of
from patients.tables import coverage

MEMBER_ID = "ZZ98-SECRET-1234"
WHOLE_ROWS = "select c::text, c.member_id_sealed, c.member_id_index from app.coverage c where practice_id = %s"


async def covered(tenant: Tenant, member_id: str = MEMBER_ID) -> None:
    """A patient with this member id."""
    (patient_id,) = await have_patients(tenant, new_patient("10001"))
    await have_coverages(tenant, new_coverage(patient_id, await have_payer(tenant), member_id=member_id))


async def test_the_superuser_reads_no_member_id_and_the_practice_does(
    tenant: Tenant, settings: Settings, admin_url: str
) -> None:
    await covered(tenant)
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        ((row, sealed, index),) = admin.execute(WHOLE_ROWS, (tenant.practice_id,)).fetchall()
    for written in (MEMBER_ID, "ZZ98SECRET1234"):
        assert written not in row
        for cell in (sealed, index):
            assert written.encode() not in cell
            assert written.encode().hex() not in row
    async with tenant.tx() as tx:
        (patient_id,) = await tx.execute(sa.select(coverage.c.patient_id).where(_own(tenant)))
        assert [one.member_id for one in await coverages_of(tx, patient_id[0])] == [MEMBER_ID]


async def test_the_same_coverage_is_found_however_its_member_id_is_written(tenant: Tenant) -> None:
    (patient_id,) = await have_patients(tenant, new_patient("10001"))
    payer_id = await have_payer(tenant)
    ids = [
        (await have_coverages(tenant, new_coverage(patient_id, payer_id, member_id=written)))[0]
        for written in ("SYN-100 200", "syn100200", "SYN100201")
    ]
    assert ids[0] == ids[1] != ids[2]


async def test_equal_member_ids_of_two_practices_look_different(tenant: Tenant, make_tenant: MakeTenant) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    indexes = []
    for one in (tenant, sister):
        await covered(one)
        async with one.tx() as tx:
            indexes.append(await tx.scalar(sa.select(coverage.c.member_id_index).where(_own(one))))
    assert indexes[0] != indexes[1]


async def test_a_row_copied_over_another_does_not_open(tenant: Tenant, settings: Settings, admin_url: str) -> None:
    (patient_id,) = await have_patients(tenant, new_patient("10001"))
    payer_id = await have_payer(tenant)
    told = [new_coverage(patient_id, payer_id, rank=rank, member_id=f"SYN10020{rank}") for rank in (1, 2)]
    await have_coverages(tenant, *told)
    async with tenant.tx() as tx:
        assert len(await coverages_of(tx, patient_id)) == 2
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        admin.execute(
            "update app.coverage set member_id_sealed = (select member_id_sealed from app.coverage where practice_id = %(p)s and rank = 1)"
            " where practice_id = %(p)s",
            {"p": tenant.practice_id},
        )
    async with tenant.tx() as tx:
        with pytest.raises(CannotDecrypt):
            await coverages_of(tx, patient_id)


def _own(tenant: Tenant) -> sa.ColumnElement[bool]:
    return coverage.c.practice_id == tenant.practice_id
