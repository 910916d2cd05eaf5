"""What is past use is deleted after the time that docs/operations.md states, and neither before it nor with its audit events."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from tests.api.conftest import furnish
from tests.factories.people import SESSION
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from audit.public import record
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.jobs.expiry import handle_expiry_due
from kernel.settings import Settings

INTAKE = Scope(audience="intake", request_id="test")
KEPT = {
    "password_reset": ("expires_at = now() - interval '{age}'", "30 days"),
    "bill_link": ("expires_at = now() - interval '{age}'", "30 days"),
    "invitation": ("withdrawn_at = now() - interval '{age}'", "90 days"),
    "session": ("expires_at = now() - interval '{age}'", "1 year"),
    "company_idempotency_key": ("created_at = now() - interval '{age}'", "24 hours"),
    "outbox": ("created_at = now() - interval '{age}', done_at = now() - interval '{age}'", "7 days"),
}
"""By table: what makes a row so old, and how old it is when it goes."""

Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def admin(admin_url: str, settings: Settings) -> Iterator[Admin]:
    """The administrator, in this test process's database; nobody in the product may make rows older."""
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        yield connection


@pytest.fixture
async def used(web: Web, tenant: Tenant) -> Tenant:
    """A practice where people signed in, were invited, forgot passwords and opened bills."""
    ids = (await furnish(web, tenant)).ids
    keeper = await web.signed_in(tenant, "administrator", company_wide=True)
    biller = await web.signed_in(tenant, "biller")
    for _ in range(2):
        email = await web.member(tenant, "coder")
        assert (await web.visitor().post("/api/v1/password-reset", json={"email": email})).status_code == 202
        invited = {"email": f"{new_id()}@northgate.example", "display_name": "Ina Vited", "reason": "joins"}
        body = {**invited, "roles": [{"role": "auditor", "practice_id": None}]}
        key = {"Idempotency-Key": str(new_id())}
        assert (await keeper.post("/api/v1/invitations", json=body, headers=key)).status_code == 201
        linked = await biller.post(f"{base_of(tenant)}/patients/{ids['patient_id']}/bill-link")
        assert linked.status_code == 201, linked.text
    return tenant


def rows(admin: Admin, table: str, tenant: Tenant) -> list[object]:
    """The rows of the tenant's company, each by its address in the table."""
    found = admin.execute(
        f"select ctid::text from app.{table} where company_id = %s order by ctid", [tenant.company_id]
    )
    return [row[0] for row in found]


@pytest.mark.parametrize("table", KEPT)
async def test_a_row_goes_when_its_time_is_over_and_its_neighbor_stays(
    used: Tenant, resources: object, admin: Admin, web: Web, table: str
) -> None:
    aged, limit = KEPT[table]
    before = rows(admin, table, used)
    assert len(before) > 1
    events = await _events(used)
    for age, gone in ((f"{limit} -1 minutes", 0), (f"{limit} 1 minute", 1)):
        row = rows(admin, table, used)[-1]
        admin.execute(
            f"update app.{table} set {aged.format(age=age)} where company_id = %s and ctid = %s::tid",
            [used.company_id, row],
        )
        async with open_transaction(web.resources.database, INTAKE) as tx:
            await handle_expiry_due(tx, {}, record=record)
        assert len(rows(admin, table, used)) == len(before) - gone
    assert await _events(used) == events


async def test_attempts_that_nobody_repeated_for_a_day_are_forgotten(web: Web, tenant: Tenant, admin: Admin) -> None:
    email = await web.member(tenant, "biller")
    wrong = await web.visitor().post(SESSION, json={"email": email, "password": PASSWORD + "!"})
    assert wrong.status_code == 401
    for age, left in (("23 hours", True), ("25 hours", False)):
        admin.execute(f"update app.sign_in_throttle set last_failed_at = now() - interval '{age}'")
        async with open_transaction(web.resources.database, INTAKE) as tx:
            await handle_expiry_due(tx, {}, record=record)
        counted = admin.execute("select count(*) > 0 from app.sign_in_throttle").fetchone()
        assert counted == (left,)


async def test_what_is_too_much_for_one_job_is_gone_on_with_at_once(used: Tenant, web: Web, admin: Admin) -> None:
    aged, _ = KEPT["password_reset"]
    admin.execute(
        f"update app.password_reset set {aged.format(age='31 days')} where company_id = %s", [used.company_id]
    )
    waiting = "select count(*) from app.outbox where topic = 'kernel.expiry.due' and done_at is null"
    admin.execute("delete from app.outbox where topic = 'kernel.expiry.due'")
    for left, going_on in ((1, 1), (0, 2)):
        async with open_transaction(web.resources.database, INTAKE) as tx:
            await handle_expiry_due(tx, {}, record=record, batch=1)
        assert len(rows(admin, "password_reset", used)) == left
        assert admin.execute(waiting).fetchone() == (going_on,)
    admin.execute("delete from app.outbox where topic = 'kernel.expiry.due'")
    async with open_transaction(web.resources.database, INTAKE) as tx:
        await handle_expiry_due(tx, {}, record=record, batch=1000)
    assert admin.execute(waiting).fetchone() == (0,)


async def _events(tenant: Tenant) -> int:
    async with tenant.tx() as tx:
        statement = sa.select(sa.func.count()).where(audit_event.c.practice_id == tx.practice_id)
        return int(await tx.scalar(statement) or 0)
