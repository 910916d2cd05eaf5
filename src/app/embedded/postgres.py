"""Starts and stops the Postgres of the PyPI wheel on loopback; drops root.

    server = start(Path("var/postgres"))
    ...  # asyncpg.connect(server.url)
    server.stop()

A server belongs to its folder. Whoever starts it while it runs uses it too, and the last of its users to stop stops it.
One that a crashed process left running is taken over by the next start.
"""

import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded.address import PostgresAddress
from app.embedded.binaries import ServerVersion
from app.embedded.cluster import (
    SERVER_ENVIRONMENT,
    SUPERUSER,
    Cluster,
    prepare_cluster,
    remove_cluster_files,
    says_disk_full,
)
from app.embedded.datafolder import DataFolder, Use, open_folder
from app.embedded.errors import PostgresUnusable
from app.embedded.ports import HOST, choose_port, port_taken
from app.embedded.postmaster import READY, Postmaster, discard_stale_pid_file, running_server, stop_server
from app.embedded.settings import is_fast, server_settings

_READY_SECONDS = 120.0  # recovery after a crash replays the log first
_ORPHANS_SECONDS = 30.0
_ATTEMPTS = 5
_PORT_TAKEN = "could not bind"
_ORPHANS = ("pre-existing shared memory block", "shared memory block is still in use")


@dataclass(frozen=True, kw_only=True)
class RunningPostgres(PostgresAddress):
    """A running server of ours, seen as its superuser, and our share in it."""

    folder: DataFolder
    cluster: Path
    pid: int
    use: Use = field(repr=False, compare=False)

    def stop(self) -> None:
        """End our use. The last user's stop is a fast shutdown and waits for it. May be called again."""
        if not self.use.held:
            return
        with self.folder.starting():
            if self.use.release():
                stop_server(self.cluster)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    data_dir: Path, port: int | None = None, version: ServerVersion = 18, *, fast: bool = False
) -> RunningPostgres:
    """Serve the folder's cluster, which the first start makes; returns when it accepts connections.

    Without `port` the folder's last port is used if it is free, otherwise any. `fast` gives up durability, for tests.
    Raises PostgresUnusable.
    """
    folder = open_folder(data_dir)
    with folder.starting():
        cluster = prepare_cluster(folder, version)
        use = Use(folder)
        try:
            server = _attach(folder, cluster, use, port, fast=fast) or _launch(folder, cluster, port, fast=fast)
            _remember(folder, server.port)
        except BaseException:
            use.release()
            raise
    return RunningPostgres(
        host=HOST, port=server.port, user=SUPERUSER, password=cluster.password, database="postgres", version=version,
        folder=folder, cluster=cluster.data, pid=server.pid, use=use,
    )  # fmt: skip


def remove(data_dir: Path) -> None:
    """Stop the folder's server and delete its database, wherever its files are; raises PostgresUnusable."""
    if not data_dir.exists():
        return
    folder = open_folder(data_dir)
    with folder.starting():
        use = Use(folder)
        use.release()
        if not use.alone:
            raise PostgresUnusable("The database is in use", str(folder.path), "Stop what uses it first.")
        remove_cluster_files(folder)


def _attach(folder: DataFolder, cluster: Cluster, use: Use, port: int | None, *, fast: bool) -> Postmaster | None:
    """The server that runs already, if it is what the caller wants; an unwanted one that nobody uses is stopped."""
    server = running_server(cluster.data)
    if server is None:
        return None
    deadline = time.monotonic() + _READY_SECONDS
    while server.status != READY and time.monotonic() < deadline:
        time.sleep(0.01)
        server = running_server(cluster.data)
        if server is None:
            return None
    wanted = port in (None, server.port) and is_fast(server.command) == fast and server.status == READY
    if wanted:
        return server
    if not use.alone:
        raise PostgresUnusable(
            f"The database already runs on port {server.port} with other settings, and somebody uses it",
            str(folder.path),
            "Stop it first, or ask for the same port and durability.",
        )
    stop_server(cluster.data)
    return None


def _launch(folder: DataFolder, cluster: Cluster, port: int | None, *, fast: bool) -> Postmaster:
    discard_stale_pid_file(cluster.data)
    deadline = time.monotonic() + _ORPHANS_SECONDS
    attempts = 0
    while True:
        chosen = choose_port(port, folder.remembered_port() if attempts == 0 else None)
        server, complaint = _try_launch(folder, cluster, chosen, fast=fast)
        if server is not None:
            return server
        attempts += 1
        # Between the choice of a free port and its use somebody else may take it.
        if _PORT_TAKEN in complaint:
            if port is not None or attempts == _ATTEMPTS:
                raise port_taken(chosen)
        # The workers of a server that was killed end by themselves, each when it next looks for its parent.
        elif any(sign in complaint for sign in _ORPHANS) and time.monotonic() < deadline:
            time.sleep(0.2)
        else:
            raise _launch_refusal(complaint, folder, cluster)


def _try_launch(folder: DataFolder, cluster: Cluster, port: int, *, fast: bool) -> tuple[Postmaster | None, str]:
    """The ready server, or what its log says about its end."""
    with folder.log.open("ab") as log:
        log_start = log.seek(0, os.SEEK_END)
        process = _spawn(cluster, port, log.fileno(), fast=fast)
    # Somebody must wait for the child, or its remains stay in the process table; a thread does, whoever stops it.
    waiter = threading.Thread(target=process.wait, name="postgres-waiter", daemon=True)
    waiter.start()
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while waiter.is_alive() and time.monotonic() < deadline:
            server = running_server(cluster.data)
            if server is not None and server.pid == process.pid and server.status == READY:
                return server, ""
            time.sleep(0.005)
    except BaseException:
        process.terminate()
        raise
    if waiter.is_alive():
        process.terminate()
        waiter.join()
    with folder.log.open("rb") as log:
        log.seek(log_start)
        return None, log.read(20_000).decode(errors="replace")


def _spawn(cluster: Cluster, port: int, log: int, *, fast: bool) -> subprocess.Popen[bytes]:
    account = cluster.account
    try:
        # A session of its own: Ctrl-C in the terminal is for us, who stop the server after everything that uses it.
        return subprocess.Popen(
            [str(cluster.binaries.postgres), "-D", str(cluster.data), *server_settings(port, fast=fast)],
            user=account.user, group=account.group, extra_groups=account.extra_groups, umask=0o077, cwd="/",
            env=SERVER_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise PostgresUnusable(
            f"The server's program cannot be run: {error}",
            str(cluster.binaries.postgres),
            "Install the requirements again for this system, or point DATABASE_URL at a server of your own.",
        ) from error


def _launch_refusal(complaint: str, folder: DataFolder, cluster: Cluster) -> PostgresUnusable:
    if says_disk_full(complaint):
        return PostgresUnusable("The disk is full, the server cannot start", str(cluster.data), "Free some space.")
    if any(sign in complaint for sign in _ORPHANS):
        return PostgresUnusable(
            "Processes of an earlier server still hold its memory",
            str(cluster.data),
            "Wait until they end, or end the processes named 'postgres' that work in this folder.",
        )
    reasons = [line.split(":  ", 1)[1] for line in complaint.splitlines() if "FATAL:  " in line or "PANIC:  " in line]
    reason = reasons[-1] if reasons else "no reason given"
    return PostgresUnusable(f"The server does not start: {reason}", str(cluster.data), f"Its log is {folder.log}.")


def _remember(folder: DataFolder, port: int) -> None:
    if folder.remembered_port() != port:
        folder.port_file.write_text(f"{port}\n")
