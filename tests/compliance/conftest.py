"""A practice in which two people have looked at patients, and who may ask about it."""

import uuid

import httpx
import msgspec
import pytest
from tests.factories.patients import have_patients, new_patient
from tests.factories.people import add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of


class Watched(msgspec.Struct, frozen=True):
    """Two patients, a biller and a poster; the biller opened the first patient twice, the poster the second one once."""

    tenant: Tenant
    patients: list[uuid.UUID]
    biller: uuid.UUID
    poster: uuid.UUID

    @property
    def base(self) -> str:
        """The practice's address."""
        return base_of(self.tenant)


async def watch(web: Web, tenant: Tenant) -> Watched:
    """Let people work in a practice."""
    patients = await have_patients(tenant, new_patient("10001"), new_patient("10002", last_name="Otherwise"))
    biller = await add_person(tenant, {tenant.practice_id: "biller"}, name="Ana Ruiz")
    poster = await add_person(tenant, {tenant.practice_id: "poster"}, name="Bruno Keller")
    for person, seen in ((biller, (patients[0], patients[0])), (poster, (patients[1],))):
        client = await sign_in(web, person)
        for patient_id in seen:
            assert (await client.get(f"{base_of(tenant)}/patients/{patient_id}")).status_code == 200
    return Watched(tenant, patients, biller.user_id, poster.user_id)


@pytest.fixture
async def watched(web: Web, tenant: Tenant) -> Watched:
    """A practice of this test's own."""
    return await watch(web, tenant)


@pytest.fixture
async def neighbor(web: Web, make_tenant: MakeTenant, watched: Watched) -> Watched:
    """Another practice of the same company, with the same in it."""
    return await watch(web, await make_tenant(company_id=watched.tenant.company_id))


@pytest.fixture
async def auditor(web: Web, watched: Watched) -> httpx.AsyncClient:
    """The company's compliance officer, who was given this practice."""
    return await web.signed_in(watched.tenant, "auditor")


@pytest.fixture
async def practice_admin(web: Web, watched: Watched) -> httpx.AsyncClient:
    """Somebody of the practice itself."""
    return await web.signed_in(watched.tenant, "practice_admin")
