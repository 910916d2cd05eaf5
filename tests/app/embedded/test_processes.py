import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded.processes import Service, ServiceFailed, Supervisor

SRC = Path(__file__).parents[3] / "src"
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}

# A service that says its number and that of a process it starts itself, and notes how it ended.
LASTING = """
import os, pathlib, signal, subprocess, sys, time
own = subprocess.Popen(["/bin/sleep", "600"])
def leave(number, frame):
    with pathlib.Path(sys.argv[2]).open("a") as ended:
        ended.write(sys.argv[1] + "\\n")
    if sys.argv[3] == "obedient":
        sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("pids", os.getpid(), own.pid, flush=True)
while True:
    time.sleep(600)
"""

# Supervises two such services until it is told otherwise.
SUPERVISING = """
import os, sys
from pathlib import Path
from app.embedded.processes import Service, Supervisor
folder, lasting = Path(sys.argv[1]), sys.argv[2]
def service(name):
    argv = [sys.executable, "-I", "-S", "-c", lasting, name, str(folder / "ended"), "obedient"]
    return Service(name, argv, {"PATH": "/usr/bin:/bin"}, ready="pids")
with Supervisor(folder, end_with_parent=True) as supervisor:
    supervisor.also_stop(lambda: (folder / "ended").open("a").write("database\\n"))
    supervisor.start(service("web"))
    supervisor.start(service("worker"))
    print(os.getpid(), flush=True)
    supervisor.wait()
"""


def python(name: str, code: str, *arguments: str, ready: str | Callable[[], bool] = "ready") -> Service:
    argv = [sys.executable, "-I", "-S", "-c", textwrap.dedent(code), *arguments]
    return Service(name, argv, ENVIRONMENT, ready=ready, ready_within_seconds=10)


def pids(log: Path) -> list[int]:
    return [int(word) for word in log.read_text().split()[1:3]]


def runs(pid: int) -> bool:
    listed = subprocess.run(["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1] not in ("", "Z")


def assert_all_end(numbers: list[int]) -> None:
    deadline = time.monotonic() + 15
    while any(map(runs, numbers)):
        assert time.monotonic() < deadline, f"still running: {[pid for pid in numbers if runs(pid)]}"
        time.sleep(0.02)


@contextmanager
def supervising(folder: Path, *command: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A supervisor started by `command`, if given, and the numbers of itself and everything it runs."""
    argv = [*command, sys.executable, "-c", SUPERVISING, str(folder), LASTING]
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        supervisor = int(process.stdout.readline())
        yield process, [supervisor, *pids(folder / "web.log"), *pids(folder / "worker.log")]
        process.kill()


def test_collects_output_and_waits_until_ready(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        running = supervisor.start(
            python(
                "web", "import sys, time; print('ready', flush=True); sys.stderr.write('to both\\n'); time.sleep(600)"
            )
        )
        assert "ready" in (tmp_path / "web.log").read_text()
        assert running.exit_code() is None
        supervisor.check()
    assert running.exit_code() is not None
    assert (tmp_path / "web.log").read_text() == "ready\nto both\n"


def test_ready_may_be_a_question(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    listening = """
        import socket, sys, time
        server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        time.sleep(600)
    """
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(python("web", listening, str(port), ready=answers))
        assert answers()
    assert not answers()


def test_inherits_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_ANOTHER", "x")
    code = "import os, time; print(sorted(os.environ), 'ready', flush=True); time.sleep(600)"
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(python("web", code))
    assert "PATH" in (tmp_path / "web.log").read_text()
    assert "SECRET_OF_ANOTHER" not in (tmp_path / "web.log").read_text()


def test_keeps_the_log_of_the_run_before(tmp_path: Path) -> None:
    for run in ("first", "second"):
        with Supervisor(tmp_path) as supervisor:
            supervisor.start(python("web", f"import time; print('{run} ready', flush=True); time.sleep(600)"))
    assert (tmp_path / "web.previous.log").read_text() == "first ready\n"
    assert (tmp_path / "web.log").read_text() == "second ready\n"


def test_reports_a_service_that_fails_to_start(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed, match="web ended with code 3") as failed, Supervisor(tmp_path) as supervisor:
        supervisor.start(python("web", "import sys; print('no configuration', flush=True); sys.exit(3)"))
    assert "no configuration" in str(failed.value)
    assert failed.value.log == tmp_path / "web.log"


def test_reports_a_program_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed, match="No such file") as failed, Supervisor(tmp_path) as supervisor:
        supervisor.start(Service("web", ["/no/such/program"], ENVIRONMENT, ready="ready"))
    assert failed.value.name == "web"


def test_reports_a_service_that_is_never_ready(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-c", LASTING, "web", str(tmp_path / "ended"), "obedient"]
    never = Service("web", argv, ENVIRONMENT, ready="something else", ready_within_seconds=1)
    with pytest.raises(ServiceFailed, match="web was not ready within 1 s"), Supervisor(tmp_path) as supervisor:
        supervisor.start(never)
    assert_all_end(pids(tmp_path / "web.log"))


def test_reports_an_unexpected_end_and_stops_the_others(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-c", LASTING]
    with Supervisor(tmp_path) as supervisor:
        for name in ("web", "worker"):
            arguments = [name, str(tmp_path / "ended"), "obedient"]
            supervisor.start(Service(name, [*argv, *arguments], ENVIRONMENT, ready="pids"))
        os.kill(pids(tmp_path / "worker.log")[0], signal.SIGKILL)
        with pytest.raises(ServiceFailed, match="worker was ended by signal 9"):
            supervisor.wait()
    assert (tmp_path / "ended").read_text() == "web\n"
    assert_all_end([*pids(tmp_path / "web.log"), *pids(tmp_path / "worker.log")])


def test_kills_what_does_not_end_when_asked(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-c", LASTING, "web", str(tmp_path / "ended"), "stubborn"]
    with Supervisor(tmp_path, grace_seconds=0.2) as supervisor:
        supervisor.start(Service("web", argv, ENVIRONMENT, ready="pids"))
    assert (tmp_path / "ended").read_text() == "web\n"
    assert_all_end(pids(tmp_path / "web.log"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_reverse_order(tmp_path: Path, number: signal.Signals) -> None:
    with supervising(tmp_path) as (process, running):
        assert all(map(runs, running))
        process.send_signal(number)
        assert process.wait(15) == 128 + number
        assert not any(map(runs, running))
    assert (tmp_path / "ended").read_text() == "worker\nweb\ndatabase\n"


def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    with supervising(tmp_path) as (process, running):
        assert all(map(runs, running))
        process.kill()
        assert_all_end(running)
    assert sorted((tmp_path / "ended").read_text().split()) == ["web", "worker"]


def test_a_killed_parent_of_the_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    with supervising(tmp_path, "/bin/sh", "-c", '"$@"; exit $?', "sh") as (shell, running):
        assert all(map(runs, running))
        shell.kill()
        assert_all_end(running)
    assert (tmp_path / "ended").read_text() == "worker\nweb\ndatabase\n"
