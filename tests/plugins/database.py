"""A migrated database for each test process: one embedded cluster a run, one template, one copy a process.

Tests connect as the runtime login roles and nothing else. They do not roll back: each makes a company and practice of its own, so
what keeps tenants apart keeps tests apart too.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from app.embedded.errors import PostgresUnusable
from app.embedded.postgres import remove, start
from app.migrate import migrate
from app.providers import make_database
from kernel.db.database import Database
from kernel.settings import Settings, load_settings

TEMPLATE = "billwright_template"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that it can be run on another version of it."""
    for item in items:
        if isinstance(item, pytest.Function) and "admin_url" in item.fixturenames:
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a run, shared by its processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "billwright"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def admin_url(run_folder: Path) -> Iterator[str]:
    """The cluster's administrator: for making databases, never for a test's own statements."""
    if "TEST_DATABASE_URL" in os.environ:
        yield os.environ["TEST_DATABASE_URL"]
        return
    version = 16 if os.environ.get("TEST_POSTGRES_VERSION") == "16" else 18
    server = start(run_folder / "postgres", version=version, fast=True)
    try:
        yield server.url
    finally:
        server.stop()
        with suppress(PostgresUnusable):  # another test process still uses it, and will remove it
            remove(run_folder / "postgres")


@pytest.fixture(scope="session")
def settings(run_folder: Path, admin_url: str) -> Iterator[Settings]:
    """Settings of this test process, on a database of its own copied from the migrated template."""
    parts = psycopg.conninfo.conninfo_to_dict(admin_url)
    settings = load_settings(environment="test", home=run_folder)
    settings.database.host, settings.database.port = str(parts["host"]), int(parts["port"] or 5432)
    settings.database.role_prefix = "billwright_test_"
    settings.database.pool_size = 4
    settings.database.name = TEMPLATE
    name = f"billwright_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with _one_process(run_folder):
        migrate(settings, admin_url)
        create_database(admin_url, name)
    settings.database.name = name
    yield settings
    drop_database(admin_url, name)


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The pools of the runtime roles."""
    pools = make_database(settings)
    yield pools
    await pools.close()


def create_database(
    admin_url: str, name: str, template: str = TEMPLATE, *, role_prefix: str = "billwright_test_"
) -> None:
    """A copy of the migrated template."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)')
        admin.execute(f'create database "{name}" template "{template}" strategy file_copy')
        # Database-level grants are not copied with a template.
        admin.execute(f'revoke all on database "{name}" from public')
        for (role,) in admin.execute(
            "select rolname from pg_roles where rolcanlogin and starts_with(rolname, %s)", (role_prefix,)
        ).fetchall():
            admin.execute(f'grant connect on database "{name}" to "{role}"')
        admin.execute(f'grant temporary on database "{name}" to "{role_prefix}worker"')


def drop_database(admin_url: str, name: str) -> None:
    """Remove a test process's database."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)')


@contextmanager
def _one_process(folder: Path) -> Iterator[None]:
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
