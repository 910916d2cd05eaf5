"""The endpoints for payers and providers."""

import msgspec
from tests.factories.clients import signed_in
from tests.factories.directory import new_payer, new_provider
from tests.plugins.tenants import MakeTenant, Tenant

from directory.api import PayerController, ProviderController
from directory.permissions import MANAGE_PAYERS, MANAGE_PROVIDERS, READ_PAYERS, READ_PROVIDERS


async def test_a_payer_is_added_company_wide_and_seen_in_each_practice(tenant: Tenant) -> None:
    async with signed_in(tenant, PayerController, READ_PAYERS, company_wide=(MANAGE_PAYERS,)) as client:
        added = [await client.post("/api/v1/payers", json=msgspec.to_builtins(new_payer())) for _ in range(2)]
        listed = await client.get(f"/api/v1/practices/{tenant.practice_id}/payers")
        differs = await client.post("/api/v1/payers", json=msgspec.to_builtins(new_payer(name="Other")))
    assert [one.status_code for one in added] == [201, 201]
    assert [one["id"] for one in listed.json()["items"]] == [added[0].json()["id"]] == [added[1].json()["id"]]
    assert (differs.status_code, differs.json()["type"].rsplit("/", 1)[1]) == (409, "payer-differs")


async def test_adding_payers_needs_a_company_wide_permission(tenant: Tenant) -> None:
    async with signed_in(tenant, PayerController, READ_PAYERS, MANAGE_PAYERS) as client:
        answer = await client.post("/api/v1/payers", json=msgspec.to_builtins(new_payer()))
    assert answer.status_code == 403


async def test_a_faulty_payer_is_answered_field_by_field(tenant: Tenant) -> None:
    body = {**msgspec.to_builtins(new_payer()), "kind": "church"}
    async with signed_in(tenant, PayerController, company_wide=(MANAGE_PAYERS,)) as client:
        answer = await client.post("/api/v1/payers", json=body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/kind"]


async def test_a_provider_is_added_and_listed_in_the_own_practice_only(tenant: Tenant, make_tenant: MakeTenant) -> None:
    other = await make_tenant(company_id=tenant.company_id)
    async with signed_in(tenant, ProviderController, READ_PROVIDERS, MANAGE_PROVIDERS) as client:
        path = f"/api/v1/practices/{tenant.practice_id}/providers"
        added = await client.post(path, json=msgspec.to_builtins(new_provider()))
        listed = await client.get(path)
        elsewhere = await client.get(f"/api/v1/practices/{other.practice_id}/providers")
        refused = await client.post(path, json=msgspec.to_builtins(new_provider(npi="2999901013")))
    assert [one["id"] for one in listed.json()["items"]] == [added.json()["id"]]
    assert elsewhere.status_code == 404
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/npi")
