"""Who has read something and asks again is told when nothing changed."""

import httpx
import pytest
import sqlalchemy as sa
from tests.factories.patients import have_patients, new_patient
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, audit_actions, base_of, request_id_of

from kernel.http.versions import is_held
from patients.tables import patient


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who may read the practice's one patient."""
    await have_patients(tenant, new_patient("10001"))
    return await web.signed_in(tenant, "biller")


async def address(tenant: Tenant) -> str:
    async with tenant.tx() as tx:
        patient_id = await tx.scalar(sa.select(patient.c.id).where(patient.c.practice_id == tenant.practice_id))
    return f"{base_of(tenant)}/patients/{patient_id}"


async def test_what_has_not_changed_is_not_sent_again_and_what_has_is(
    biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    path = await address(tenant)
    first = await biller.get(path)
    version = first.headers["ETag"]
    again = await biller.get(path, headers={"If-None-Match": f'"other", {version}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", version)
    assert again.headers["Cache-Control"] == "no-store"
    await have_patients(tenant, new_patient("10001", phone="6145550199"))
    changed = await biller.get(path, headers={"If-None-Match": version})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != version
    assert changed.json()["phone"] == "6145550199"


async def test_being_told_that_nothing_changed_is_a_reading_too(biller: httpx.AsyncClient, tenant: Tenant) -> None:
    path = await address(tenant)
    version = (await biller.get(path)).headers["ETag"]
    again = await biller.get(path, headers={"If-None-Match": version})
    assert again.status_code == 304
    assert [one.action for one in await audit_actions(tenant, request_id_of(again))] == ["patients.patient.read"]


async def test_lists_refusals_and_files_have_no_version(biller: httpx.AsyncClient, tenant: Tenant) -> None:
    for path in ("patients", "claims/00000000-0000-7000-8000-000000000000", "reports/files/aging/csv"):
        assert "ETag" not in (await biller.get(f"{base_of(tenant)}/{path}")).headers, path


@pytest.mark.parametrize(
    ("header", "held"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_which_versions_a_caller_says_it_has(header: str, held: bool) -> None:  # noqa: FBT001
    assert is_held('"a"', header) is held
