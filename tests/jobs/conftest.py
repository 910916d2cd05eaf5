"""Jobs are proved on committed rows, through the real broker; each test begins with an empty outbox and queue."""

import pytest
from tests.jobs.running import Office, empty
from tests.plugins.tenants import Tenant

from kernel.db.database import Database
from kernel.settings import Settings


@pytest.fixture
async def office(settings: Settings, database: Database, tenant: Tenant) -> Office:
    """A tenant whose jobs are the only ones there are."""
    await empty(database)
    own = settings.model_copy(deep=True)
    own.jobs.lease_seconds = 4.0  # a busy machine must not make a living worker look dead
    return Office(own, database, tenant)
