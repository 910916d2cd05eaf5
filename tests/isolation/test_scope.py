"""Row security believes a signed scope and nothing else. Every refusal here is preceded by the access it refuses, working."""

import psycopg
import pytest
import sqlalchemy as sa
from tests.plugins.tenants import MakeTenant, Tenant

from kernel.context import Audience, Scope
from kernel.db.database import Database, RoleCanBypass
from kernel.db.scope_token import SETTING, sign_scope
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from kernel.settings import Settings
from tenancy.tables import practice

COUNT = sa.text("select count(*) from app.practice")
PIN = sa.text("select pg_catalog.set_config(:setting, :token, true)")


async def seen_with(database: Database, audience: Audience, token: str | None) -> int:
    """How many practices a connection of this role sees with this scope setting."""
    connection = await database.connect(audience)
    try:
        async with connection.begin():
            if token is not None:
                await connection.execute(PIN, {"setting": SETTING, "token": token})
            return await connection.scalar(COUNT) or 0
    finally:
        await connection.close()


def signed(tenant: Tenant, audience: Audience = "staff", *, lifetime_seconds: int = 60) -> str:
    return sign_scope(tenant.scope(audience), tenant.database.scope_key, lifetime_seconds=lifetime_seconds)


async def test_the_role_these_tests_run_as_cannot_bypass(database: Database) -> None:
    for audience in ("staff", "practice", "patient", "worker", "intake", "relay", "scheduler", "identity"):
        connection = await database.connect(audience)
        row = (
            await connection.execute(
                sa.text("select rolsuper, rolbypassrls, rolinherit from pg_roles where rolname = session_user")
            )
        ).one()
        await connection.close()
        assert tuple(row) == (False, False, False)


async def test_a_service_refuses_to_serve_as_a_role_that_can_bypass(settings: Settings, admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("alter role billwright_test_reporting bypassrls")
        try:
            pools = Database(settings.database, scope_key=b"")
            with pytest.raises(RoleCanBypass, match="can bypass row security"):
                await pools.connect("reporting")
            await pools.close()
        finally:
            admin.execute("alter role billwright_test_reporting nobypassrls")


async def test_a_signed_scope_shows_its_own_practice_and_no_other(make_tenant: MakeTenant, database: Database) -> None:
    ours = await make_tenant()
    await make_tenant(company_id=ours.company_id)
    assert await seen_with(database, "staff", signed(ours)) == 1


async def test_without_a_scope_the_same_query_is_refused(tenant: Tenant, database: Database) -> None:
    assert await seen_with(database, "staff", signed(tenant)) == 1
    for nothing in (None, ""):
        with pytest.raises(sa.exc.ProgrammingError, match="no scope"):
            await seen_with(database, "staff", nothing)


@pytest.mark.parametrize("fault", ["another practice", "another key", "no signature", "longer life"])
async def test_a_scope_changed_by_hand_is_refused(make_tenant: MakeTenant, database: Database, fault: str) -> None:
    ours, theirs = await make_tenant(), await make_tenant()
    good = signed(ours)
    assert await seen_with(database, "staff", good) == 1
    body, mac = good.split("~")
    forged = {
        "another practice": f"{body.replace(str(ours.practice_id), str(theirs.practice_id))}~{mac}",
        "another key": sign_scope(theirs.scope(), b"not the key"),
        "no signature": body,
        "longer life": f"9{body}~{mac}",
    }[fault]
    with pytest.raises(sa.exc.ProgrammingError, match="bad scope"):
        await seen_with(database, "staff", forged)


async def test_an_expired_scope_is_refused(tenant: Tenant, database: Database) -> None:
    assert await seen_with(database, "staff", signed(tenant)) == 1
    with pytest.raises(sa.exc.ProgrammingError, match="expired scope"):
        await seen_with(database, "staff", signed(tenant, lifetime_seconds=-1))


async def test_a_scope_of_one_audience_is_worthless_on_another_ones_connection(
    tenant: Tenant, database: Database
) -> None:
    assert await seen_with(database, "worker", signed(tenant, "worker")) == 1
    with pytest.raises(sa.exc.ProgrammingError, match="another audience"):
        await seen_with(database, "worker", signed(tenant, "staff"))


async def test_the_scope_ends_with_its_transaction(tenant: Tenant, settings: Settings, database: Database) -> None:
    alone = Database(settings.database.model_copy(update={"pool_size": 1}), scope_key=database.scope_key)
    assert await seen_with(alone, "staff", signed(tenant)) == 1
    with pytest.raises(sa.exc.ProgrammingError, match="no scope"):
        await seen_with(alone, "staff", None)
    await alone.close()


async def test_a_row_cannot_be_written_into_another_practice(make_tenant: MakeTenant) -> None:
    ours, theirs = await make_tenant(), await make_tenant()

    async def add_provider(tx: Tx, owner: Tenant) -> None:
        await tx.execute(
            sa.text(
                "insert into app.provider (practice_id, company_id, id, npi, last_name, first_name, taxonomy, created_at)"
                " values (:practice, :company, :id, '1', '', '', '', now())"
            ),
            {"practice": owner.practice_id, "company": owner.company_id, "id": new_id()},
        )

    async with ours.tx() as tx:
        await add_provider(tx, ours)
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        async with ours.tx() as tx:
            await add_provider(tx, theirs)


async def test_a_row_cannot_be_moved_to_another_practice(make_tenant: MakeTenant) -> None:
    ours, theirs = await make_tenant(), await make_tenant()
    async with ours.tx() as tx:
        await tx.execute(practice.update().values(phone="6145550101"))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with ours.tx() as tx:
            await tx.execute(practice.update().values(practice_id=theirs.practice_id))


@pytest.mark.parametrize(
    "statement",
    [
        "select * from scope.signing_key",
        "select scope.verified()",
        "set role billwright_test_owner",
        "create table app.mine (id int)",
        "create temporary table mine (id int)",
        "truncate app.claim",
        "copy app.claim to program 'cat'",
        "select * from app.session",
        "select identity.find_user('a@b.c')",
    ],
)
async def test_a_web_role_is_refused_what_it_has_no_business_with(tenant: Tenant, statement: str) -> None:
    async with tenant.tx() as tx:
        assert await tx.scalar(COUNT) == 1
    with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text(statement))


async def test_row_security_cannot_be_switched_off(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text("set local row_security = off"))
            await tx.scalar(COUNT)


async def test_the_scheduler_sees_which_practices_exist_and_nothing_else(tenant: Tenant, database: Database) -> None:
    async with open_transaction(database, Scope(audience="scheduler")) as tx:
        ids = (await tx.execute(sa.text("select practice_id from app.practice"))).scalars().all()
        assert tenant.practice_id in ids
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with open_transaction(database, Scope(audience="scheduler")) as tx:
            await tx.execute(sa.text("select name from app.practice"))
