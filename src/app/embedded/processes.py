"""A small supervisor: starts services one after another, notices when one ends, stops them in reverse order.

    with Supervisor(Path("var/log")) as supervisor:
        supervisor.also_stop(start(Path("var/postgres")).stop)
        supervisor.start(Service("web", [...], environment, ready="Listening at"))
        supervisor.wait()

Ctrl-C, SIGTERM and the terminal's hang-up leave the block and so stop everything; a killed supervisor takes its
services along (see `child.py`). Nothing is restarted: an unexpected end is the caller's to report.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

_CHILD = Path(__file__).with_name("child.py")
_POLL_SECONDS = 0.02
_TAIL_LINES = 15
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServiceFailed(Exception):
    """A service did not get ready or ended by itself: says which, how, and the last lines of its log."""

    def __init__(self, name: str, what: str, log: Path, tail: str) -> None:
        super().__init__(f"{name} {what}. Its log is {log}" + (f" and ends:\n{tail}" if tail else ", and is empty."))
        self.name = name
        self.log = log


@dataclass(frozen=True)
class Service:
    """What to run. The name is also that of its log file."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    """All of it; nothing is inherited."""
    ready: str | Callable[[], bool]
    """A text that its output will hold, or a question that is asked until the answer is yes."""
    ready_within_seconds: float = 30.0


@dataclass(frozen=True)
class RunningService:
    """A started service."""

    service: Service
    log: Path
    process: subprocess.Popen[bytes]
    grace_seconds: float

    def exit_code(self) -> int | None:
        """None while it runs; 128 + n when signal n ended it."""
        known = self.process.returncode
        code = self.process.poll()
        if known is None and code is not None:
            self._kill_rest()
        return code

    def stop(self) -> None:
        """Ask it to end, kill it after the grace period; returns when it is gone."""
        if self.exit_code() is not None:
            return
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(self.grace_seconds + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._kill_rest()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])

    def _kill_rest(self) -> None:
        """What the service itself started and left behind is in its group. Only ever called once, at its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        # PermissionError is macOS's word for a group that holds only the dead.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Use it as a context in the main thread. `end_with_parent`: stop everything when the process that started us ends,
    as the shell of a `make` that was killed."""

    def __init__(self, log_folder: Path, *, grace_seconds: float = 10.0, end_with_parent: bool = False) -> None:
        self._log_folder = log_folder
        self._grace_seconds = grace_seconds
        self._end_with_parent = end_with_parent
        self._running: list[RunningService] = []
        self._stops = ExitStack()
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        for number in _STOP_SIGNALS:
            # `nohup` and shells ignore signals on purpose for what they start in the background.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, _leave)
        if self._end_with_parent:
            threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not leave half of the services running; the grace period bounds the wait.
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        try:
            self._stops.close()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def also_stop(self, stop: Callable[[], None]) -> None:
        """Call `stop` in its turn when everything stops: after what is started later, before what was started."""
        self._stops.callback(stop)

    def start(self, service: Service) -> RunningService:
        """Start a service and wait until it is ready; raises ServiceFailed."""
        log = self._log_folder / f"{service.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_CHILD), str(self._grace_seconds), *service.argv],
                env=dict(service.environment), stdin=subprocess.PIPE, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        running = RunningService(service, log, process, self._grace_seconds)
        self._stops.callback(running.stop)
        self._running.append(running)
        self._await_ready(running)
        return running

    def check(self) -> None:
        """Raises ServiceFailed when a service has ended."""
        for running in self._running:
            code = running.exit_code()
            if code is not None:
                how = f"was ended by signal {code - 128}" if code > 128 else f"ended with code {code}"
                raise ServiceFailed(running.service.name, how, running.log, running.tail())

    def wait(self) -> NoReturn:
        """Until a signal leaves the block, or a service ends, which raises ServiceFailed."""
        while True:
            self.check()
            time.sleep(0.2)

    def _await_ready(self, running: RunningService) -> None:
        service = running.service
        deadline = time.monotonic() + service.ready_within_seconds
        while True:
            # In this order: a port may answer for another program while ours has already failed.
            self.check()
            if _is_ready(running):
                return
            if time.monotonic() > deadline:
                how = f"was not ready within {service.ready_within_seconds:g} s"
                raise ServiceFailed(service.name, how, running.log, running.tail())
            time.sleep(_POLL_SECONDS)


def _is_ready(running: RunningService) -> bool:
    ready = running.service.ready
    return ready in running.log.read_text(errors="replace") if isinstance(ready, str) else ready()


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)
