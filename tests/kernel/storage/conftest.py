"""A store of each kind, as somebody with a link meets it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.kernel.storage.senders import Stored, folder, s3
from tests.plugins.aws import AwsServer

from kernel.settings import Settings


@pytest.fixture(params=["folder", "s3"])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stored]:
    """One of each kind, empty."""
    server: AwsServer | None = request.getfixturevalue("aws") if request.param == "s3" else None
    async with folder(tmp_path / "store") if server is None else s3(server) as made:
        yield made


@pytest.fixture
def admin(settings: Settings, admin_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """An administrator of the test database, for letting time pass in it."""
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection
