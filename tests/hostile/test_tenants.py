"""A hostile billing company, beside one that does its work."""

from tests.factories.clearinghouse import connect, leave, remittance_file
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of


async def test_a_connection_named_like_another_companys_reads_nothing_of_its_mailbox(
    web: Web, tenant: Tenant, make_tenant: MakeTenant
) -> None:
    """Folders were once shared by all companies: whoever guessed a name was handed the payer's files."""
    thief = await make_tenant()
    exchange = web.resources.settings.home / "exchange"
    leave(exchange / str(tenant.company_id), "daily.835", remittance_file(4711), folder="coveted")
    for one in (thief, tenant):
        await connect(one, folder="coveted")
        client = await web.signed_in(one, "biller")
        assert (await client.post(f"{base_of(one)}/edi-files/poll")).status_code == 202
        await web.run_jobs(one)
        files = (await client.get(f"{base_of(one)}/edi-files")).json()["items"]
        assert [file["name"] for file in files] == (["daily.835"] if one is tenant else [])
