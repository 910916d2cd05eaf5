"""Migrating: up, down, up again, twice, two at once, and what the tables then are."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.dialects import postgresql as pg
from tests.factories.directory import have_payer
from tests.factories.patients import have_coverages, have_patients, new_coverage, new_patient
from tests.plugins.database import create_database, drop_database
from tests.plugins.tenants import make_tenant_in

from app.migrate import PROJECT, DatabaseAhead, _alembic_config, _as_migrator, head_revision, migrate
from app.providers import make_database, make_key_wrapper
from kernel.db.tables import metadata
from kernel.settings import Settings
from patients.public import coverages_of
from tenancy.public import billing_practice

REVISIONS = sorted((PROJECT / "migrations" / "versions").glob("*.py"))
CONTENT = """
    select table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
        || coalesce(column_default, '')
    from information_schema.columns where table_schema in ('app', 'scope', 'identity', 'dramatiq')
    union all select 'constraint ' || conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace::regnamespace::text in ('app', 'scope', 'identity', 'dramatiq')
    union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid
    where c.relnamespace::regnamespace::text in ('app', 'scope', 'identity', 'dramatiq')
    union all select 'policy ' || polrelid::regclass::text || ' ' || polname || ' ' || polroles::regrole[]::text || ' '
        || coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') from pg_policy
    union all select 'grants ' || oid::regclass::text || ' '
        || (select string_agg(one::text, ' ' order by one::text) from unnest(relacl) one)
    from pg_class where relnamespace::regnamespace::text in ('app', 'scope', 'identity', 'dramatiq') and relacl is not null
    union all select 'function ' || oid::regprocedure::text || ' ' || proowner::regrole || ' ' || md5(prosrc) from pg_proc
    where pronamespace::regnamespace::text in ('app', 'scope', 'identity')
"""
"""Everything a revision makes, as lines to compare: columns, constraints, indexes, policies, grants, functions."""

Fresh = Callable[[str], Settings]


@pytest.fixture
def fresh(settings: Settings, admin_url: str) -> Iterator[Fresh]:
    """Settings for a database that does not exist yet; whatever is made of it is removed."""
    named: list[str] = []

    def settings_for(name: str) -> Settings:
        named.append(f"{settings.database.name}_{name}")
        own = settings.model_copy(deep=True)
        own.database.name = named[-1]
        return own

    yield settings_for
    for name in named:
        drop_database(admin_url, name)


@pytest.fixture
def migrated(fresh: Fresh, admin_url: str) -> Settings:
    """A migrated database of this test's own, with nothing in it."""
    own = fresh("migrated")
    create_database(admin_url, own.database.name)
    migrate(own, admin_url)  # for the grants on the database itself, which a copy does not bring
    return own


def content(settings: Settings, admin_url: str) -> list[str]:
    """What the schema holds."""
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        return sorted(line for (line,) in admin.execute(CONTENT).fetchall())


def move(settings: Settings, step: Callable[..., None], revision: str) -> None:
    """Run revisions up or down, as migrating does."""
    config = _alembic_config()
    with _as_migrator(settings) as connection:
        config.attributes["connection"] = connection
        config.attributes["role_prefix"] = settings.database.role_prefix
        config.attributes["key_wrapper"] = make_key_wrapper(settings)
        step(config, revision)


def test_up_from_nothing_down_to_nothing_and_up_again(fresh: Fresh, admin_url: str) -> None:
    own = fresh("updown")
    assert migrate(own, admin_url) == head_revision()
    first = content(own, admin_url)
    assert any("app.claim.number" in line for line in first)
    move(own, command.downgrade, "base")
    assert [line for line in content(own, admin_url) if "alembic_version" not in line] == []
    assert migrate(own, admin_url) == head_revision()
    assert content(own, admin_url) == first


def test_every_revision_can_be_undone_and_done_again(migrated: Settings, admin_url: str) -> None:
    """Each downgrade leaves exactly what its predecessor made, so any of them can be taken back alone."""
    seen = [content(migrated, admin_url)]
    for _ in REVISIONS[1:]:
        move(migrated, command.downgrade, "-1")
        seen.append(content(migrated, admin_url))
    for expected in reversed(seen[:-1]):
        move(migrated, command.upgrade, "+1")
        assert content(migrated, admin_url) == expected


def test_migrating_twice_changes_nothing(migrated: Settings, admin_url: str) -> None:
    before = content(migrated, admin_url)
    keys = "select xmin::text from scope.signing_key"
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{migrated.database.name}", autocommit=True) as admin:
        stored = admin.execute(keys).fetchall()
        assert migrate(migrated, admin_url) == head_revision()
        assert admin.execute(keys).fetchall() == stored
    assert content(migrated, admin_url) == before


