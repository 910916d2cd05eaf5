"""The whole system as real processes, over a database of its own in the test cluster."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.stack import Stack, running_stack
from kernel.settings import Settings
from tests.plugins.database import create_database, drop_database


@contextmanager
def stack_over(settings: Settings, admin_url: str, name: str) -> Iterator[Stack]:
    """Running until the block ends; `name` tells its database from those of other tests."""
    own = settings.model_copy(deep=True)
    own.database.name = f"billwright_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    create_database(admin_url, own.database.name)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", admin_url)
        with running_stack(own, fixed_ports=False) as running:
            yield running
    drop_database(admin_url, own.database.name)
