"""Tax ids are kept encrypted: nine digits of a practice may be a person's Social Security number."""

import psycopg
import pytest
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from kernel.crypto.fields import CannotDecrypt
from tenancy.public import billing_practice, practice_profile

NEW = {
    "slug": "alone", "name": "Alone Family Medicine", "npi": "1234567893", "tax_id": "319876543", "taxonomy": "207Q00000X",
    "address": "1 Main Street", "city": "Columbus", "state_code": "OH", "zip": "432151234", "phone": "6145550100",
    "time_zone": "America/New_York", "claim_prefix": "AL",
}  # fmt: skip
Admin = psycopg.Connection[tuple[object, ...]]


async def test_the_superuser_reads_no_tax_id_and_the_practice_does(web: Web, tenant: Tenant, admin: Admin) -> None:
    head = await web.signed_in(tenant, "administrator", company_wide=True)
    made = await head.post("/api/v1/practices", json=NEW)
    assert made.status_code == 201, made.text
    shown = await head.get(f"/api/v1/practices/{made.json()['id']}")
    assert shown.json()["tax_id"] == NEW["tax_id"]
    ((row,),) = admin.execute("select p::text from app.practice p where practice_id = %s", [made.json()["id"]])
    assert "Alone Family Medicine" in str(row)
    assert NEW["tax_id"] not in str(row)
    assert NEW["tax_id"].encode().hex() not in str(row)


async def test_the_practices_own_people_see_it_too(web: Web, tenant: Tenant) -> None:
    theirs = await web.signed_in(tenant, "practice_admin")
    assert (await theirs.get(base_of(tenant))).json()["tax_id"] == "311234567"


async def test_a_practice_is_known_without_opening_its_tax_id(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        assert not hasattr(await practice_profile(tx), "tax_id")
        assert (await billing_practice(tx)).tax_id == "311234567"


async def test_a_tax_id_copied_from_another_practice_does_not_open(
    tenant: Tenant, make_tenant: MakeTenant, admin: Admin
) -> None:
    sister = await make_tenant(company_id=tenant.company_id)
    async with sister.tx() as tx:
        assert (await billing_practice(tx)).tax_id == "311234567"
    admin.execute(
        "update app.practice set tax_id_sealed = (select tax_id_sealed from app.practice where practice_id = %s)"
        " where practice_id = %s",
        [tenant.practice_id, sister.practice_id],
    )
    async with sister.tx() as tx:
        with pytest.raises(CannotDecrypt):
            await billing_practice(tx)
