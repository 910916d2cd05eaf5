"""Every way out that was thought of, tried as a login role on the migrated schema: closed as it stands, open once its guard is gone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.isolation.escapes import by_role, by_scope, by_side_channel, by_table
from tests.isolation.escapes.escape import Escape, filled, refused, worked
from tests.isolation.escapes.world import World, drop_world, make_world

from kernel.settings import Settings

ESCAPES = (*by_scope.ESCAPES, *by_role.ESCAPES, *by_table.ESCAPES, *by_side_channel.ESCAPES)


@pytest_asyncio.fixture(scope="module")
async def world(settings: Settings, admin_url: str) -> AsyncIterator[World]:
    """Two practices with the same in them, in a database that is copied for each escape."""
    made = await make_world(settings, admin_url)
    yield made
    drop_world(settings, admin_url)


def test_names_are_different() -> None:
    assert len({escape.name for escape in ESCAPES}) == len(ESCAPES) > 60


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
def test_it_is_closed_and_would_be_open_without_its_guard(world: World, escape: Escape) -> None:
    tried, token = filled(escape, world.values()), world.token(escape)
    with world.copy() as copy:
        copy.administer(tried.given)
        closed = copy.attempt(tried, token)
        assert refused(tried, closed), closed
        copy.administer(tried.breaks)
        opened = copy.attempt(tried, token)
        assert worked(tried, opened), opened