def test_two_migrations_at_once_do_not_collide(fresh: Fresh, admin_url: str) -> None:
    own = fresh("two")
    together = threading.Barrier(2)

    def one() -> str:
        together.wait()
        return migrate(own.model_copy(deep=True), admin_url)

    with ThreadPoolExecutor(2) as pool:
        reached = [running.result() for running in [pool.submit(one), pool.submit(one)]]
    assert reached == [head_revision()] * 2


def test_a_database_ahead_is_refused_with_words_and_left_alone(migrated: Settings, admin_url: str) -> None:
    assert migrate(migrated, admin_url) == head_revision()
    with _as_migrator(migrated) as connection:
        connection.execute(sa.text(f"set local role {migrated.database.login('owner')}"))
        connection.execute(sa.text("update app.alembic_version set version_num = '99_later'"))
    before = content(migrated, admin_url)
    with pytest.raises(DatabaseAhead, match=r"revision 99_later, which this version does not know.*newer version"):
        migrate(migrated, admin_url)
    assert content(migrated, admin_url) == before


def test_revisions_run_under_a_lock_timeout(migrated: Settings, admin_url: str) -> None:
    """A migration that meets a long query gives up instead of holding everybody up behind it."""
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{migrated.database.name}") as busy:
        busy.execute("lock table app.claim in access share mode")
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            move(migrated, command.downgrade, "base")
    move(migrated, command.downgrade, "base")


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: path.stem)
def test_a_revision_does_not_lift_the_lock_timeout_or_commit(path: Path) -> None:
    assert not re.search(r"lock_timeout|\bcommit\b|autocommit", path.read_text())


# What the code does not declare: the transaction that wrote an event is the database's word, for checks outside the services.
UNDECLARED = {("audit_event", "xid")}
COLUMNS = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> 'alembic_version' and a.attnum > 0 and not a.attisdropped
"""
KEYS = """
    select c.relname, array_agg(a.attname::text order by array_position(k.conkey, a.attnum))
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)
    where c.relnamespace = 'app'::regnamespace and k.contype = 'p' and not c.relispartition and c.relname <> 'alembic_version'
    group by c.relname
"""


def declared() -> list[sa.Table]:
    """Every table of the product."""
    import app.routes  # which reaches every package's tables
    import app.scheduler

    assert app.routes.ROUTES
    assert app.scheduler.SCHEDULE
    return list(metadata.tables.values())


def column_type(column: sa.Column[object]) -> str:
    """The database's word for a column's type."""
    words = column.type.compile(pg.dialect()).lower().split(" collate")[0]
    return words.replace("varchar", "character varying")


def query(settings: Settings, admin_url: str, statement: str) -> list[tuple[object, ...]]:
    """Rows of the migrated schema's catalogue."""
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        return admin.execute(statement).fetchall()


def test_the_code_declares_exactly_the_columns_there_are(settings: Settings, admin_url: str) -> None:
    there = {row for row in query(settings, admin_url, COLUMNS) if row[:2] not in UNDECLARED}
    said = {
        (table.name, one.name, column_type(one), bool(one.nullable)) for table in declared() for one in table.columns
    }
    assert said == there


def test_the_code_declares_the_same_keys(settings: Settings, admin_url: str) -> None:
    assert {table.name: table.primary_key.columns.keys() for table in declared()} == dict(
        query(settings, admin_url, KEYS)
    )


async def test_encrypted_columns_are_opened_by_going_back_and_sealed_again_by_coming_forward(
    migrated: Settings, admin_url: str
) -> None:
    database = make_database(migrated)
    tenant = await make_tenant_in(database)
    (patient_id,) = await have_patients(tenant, new_patient("10001"))
    told = new_coverage(patient_id, await have_payer(tenant), member_id="SYN-100 200")
    ids = await have_coverages(tenant, told)
    await database.close()
    head, _, _ = admin_url.rpartition("/")
    before = content(migrated, admin_url)
    move(migrated, command.downgrade, "12_broker")
    with psycopg.connect(f"{head}/{migrated.database.name}") as admin:
        assert admin.execute("select id, member_id from app.coverage").fetchall() == [(ids[0], "SYN-100 200")]
        assert admin.execute("select practice_id, tax_id from app.practice").fetchall() == [
            (tenant.practice_id, "311234567")
        ]
    move(migrated, command.upgrade, "head")
    assert content(migrated, admin_url) == before
    database = make_database(migrated)
    tenant = msgspec.structs.replace(tenant, database=database)
    async with tenant.tx() as tx:
        assert [one.member_id for one in await coverages_of(tx, patient_id)] == ["SYN-100 200"]
        assert (await billing_practice(tx)).tax_id == "311234567"
    assert await have_coverages(tenant, told) == ids
    await database.close()
