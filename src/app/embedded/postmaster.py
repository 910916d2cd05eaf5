"""Recognizes a cluster's server by its pid file and its command line, and ends it by its own pid."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import PostgresUnusable

READY = "ready"
_FAST_SHUTDOWN_SECONDS = 60.0
_IMMEDIATE_SHUTDOWN_SECONDS = 15.0


@dataclass(frozen=True)
class Postmaster:
    """The first process of a running server."""

    pid: int
    port: int
    status: str
    """`starting`, `ready` or `stopping`."""
    command: str


def running_server(data: Path) -> Postmaster | None:
    """The live server of exactly this cluster; a pid file whose number now belongs to another process means none.

    Lines of postmaster.pid: pid, data folder, start time, port, socket folder, listen address, shared memory, status.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    command = _command(pid)
    if not _serves(command, data):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0
    status = lines[7].strip() if len(lines) > 7 else "starting"
    return Postmaster(pid, port, status, command)


def discard_stale_pid_file(data: Path) -> None:
    """Delete the pid file of a server that is gone while its number lives on in an unrelated process.

    PostgreSQL clears the file itself when no process has the number, after looking for leftovers of the old server;
    when any process has it, PostgreSQL refuses to start.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return
    if not _serves(_command(pid), data):
        pid_file.unlink(missing_ok=True)


def stop_server(data: Path) -> None:
    """Fast shutdown of the cluster's server, if one runs; returns when it is gone. Raises PostgresUnusable."""
    server = running_server(data)
    if server is None:
        return
    for shutdown, seconds in ((signal.SIGINT, _FAST_SHUTDOWN_SECONDS), (signal.SIGQUIT, _IMMEDIATE_SHUTDOWN_SECONDS)):
        _send(server.pid, shutdown)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _serves(_command(server.pid), data):
                return
            time.sleep(0.01)
    raise PostgresUnusable(
        "The embedded server does not stop", f"process {server.pid}, {data}", "End that process, then start again."
    )


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise PostgresUnusable(
            "The embedded server belongs to another account", f"process {pid}", "Stop it as that account."
        ) from None


def _serves(command: str, data: Path) -> bool:
    program, _, options = command.partition(" -D ")
    return Path(program).name == "postgres" and options.startswith(f"{data} -c ")


def _command(pid: int) -> str:
    """The command line of a process; of one that is gone or waits for its parent to notice, not that of a server."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listed = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()
