"""Processes that die in the middle: what was committed is sealed by the next sealer, once, and nothing forks."""

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from tests.app.embedded.test_postgres import kill
from tests.audit.conftest import lives_at
from tests.audit.sealed_log import Log
from tests.faults.processes import running
from tests.plugins.tenants import make_tenant_in

from app.embedded.postgres import RunningPostgres, start
from app.migrate import migrate
from app.providers import make_database
from audit.keys import LocalSigners
from audit.public import record
from audit.witness import FolderWitness
from kernel.settings import load_settings

PATIENCE_ROUNDS = 1_200
WAITS_FOR_LOCK = "select count(*) > 0 from pg_locks where not granted and relation = 'app.audit_checkpoint'::regclass"
ALL_SEALED = """
    select (select count(*) from app.audit_event) = (select coalesce(sum((body::json ->> 'count')::int), 0) from app.audit_seal)
"""


async def until(log: Log, holds: str) -> None:
    """Wait for something that a query says."""
    for _ in range(PATIENCE_ROUNDS):
        try:
            if log.rows(holds) == [(True,)]:
                return
        except psycopg.OperationalError:
            pass  # the server is not back yet
        await asyncio.sleep(0.05)
    raise AssertionError(f"this did not become true: {holds}")


@contextmanager
def locked(log: Log) -> Iterator[None]:
    """No checkpoint can be written while the block runs: a sealer stands in the middle of one."""
    with psycopg.connect(log.admin_url) as admin:
        admin.execute("lock table app.audit_checkpoint in exclusive mode")
        yield
        admin.rollback()


def numbers(log: Log) -> list[object]:
    return [number for (number,) in log.rows("select number from app.audit_checkpoint order by number")]


async def test_a_sealer_killed_in_the_middle_of_a_checkpoint_leaves_it_to_the_next(
    at_home: Log, tmp_path: Path
) -> None:
    with running(at_home.settings, "sealer", tmp_path / "first.log") as first:
        await at_home.write("a", "b")
        await until(at_home, ALL_SEALED)
        before = numbers(at_home)
        with locked(at_home):
            await at_home.write("c", "d")
            await until(at_home, WAITS_FOR_LOCK)
            first.tell(signal.SIGKILL)
            assert first.end() == -signal.SIGKILL
    await at_home.write("e", practice=1)
    assert numbers(at_home) == before
    with running(at_home.settings, "sealer", tmp_path / "second.log") as second:
        await until(at_home, ALL_SEALED)
        second.tell()
        assert second.end() == 0
    await at_home.copy()
    assert numbers(at_home) == list(range(1, len(numbers(at_home)) + 1))
    assert await at_home.verify() == []


async def test_a_second_sealer_waits_for_the_first_and_then_continues(at_home: Log, tmp_path: Path) -> None:
    with (
        running(at_home.settings, "sealer", tmp_path / "first.log") as first,
        running(at_home.settings, "sealer", tmp_path / "second.log") as second,
    ):
        for number in range(20):
            await at_home.write(f"c-{number}", practice=number % 2)
        await until(at_home, ALL_SEALED)
        first.tell(signal.SIGKILL)
        first.end()
        await at_home.write("after")
        await until(at_home, ALL_SEALED)
        second.tell()
        assert second.end() == 0
    await at_home.copy()
    assert numbers(at_home) == list(range(1, len(numbers(at_home)) + 1))
    assert await at_home.verify() == []


@pytest.fixture
async def crashing(tmp_path: Path) -> AsyncIterator[tuple[Log, RunningPostgres]]:
    """A log on a server of its own, durable as in production."""
    with start(tmp_path / "home" / "postgres", fast=False) as server:
        own = load_settings(environment="test", home=tmp_path / "home")
        own.database.host, own.database.port = server.host, server.port
        own.database.name, own.database.role_prefix = "crashing", "billwright_crash_"
        migrate(own, server.url)
        database = make_database(own)
        practices = [await make_tenant_in(database)]
        log = Log(
            settings=own,
            database=database,
            admin_url=f"{server.url.rpartition('/')[0]}/{own.database.name}",
            folder=tmp_path,
            practices=practices,
            signers=LocalSigners(tmp_path),
            store=FolderWitness(tmp_path),
        )
        yield lives_at(log, own.home), server
        await database.close()


async def test_a_database_server_killed_under_writers_and_sealer_loses_no_committed_event(
    crashing: tuple[Log, RunningPostgres], tmp_path: Path
) -> None:
    log, server = crashing
    committed: list[str] = []
    with running(log.settings, "sealer", tmp_path / "sealer.log") as sealer:
        writing = asyncio.create_task(_write_until_refused(log, committed))
        await _until(lambda: len(committed) > 20)
        kill(server.pid)  # the next start recovers from the write-ahead log
        await writing
        with start(server.folder.path, port=server.port, fast=False):
            await until(log, "select true")
            await log.database.close()
            again = make_database(log.settings)
            log.database = again
            log.practices = [msgspec.structs.replace(one, database=again) for one in log.practices]
            await log.write("after")
            await until(log, ALL_SEALED)
            there = {object_id for (object_id,) in log.rows("select object_id from app.audit_event")}
            assert set(committed) <= there
            sealer.tell()
            assert sealer.end() == 0
            await log.copy()
            assert numbers(log) == list(range(1, len(numbers(log)) + 1))
            assert await log.verify() == []
            await again.close()


async def _write_until_refused(log: Log, committed: list[str]) -> None:
    """Events one after the other, each noted once its commit was answered."""
    for _ in range(100_000):
        name = str(uuid.uuid4())
        try:
            async with log.practices[0].tx() as tx:
                record(tx, "claims.claim.read", "claim", name)
        except (OSError, sa.exc.SQLAlchemyError):
            return
        committed.append(name)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_ROUNDS):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing was written")
