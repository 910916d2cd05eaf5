"""The whole system as real processes, and the day of a patient whose every value is one of a kind."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.hostile.marked_day import MarkedDay, live_the_day
from tests.plugins.stack import stack_over

from app.providers import make_database
from app.stack import Stack
from kernel.settings import Settings


@pytest.fixture(scope="package")
def stack(settings: Settings, admin_url: str) -> Iterator[Stack]:
    """The whole system, over a database of its own in the test cluster."""
    with stack_over(settings, admin_url, "hostile") as running:
        yield running


@pytest_asyncio.fixture(scope="package")
async def day(stack: Stack) -> AsyncIterator[MarkedDay]:
    """The day when it is over."""
    database = make_database(stack.settings)
    try:
        yield await live_the_day(stack, database)
    finally:
        await database.close()
