"""A worker that is killed in the middle of a job: another takes it up, and its effect is there once."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.jobs.running import Office, leave_effect

PROJECT = Path(__file__).parents[2]


def start_stuck_worker(office: Office) -> subprocess.Popen[bytes]:
    """A worker process that says when it is inside a job, and never comes out."""
    database = office.settings.database
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "BILLWRIGHT_ENVIRONMENT": "test",
        "BILLWRIGHT_HOME": str(office.settings.home),
        "BILLWRIGHT_DATABASE__HOST": database.host,
        "BILLWRIGHT_DATABASE__PORT": str(database.port),
        "BILLWRIGHT_DATABASE__NAME": database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": database.role_prefix,
        "BILLWRIGHT_JOBS__LEASE_SECONDS": str(office.settings.jobs.lease_seconds),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.stuck_worker"], env=environment, cwd=PROJECT, stdout=subprocess.PIPE
    )


async def test_a_killed_workers_job_is_taken_up_by_another_after_its_lease(office: Office) -> None:
    await office.announce()
    await office.relay()
    with start_stuck_worker(office) as killed:
        assert killed.stdout is not None
        try:
            assert await asyncio.to_thread(killed.stdout.readline) == b"inside\n"
            assert await office.effects() == 0
        finally:
            killed.send_signal(signal.SIGKILL)
    assert await office.queued() == ["consumed"]
    async with office.working(leave_effect):
        (row,) = await office.done()
        await office.settled()
    assert (row.attempts, await office.effects()) == (2, 1)  # the attempt that ended the worker counts
    assert await office.events() == [("jobs.job.failed", "failed")]
