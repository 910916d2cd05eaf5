"""The product's processes on the test database, started and stopped as an operator would."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.stack import child_environment, free_port
from kernel.settings import Settings

READY_WITHIN_SECONDS = 120
ENDS_WITHIN_SECONDS = 90


class Running:
    """A started process and everything it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def said(self) -> str:
        """Its output so far."""
        return self._log.read_text(errors="replace")

    def wait_for(self, words: str) -> str:
        """Wait until it has said this; its output then."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"waited for {words!r}; it said:\n{self.said()}")
            time.sleep(0.05)
        return self.said()

    def tell(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return self.process.wait(ENDS_WITHIN_SECONDS)


@contextmanager
def running(
    settings: Settings,
    command: str,
    log: Path,
    more: Mapping[str, str] | None = None,
    *,
    largest_file_bytes: int = resource.RLIM_INFINITY,
) -> Iterator[Running]:
    """`billwright COMMAND` with these settings and `more` variables, killed at the end of the block if it still runs.

    `largest_file_bytes` has the kernel refuse what is written beyond, as it does on a full disk.
    """
    environment = {**child_environment(settings), "PATH": os.environ["PATH"], **(more or {})}
    environment["BILLWRIGHT_JOBS__FIRST_RETRY_SECONDS"] = str(settings.jobs.first_retry_seconds)
    environment["BILLWRIGHT_DATABASE__POOL_SIZE"] = str(settings.database.pool_size)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", command],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file_bytes, largest_file_bytes)),
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def web_running(
    settings: Settings,
    folder: Path,
    more: Mapping[str, str] | None = None,
    *,
    largest_file_bytes: int = resource.RLIM_INFINITY,
) -> Iterator[tuple[Running, str]]:
    """The web process on a free port, answering; and its address."""
    own = settings.model_copy(deep=True)
    own.web.port = free_port()
    own.web.public_url = url = f"http://127.0.0.1:{own.web.port}"
    with running(own, "serve", folder / "web.log", more, largest_file_bytes=largest_file_bytes) as web:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not _answers(url):
            if web.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the web process does not answer; it said:\n{web.said()}")
            time.sleep(0.1)
        yield web, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
