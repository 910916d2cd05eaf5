"""What work costs: seconds of the wall clock, and seconds of processor, which do not grow because others use the machine too."""

import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg

_RUN = "/proc/{}/schedstat"
_SESSIONS = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"


class Spent(NamedTuple):
    """Seconds; those of processor are this process's and the database sessions' together."""

    wall: float
    processor: float


def total(parts: Sequence[Spent]) -> Spent:
    """One after the other."""
    return Spent(sum(part.wall for part in parts), sum(part.processor for part in parts))


class Meter:
    """Reads both clocks. A system that does not tell what a session used (Linux does) leaves processor seconds to this process."""

    def __init__(self, sessions: Sequence[int]) -> None:
        self._files = [file for pid in sessions if (file := Path(_RUN.format(pid))).exists()]

    async def spent(self, work: Awaitable[object]) -> Spent:
        """Do the work."""
        processor, started = self._processor(), time.perf_counter()
        await work
        return Spent(time.perf_counter() - started, self._processor() - processor)

    def _processor(self) -> float:
        nanoseconds = sum(int(file.read_text(encoding="ascii").split()[0]) for file in self._files)
        return time.process_time() + nanoseconds / 1e9


async def meter(admin_url: str) -> Meter:
    """For the sessions that are open now: those of pools that have done the work once."""
    admin = await asyncpg.connect(admin_url)
    try:
        return Meter([row["pid"] for row in await admin.fetch(_SESSIONS)])
    finally:
        await admin.close()
