"""The whole system as real processes, and the day of a patient whose every value is one of a kind."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.hostile.marked_day import MarkedDay, live_the_day
from tests.plugins.database import create_database, drop_database

from app.providers import make_database
from app.stack import Stack, running_stack
from kernel.settings import Settings


@pytest.fixture(scope="package")
def stack(settings: Settings, admin_url: str) -> Iterator[Stack]:
    """The whole system, over a database of its own in the test cluster."""
    own = settings.model_copy(deep=True)
    own.database.name = f"billwright_hostile_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    create_database(admin_url, own.database.name)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", admin_url)
        with running_stack(own, fixed_ports=False) as running:
            yield running
    drop_database(admin_url, own.database.name)


@pytest_asyncio.fixture(scope="package")
async def day(stack: Stack) -> AsyncIterator[MarkedDay]:
    """The day when it is over."""
    database = make_database(stack.settings)
    try:
        yield await live_the_day(stack, database)
    finally:
        await database.close()
