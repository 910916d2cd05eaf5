"""The sealer's rounds when something it needs is not there: what it says, what it does all the same, and that it goes on afterwards."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import time_machine
from structlog.testing import capture_logs
from tests.audit.sealed_log import SEALER, Log, later
from tests.plugins.small_disk import small_disk_at

from app.sealer import Sealer
from audit.sealing import seal_events
from audit.witness import FolderWitness
from kernel.db.transaction import open_transaction
from kernel.settings import AuditSettings

CHECKPOINTS = "select count(*) from app.audit_checkpoint"


def sealer_of(log: Log) -> Sealer:
    """A sealer that has just been started, and to which every wait is an alarm."""
    return Sealer(log.database, type(log.signers)(log.folder / "keys"), log.store, AuditSettings(alarm_seconds=0.0))


async def said_by(sealer: Sealer) -> list[tuple[str, str]]:
    """What one round says: what failed, or that seals lag, with the reason."""
    with capture_logs() as said:
        await sealer.round()
    return [(one.get("name", "lag"), one.get("state", one["error"])) for one in said]


async def test_without_its_key_nothing_is_sealed_and_with_the_key_it_goes_on(log: Log) -> None:
    await log.grow(1)
    sealer = sealer_of(log)
    assert await said_by(sealer) == []
    await log.write("waits")
    await log.final()
    key = next((log.folder / "keys").glob("*.pem"))
    key.rename(log.folder / "elsewhere.pem")
    sealer = sealer_of(log)
    assert await said_by(sealer) == [("seal", "conflict"), ("lag", "the sealer does not run, or may not go on")]
    assert await said_by(sealer) == [], "the same is said once a minute"
    assert log.rows(CHECKPOINTS) == [(1,)]
    (log.folder / "elsewhere.pem").rename(key)
    assert await said_by(sealer) == []
    assert (log.rows(CHECKPOINTS), await log.verify()) == ([(2,)], [])


async def test_while_copies_cannot_be_written_sealing_goes_on_and_they_are_made_up_for(log: Log) -> None:
    await log.grow(1)
    sealer = sealer_of(log)
    assert await said_by(sealer) == []
    copies = log.folder / "witness"
    copies.rename(log.folder / "elsewhere")
    copies.write_text("a file where the folder should be")
    for _ in range(2):
        await log.write("made")
        await log.final()
        await sealer.round()
    assert log.rows(CHECKPOINTS) == [(3,)]
    assert await said_by(sealer_of(log)) == [("seal", "NotADirectoryError")], "a new one must see them first"
    copies.unlink()
    (log.folder / "elsewhere").rename(copies)
    assert await said_by(sealer) == []
    assert await log.verify() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for nothing more than a page."""
    with small_disk_at(tmp_path / "small", "4k") as folder:
        yield folder


async def test_a_full_disk_of_copies_is_said_and_made_up_for(log: Log, small_disk: Path) -> None:
    log.store = FolderWitness(small_disk / "witness")
    sealer = sealer_of(log)
    (small_disk / "filler").write_bytes(b"x" * 4096)
    await log.write("made")
    await log.final()
    assert await said_by(sealer) == [("copy", "storage-full")]
    assert log.rows(CHECKPOINTS) == [(1,)]
    (small_disk / "filler").unlink()
    assert await said_by(sealer) == []
    assert await log.verify() == []


async def test_what_waits_for_an_open_transaction_is_told_apart_from_a_sealer_that_does_not_run(log: Log) -> None:
    await log.grow(1)
    sealer = sealer_of(log)
    with psycopg.connect(log.admin_url) as slow:
        slow.execute("select pg_current_xact_id()")
        await log.write("ours")
        await log.write("theirs", practice=1)
        ((_, reason),) = await said_by(sealer)
        assert reason == "a transaction that began before them is still open in this database server"
        assert log.rows(CHECKPOINTS) == [(1,)]
    await log.seal()
    assert await log.verify() == []


async def test_a_sealer_whose_clock_ran_a_year_ahead_still_says_that_it_lives(log: Log) -> None:
    with time_machine.travel(later(365), tick=True):
        await log.grow(1)
    async with open_transaction(log.database, SEALER) as tx:
        beat = await seal_events(tx, log.signers, heartbeat=dt.timedelta(hours=1))
        assert beat is not None
        assert await seal_events(tx, log.signers, heartbeat=dt.timedelta(hours=1)) is None
