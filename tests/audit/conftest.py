"""A log of a test's own: tampering with one is tampering with a whole database."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from tests.audit.sealed_log import Log
from tests.plugins.database import create_database, drop_database
from tests.plugins.tenants import Tenant

from app.providers import make_database
from audit.keys import LocalSigners
from audit.witness import FolderWitness
from kernel.ids import new_id
from kernel.settings import Settings

OpenLog = Callable[..., Awaitable[Log]]


@pytest.fixture
async def open_log(settings: Settings, admin_url: str, tmp_path: Path) -> AsyncIterator[OpenLog]:
    """Open a log on a database of this name; with `backup_of`, on a copy of another log's database."""
    async with AsyncExitStack() as stack:

        async def opened(name: str, *, backup_of: Log | None = None) -> Log:
            return await stack.enter_async_context(_open(settings, admin_url, tmp_path / name, name, backup_of))

        yield opened


@pytest.fixture
async def log(open_log: OpenLog) -> Log:
    """An empty log."""
    return await open_log("log")


@pytest.fixture
def at_home(log: Log, settings: Settings) -> Log:
    """A log whose sealer is the product's process, with keys and copies in a home of its own."""
    home = log.folder / "home"
    shutil.copytree(settings.home / "secrets", home / "secrets")
    log.settings.home = home
    return lives_at(log, home)


def lives_at(log: Log, home: Path) -> Log:
    """With the keys and copies of this installation."""
    log.signers, log.store = LocalSigners(home / "audit" / "keys"), FolderWitness(home / "audit" / "witness")
    return log


@pytest.fixture(scope="session")
def audit_signers(settings: Settings) -> LocalSigners:
    """The keys of the test process's own database, whose log all its tests share, and of the sealers that some start over it."""
    return LocalSigners(settings.home / "audit" / "keys")


@asynccontextmanager
async def _open(
    settings: Settings, admin_url: str, folder: Path, name: str, backup_of: Log | None
) -> AsyncIterator[Log]:
    own = settings.model_copy(deep=True)
    own.database.name = f"{settings.database.name}_{name}"
    if backup_of is None:
        create_database(admin_url, own.database.name)
    else:
        await backup_of.database.close()
        create_database(admin_url, own.database.name, template=backup_of.settings.database.name)
    database = make_database(own)
    company = new_id()
    known = backup_of.practices if backup_of else [Tenant(database, company, new_id(), new_id()) for _ in range(2)]
    practices = [Tenant(database, one.company_id, one.practice_id, one.user_id) for one in known]
    head, _, _ = admin_url.rpartition("/")
    try:
        yield Log(
            settings=own,
            database=database,
            admin_url=f"{head}/{own.database.name}",
            folder=folder,
            practices=practices,
            signers=backup_of.signers if backup_of else LocalSigners(folder / "keys"),
            store=FolderWitness(folder / "witness"),
        )
    finally:
        await database.close()
        drop_database(admin_url, own.database.name)
