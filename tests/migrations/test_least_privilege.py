"""Migrating as an administrator who is no superuser: it may make roles and databases, and cannot bypass row security."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from tests.migrations.test_migrations import content, move
from tests.plugins.database import drop_database

from app.migrate import OWNING_ROLES, head_revision, migrate
from kernel.settings import LOGIN_ROLES, Settings

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
ADMINISTRATOR, PREFIX = f"billwright_administrator_{WORKER}", f"billwright_least_{WORKER}_"
GRANTS = """
    select l.rolname, coalesce(array_agg(r.rolname::text order by r.rolname) filter (where r.oid is not null), '{}')
    from pg_roles l left join pg_auth_members m on m.member = l.oid and m.set_option left join pg_roles r on r.oid = m.roleid
    where starts_with(l.rolname, %s) group by l.rolname
"""


@pytest.fixture
def least(settings: Settings, admin_url: str) -> Iterator[tuple[Settings, str]]:
    """Settings of an installation that does not exist yet, and the URL of its administrator."""
    own = settings.model_copy(deep=True)
    own.database.name, own.database.role_prefix = f"{settings.database.name}_least", PREFIX
    with psycopg.connect(admin_url, autocommit=True) as superuser:
        superuser.execute(
            f"create role {ADMINISTRATOR} login createrole createdb nosuperuser nobypassrls password 'least'"
        )
    yield own, f"postgresql://{ADMINISTRATOR}:least@{own.database.host}:{own.database.port}/postgres"
    drop_database(admin_url, own.database.name)
    with psycopg.connect(admin_url, autocommit=True) as superuser:
        for name in (*LOGIN_ROLES, *OWNING_ROLES):
            superuser.execute(f"drop role if exists {PREFIX}{name}")
        superuser.execute(f"drop role {ADMINISTRATOR}")


def schema(settings: Settings, admin_url: str) -> list[str]:
    """What the schema holds, but for what says the roles' prefix in its own text."""
    prefix = settings.database.role_prefix
    lines = [line.replace(prefix, "") for line in content(settings, admin_url)]
    return [line for line in lines if not line.startswith("function scope.verified()")]


def test_an_administrator_without_superuser_rights_migrates_up_down_and_up(
    least: tuple[Settings, str], settings: Settings, admin_url: str
) -> None:
    own, administrator = least
    assert migrate(own, administrator) == head_revision()
    made = schema(own, admin_url)
    assert made == schema(settings, admin_url)
    move(own, command.downgrade, "-1")
    assert migrate(own, administrator) == head_revision()
    move(own, command.downgrade, "base")
    assert migrate(own, administrator) == head_revision()
    assert schema(own, admin_url) == made


def test_what_it_makes_can_bypass_nothing(least: tuple[Settings, str], admin_url: str) -> None:
    own, administrator = least
    migrate(own, administrator)
    with psycopg.connect(admin_url) as superuser:
        strong = superuser.execute(
            "select rolname from pg_roles where starts_with(rolname, %s)"
            " and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit)",
            (PREFIX,),
        ).fetchall()
        members = dict(superuser.execute(GRANTS, (PREFIX,)).fetchall())
    assert strong == []
    owning = sorted(f"{PREFIX}{name}" for name in OWNING_ROLES)
    assert {login: roles for login, roles in members.items() if roles} == {f"{PREFIX}migrator": owning}


def test_the_administrator_sees_no_row(least: tuple[Settings, str], admin_url: str) -> None:
    """It may become the owner, which row security binds like everybody else."""
    own, administrator = least
    migrate(own, administrator)
    at = f"{administrator.rpartition('/')[0]}/{own.database.name}"
    with psycopg.connect(at) as admin, pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute("select value from app.counter")
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{own.database.name}", autocommit=True) as superuser:
        superuser.execute("set session_replication_role = replica")  # a row needs no practice then
        superuser.execute("insert into app.counter select gen_random_uuid(), gen_random_uuid(), 'n', 1")
        assert superuser.execute("select value from app.counter").fetchall() == [(1,)]
    with psycopg.connect(at) as admin:
        admin.execute(f"set role {PREFIX}owner")
        assert admin.execute("select value from app.counter").fetchall() == []
