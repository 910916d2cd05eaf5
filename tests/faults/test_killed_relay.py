"""A relay that is killed after it sent and before it marked: its rows are sent again, and every job is done once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.jobs.conftest import office
from tests.jobs.running import PATIENCE_SECONDS, Office, leave_effect, start_stuck

from kernel.db.transaction import Tx

__all__ = ["office"]

JOBS = 5


@asynccontextmanager
async def relay_that_is_killed(office: Office) -> AsyncIterator[None]:
    """A relay process of its own has sent everything that is due; after the block it dies by SIGKILL, its mark uncommitted."""
    with start_stuck(office, "tests.faults.held_relay") as relay:
        assert relay.stdout is not None
        try:
            assert await asyncio.to_thread(relay.stdout.readline) == f"sent {JOBS}\n".encode()
            yield
        finally:
            relay.send_signal(signal.SIGKILL)
    assert relay.returncode == -signal.SIGKILL


async def taken(office: Office) -> None:
    """Wait until a worker has every message."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while set(await office.queued()) != {"consumed"}:  # noqa: ASYNC110  another thread changes it
            await asyncio.sleep(0.05)


async def test_what_a_killed_relay_sent_is_sent_again_and_done_once(office: Office) -> None:
    await office.announce(JOBS)
    async with relay_that_is_killed(office):
        assert await office.queued() == ["queued"] * JOBS
    assert [row.sent_at for row in await office.rows()] == [None] * JOBS
    assert await office.relay() == JOBS, "the second relay finds them unsent"
    assert await office.queued() == ["queued"] * JOBS, "and replaces what the first has queued"
    assert await office.relay() == 0
    async with office.working(leave_effect):
        rows = await office.done(JOBS)
        await office.settled()
    assert [row.attempts for row in rows] == [1] * JOBS
    assert await office.effects() == JOBS


async def test_what_a_worker_took_from_a_relay_that_was_then_killed_is_done_once(office: Office) -> None:
    """The worker has the messages before the relay dies, and waits for the rows that it holds."""
    begun: list[str] = []

    async def note(tx: Tx, payload: Mapping[str, str]) -> None:
        begun.append(payload["place"])
        await leave_effect(tx, payload)

    await office.announce(JOBS)
    async with office.working(note, relaying=False):
        async with relay_that_is_killed(office):
            await taken(office)
            assert begun == []
        rows = await office.done(JOBS)
        assert await office.relay() == 0, "what is done is not sent"
        await office.settled()
    assert [row.attempts for row in rows] == [1] * JOBS
    assert (sorted(begun), await office.effects()) == (["0", "1", "2", "3", "4"], JOBS)
