"""A fixed billing day, a clinic, and a store for files."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories.claims import Clinic, open_clinic
from tests.plugins.tenants import Tenant

from kernel import clock
from kernel.storage.folder import FolderStore


@pytest.fixture(autouse=True)
def _billing_day() -> Iterator[None]:
    with clock.fixed(dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)):
        yield


@pytest.fixture
async def clinic(tenant: Tenant) -> Clinic:
    """A clinic of this test's own, ready to bill."""
    return await open_clinic(tenant)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Where files are kept."""
    return FolderStore(tmp_path / "store")
