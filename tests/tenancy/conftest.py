"""Moving time and taking roles away is nobody's right in the product, so these tests do it as the cluster's administrator."""

from collections.abc import Iterator

import psycopg
import pytest

from kernel.settings import Settings


@pytest.fixture
def admin(admin_url: str, settings: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The administrator, in this test process's database."""
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection
