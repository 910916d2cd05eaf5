"""Payers and providers: added once, found again, never quietly replaced."""

from typing import Any

import msgspec
import pytest
from tests.factories.directory import NPI, have_payer, have_provider, new_payer, new_provider
from tests.plugins.tenants import MakeTenant, Tenant

from audit.public import count_by_action
from directory.errors import NotAnNpi, PayerDiffers, ProviderDiffers
from directory.public import NewPayer, add_payer, add_provider, payer_by_edi_id, payers_by_id, providers_by_npi


async def test_adding_twice_finds_the_first_and_leaves_one_audit_event(tenant: Tenant) -> None:
    payers = {await have_payer(tenant) for _ in range(2)}
    providers = {await have_provider(tenant) for _ in range(2)}
    async with tenant.tx() as tx:
        assert payers == set(await payers_by_id(tx))
        assert providers == {one.id for one in (await providers_by_npi(tx)).values()}
        events = await count_by_action(tx)
    assert (events["directory.payer.added"], events["directory.provider.added"]) == (1, 1)


@pytest.mark.parametrize("changes", [{"name": "Other Plan"}, {"edi_id": "90009"}, {"timely_filing_days": 90}])
async def test_a_known_payer_code_with_other_facts_is_refused(tenant: Tenant, changes: dict[str, Any]) -> None:
    payer_id = await have_payer(tenant)
    with pytest.raises(PayerDiffers, match="the code BHERON belongs to a payer with other facts"):
        await have_payer(tenant, **changes)
    async with tenant.tx() as tx:
        assert (await payers_by_id(tx))[payer_id].name == new_payer().name


async def test_a_known_npi_with_another_name_is_refused(tenant: Tenant) -> None:
    await have_provider(tenant)
    with pytest.raises(ProviderDiffers, match=f"NPI {NPI} belongs to a provider with other facts"):
        await have_provider(tenant, last_name="Brandvold")


async def test_an_npi_with_a_wrong_check_digit_is_refused_at_its_field(tenant: Tenant) -> None:
    with pytest.raises(NotAnNpi) as refusal:
        await have_provider(tenant, npi="2999901013")
    assert [field.pointer for field in refusal.value.fields] == ["/npi"]
    async with tenant.tx() as tx:
        assert await providers_by_npi(tx) == {}


async def test_a_payer_is_found_by_what_it_calls_itself_in_edi_files(tenant: Tenant) -> None:
    payer_id = await have_payer(tenant)
    async with tenant.tx("worker") as tx:
        found = await payer_by_edi_id(tx, "90003")
        assert found is not None
        assert found.id == payer_id
        assert await payer_by_edi_id(tx, "90004") is None


async def test_practices_of_a_company_share_payers_and_not_providers(tenant: Tenant, make_tenant: MakeTenant) -> None:
    payer_id = await have_payer(tenant)
    await have_provider(tenant)
    sister, stranger = await make_tenant(company_id=tenant.company_id), await make_tenant()
    for other, payers in ((sister, [payer_id]), (stranger, [])):
        async with other.tx() as tx:
            assert list(await payers_by_id(tx)) == payers
            assert await providers_by_npi(tx) == {}


async def test_two_companies_may_use_the_same_code(tenant: Tenant, make_tenant: MakeTenant) -> None:
    other = await make_tenant()
    assert await have_payer(tenant) != await have_payer(other, name="Another Plan")


async def test_only_staff_add(tenant: Tenant) -> None:
    for audience in ("worker", "practice"):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant.tx(audience) as tx:
                await add_payer(tx, new_payer())
        with pytest.raises(Exception, match="permission denied"):
            async with tenant.tx(audience) as tx:
                await add_provider(tx, new_provider())


def test_a_payer_body_of_the_wrong_shape_is_refused_when_read() -> None:
    body = {**msgspec.to_builtins(new_payer()), "code": "blue heron"}
    with pytest.raises(msgspec.ValidationError, match=r"\$\.code"):
        msgspec.convert(body, NewPayer)
