"""A store and an exchange folder of the test's own."""

from pathlib import Path

import pytest
from tests.plugins.tenants import Tenant

from kernel.storage.folder import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


@pytest.fixture
def exchange(tenant: Tenant, tmp_path: Path) -> Path:
    """The part of it that is the tenant's company's."""
    folder = tmp_path / "exchange" / str(tenant.company_id)
    folder.mkdir(parents=True)
    return folder
