"""Processes that start while the database does not serve them say what they wait for, or why they end, and not that they are ready."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults.processes import Running, running, web_running
from tests.faults.test_half_closed import Relay
from tests.isolation.test_starting import PREFIX, own_roles

from app.stack import free_port
from kernel.settings import Settings

__all__ = ["own_roles"]

COMMANDS = ("worker", "scheduler", "sealer")
WAITING, READY = "waiting for the database", "is ready"

pytestmark = pytest.mark.slow


@pytest.fixture
def away(settings: Settings) -> Settings:
    """The test installation, whose database listens on a port where nobody does yet."""
    own = settings.model_copy(deep=True)
    own.database.port = free_port()
    return own


async def ended(process: Running) -> int:
    return await asyncio.to_thread(process.end)


async def stopped(process: Running) -> int:
    process.tell()
    return await ended(process)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_database_that_comes_later_is_waited_for(
    settings: Settings, away: Settings, tmp_path: Path, command: str
) -> None:
    database = Relay(settings.database.host, settings.database.port)
    with running(away, command, tmp_path / "log") as process:
        assert READY not in await asyncio.to_thread(process.wait_for, WAITING)
        server = await asyncio.start_server(database.serve, "127.0.0.1", away.database.port)
        said = await asyncio.to_thread(process.wait_for, READY)
        assert said.count(WAITING) == 1, "said once, not at every attempt"
        assert "start it" in said
        assert await stopped(process) == 0, process.said()
    server.close()
    await database.stop()


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_database_that_does_not_come_is_given_up(away: Settings, tmp_path: Path, command: str) -> None:
    with running(away, command, tmp_path / "log", {"BILLWRIGHT_DATABASE__START_WAIT_SECONDS": "1"}) as process:
        assert await ended(process) == 1
        said = process.said()
    assert "billwright: the database does not answer: start it" in said
    assert READY not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_waits_can_be_told_to_stop(away: Settings, tmp_path: Path, command: str) -> None:
    with running(away, command, tmp_path / "log") as process:
        await asyncio.to_thread(process.wait_for, WAITING)
        assert await stopped(process) == 0
        assert READY not in process.said()


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_server_without_a_free_connection_is_waited_for(
    own_roles: tuple[Settings, psycopg.Connection], tmp_path: Path, command: str
) -> None:
    settings, admin = own_roles
    admin.execute(f"alter role {PREFIX}{command} connection limit 0")
    with running(settings, command, tmp_path / "log") as process:
        assert "no connection left" in await asyncio.to_thread(process.wait_for, WAITING)
        assert READY not in process.said()
        admin.execute(f"alter role {PREFIX}{command} connection limit -1")
        await asyncio.to_thread(process.wait_for, READY)
        assert await stopped(process) == 0, process.said()


def wrong_password(settings: Settings, command: str) -> Mapping[str, str]:
    passwords = {name: one.get_secret_value() for name, one in settings.database.passwords.items()}
    return {"BILLWRIGHT_DATABASE__PASSWORDS": json.dumps({**passwords, command: "another"})}


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_waiting_does_not_mend_is_said_at_once(
    settings: Settings, own_roles: tuple[Settings, psycopg.Connection], tmp_path: Path, command: str
) -> None:
    """A wrong password, a database of another name, a role that row security does not bind."""
    strong, admin = own_roles
    nowhere = settings.model_copy(deep=True)
    nowhere.database.name = "billwright_nowhere"
    admin.execute(f"alter role {PREFIX}{command} bypassrls")
    for own, more, words in (
        (settings, wrong_password(settings, command), "it refuses a password"),
        (nowhere, {}, "there is no database of this name"),
        (strong, {}, f"{PREFIX}{command} can bypass row security"),
    ):
        with running(own, command, tmp_path / "log", more) as process:
            assert await ended(process) == 1
            said = process.said()
        assert words in said
        assert WAITING not in said
        assert READY not in said
        assert "Traceback" not in said


def test_two_web_processes_do_not_share_an_address(settings: Settings, tmp_path: Path) -> None:
    with web_running(settings, tmp_path) as (first, url):
        taken = {"BILLWRIGHT_WEB__PORT": url.rpartition(":")[2]}
        with running(settings, "serve", tmp_path / "second.log", taken) as second:
            assert second.end() == 1
        assert (
            f"cannot listen on 127.0.0.1, port {taken['BILLWRIGHT_WEB__PORT']} (Address already in use)"
            in second.said()
        )
        assert "Traceback" not in second.said()
        assert httpx.get(f"{url}/health/ready", timeout=30).status_code == httpx.codes.OK
        first.tell()
        assert first.end() == 0
