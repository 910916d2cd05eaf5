"""A worker process whose job has its effect written, says so, and then waits to be killed."""

import asyncio
import sys
import time
from collections.abc import Mapping

from tests.jobs.running import leave_effect, listening

from app.providers import make_broker, make_database
from kernel.db.transaction import Tx
from kernel.settings import load_settings


async def get_stuck(tx: Tx, payload: Mapping[str, str]) -> None:
    """Leave the effect uncommitted, and wait."""
    await leave_effect(tx, payload)
    sys.stdout.write("inside\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


if __name__ == "__main__":
    settings = load_settings()
    pools = make_database(settings)
    make_broker(settings, role="worker").worker(pools, listening(get_stuck)).start()
    time.sleep(600)
