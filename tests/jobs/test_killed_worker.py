"""A worker that is killed in the middle of a job: another takes it up, and its effect is there once."""

import asyncio
import signal

from tests.jobs.running import Office, leave_effect, start_stuck


async def test_a_killed_workers_job_is_taken_up_by_another_after_its_lease(office: Office) -> None:
    await office.announce()
    await office.relay()
    with start_stuck(office, "tests.jobs.stuck_worker") as killed:
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
