"""The schema keeps its rules, and each rule is able to fail: it is shown a planted fault first."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from kernel.db.catalog import RULES, Fault, find_faults
from kernel.settings import Settings

ALLOWLIST = tomllib.loads((Path(__file__).parents[2] / "migrations" / "allowlist.toml").read_text())

PLANTED = {
    "row security is enabled and forced": "create table app.naked (practice_id uuid not null, company_id uuid not null)",
    "a table says whose its rows are": "create table app.nobodys (id int)",
    "a table that roles may use has a policy": (
        "create table app.mute (practice_id uuid not null); grant select on app.mute to billwright_test_staff"
    ),
    "a role that may use a table has a policy there": "drop policy staff on app.claim",
    "a policy of those who serve people asks for the scope": "alter policy staff on app.claim using (true)",
    "no policy is open to PUBLIC": "create policy everybody on app.claim using (true)",
    "one permissive policy per role and command": (
        "create policy again on app.claim for all to billwright_test_staff using (false)"
    ),
    "policies ask for the scope once a statement": (
        "create policy slow on app.claim for delete to billwright_test_staff using (practice_id = scope.practice())"
    ),
    "a practice table's keys begin with the practice": "create unique index leaky on app.claim (number) where false",
    "a foreign key from a practice table names the practice": (
        "create table app.target (id uuid primary key);"
        "alter table app.claim add constraint crossing foreign key (id) references app.target (id) not valid"
    ),
    "no login role holds TRUNCATE, REFERENCES, TRIGGER or MAINTAIN": (
        "grant truncate on app.claim to billwright_test_staff"
    ),
    "nothing is granted to PUBLIC": "grant select on app.claim to public",
    "no update is granted on a tenant column": "grant update (practice_id) on app.claim to billwright_test_staff",
    "a function that runs as its owner pins its search path": (
        "create function app.loose() returns int language sql security definer as 'select 1'"
    ),
    "a function that runs as its owner is not the tables' owner's": (
        "create function app.owned() returns int language sql security definer set search_path = pg_catalog as 'select 1';"
        "alter function app.owned() owner to billwright_test_owner"
    ),
    "no key reaches past row security on delete or update": (
        "alter table app.finding add constraint cascading foreign key (practice_id, claim_id)"
        " references app.claim (practice_id, id) on delete cascade not valid"
    ),
    "no sequence tells a web role how much others do": (
        "create sequence app.counting; grant select on app.counting to billwright_test_staff"
    ),
    "a view runs as whoever asks": "create view app.leak as select * from app.claim",
}


@pytest.fixture
async def admin(settings: Settings, admin_url: str) -> AsyncIterator[AsyncConnection]:
    """The administrator, in a transaction that is always rolled back."""
    head, _, _ = admin_url.rpartition("/")
    url = f"{head}/{settings.database.name}".replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection
        await connection.rollback()
    await engine.dispose()


async def faults(connection: AsyncConnection) -> list[Fault]:
    return await find_faults(
        connection,
        allowed=list(ALLOWLIST["tables"]),
        allowed_keys=list(ALLOWLIST["keys"]),
        claimable=list(ALLOWLIST["claimable"]),
    )


async def test_the_migrated_schema_breaks_no_rule(admin: AsyncConnection) -> None:
    assert await faults(admin) == []


def test_every_rule_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
async def test_a_planted_fault_is_found(admin: AsyncConnection, rule: str) -> None:
    for statement in PLANTED[rule].split(";"):
        await admin.execute(sa.text(statement))
    assert rule in {fault.rule for fault in await faults(admin)}


async def test_no_login_role_can_bypass_or_reach_a_role_that_can(admin: AsyncConnection) -> None:
    reachable = await admin.execute(
        sa.text(
            """select l.rolname, r.rolname as reaches from pg_roles l join pg_roles r on pg_has_role(l.oid, r.oid, 'member')
            where l.rolname like 'billwright_test_%' and l.rolcanlogin and l.oid <> r.oid
              and l.rolname <> 'billwright_test_migrator'"""
        )
    )
    assert reachable.all() == []
    bypassing = await admin.execute(
        sa.text(
            "select rolname from pg_roles where rolname like 'billwright_test_%' and (rolsuper or rolbypassrls or rolcreaterole)"
        )
    )
    assert bypassing.all() == []
