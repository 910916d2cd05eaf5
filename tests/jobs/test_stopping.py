"""A worker that is stopped: what runs may finish within the limit, and is given back uncounted when it does not."""

import asyncio
from collections.abc import Mapping

from tests.jobs.running import Office, leave_effect

from kernel.db.transaction import Tx


async def test_a_running_job_is_finished_before_the_worker_ends(office: Office) -> None:
    inside = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def slow(tx: Tx, payload: Mapping[str, str]) -> None:
        loop.call_soon_threadsafe(inside.set)
        await asyncio.sleep(0.5)
        await leave_effect(tx, payload)

    await office.announce()
    async with office.working(slow):
        await inside.wait()
    (row,) = await office.rows()
    assert (row.done_at is not None, await office.effects()) == (True, 1)


async def test_a_job_that_takes_longer_than_the_limit_is_given_back_and_runs_elsewhere(office: Office) -> None:
    office.settings.jobs.stop_seconds = 0.2
    inside = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def endless(tx: Tx, payload: Mapping[str, str]) -> None:
        await leave_effect(tx, payload)
        loop.call_soon_threadsafe(inside.set)
        await asyncio.sleep(600)

    await office.announce(20)
    async with office.working(endless):
        await inside.wait()
    rows = await office.rows()
    assert [(row.done_at, row.attempts) for row in rows] == [(None, 0)] * 20
    assert await office.effects() == 0
    async with office.working(leave_effect):
        rows = await office.done(20)
    assert ({row.attempts for row in rows}, await office.effects()) == ({1}, 20)
