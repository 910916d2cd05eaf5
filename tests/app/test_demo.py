"""`billwright demo` as a person runs it: the same to the byte however often, wherever, and whatever was killed on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.postgres import remove

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-m", "app.cli", "demo", "--json", "--home"]
PATIENCE_SECONDS = 400
"""Only ends what hangs: a run takes some fifteen seconds on an idle machine."""
SENT_WITHIN_SECONDS = 200


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("demo") / "home"
    yield home
    remove(home / "postgres")


@pytest.fixture
def another_home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    remove(home / "postgres")


@pytest.fixture(scope="module")
def facts(demo_home: Path) -> bytes:
    """What an undisturbed first run prints."""
    return run(demo_home)


def run(home: Path) -> bytes:
    done = subprocess.run([*DEMO, str(home)], capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    return done.stdout


def test_a_second_run_prints_the_same_bytes(demo_home: Path, facts: bytes) -> None:
    assert b'"unexplained_cents": 0' in facts
    assert run(demo_home) == facts


@pytest.mark.parametrize("victim", ["worker", "database"])
def test_after_a_kill_in_the_middle_another_run_ends_with_the_same_books(
    another_home: Path, facts: bytes, victim: str
) -> None:
    """Also what a run in another folder prints, since these are others."""
    home = another_home
    find = {"worker": _worker, "database": _postmaster}[victim]
    cut_short = subprocess.Popen([*DEMO, str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        _wait_for(lambda: _claims_are_sent(home), cut_short)
        os.kill(find(home, cut_short.pid), signal.SIGKILL)
        _, said = cut_short.communicate(timeout=PATIENCE_SECONDS)
    finally:
        cut_short.terminate()
        cut_short.communicate()
    assert cut_short.returncode != 0
    assert b"Traceback" not in said, said.decode()[-2_000:]
    assert run(home) == facts


def _claims_are_sent(home: Path) -> bool:
    """Steps 2 and 3 have begun: claims of one practice are out, and answers come in."""
    return any(home.glob("exchange/*/*/from-payer/*"))


def _wait_for(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SENT_WITHIN_SECONDS
    while not done():
        assert process.poll() is None, "the demonstration ended before it could be disturbed"
        assert time.monotonic() < deadline, "no claims were sent"
        time.sleep(0.01)


def _postmaster(home: Path, _: int) -> int:
    """For root the data lies elsewhere, and the first line of a note says where."""
    folder, note = home / "postgres", home / "postgres" / "moved-to"
    data = Path(note.read_text(encoding="utf-8").splitlines()[0]) if note.exists() else folder / "data"
    return int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def _worker(_: Path, demo: int) -> int:
    """The process itself, not the guard that stands between it and the supervisor."""
    listed = subprocess.run(["/bin/ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    guards = {pid for pid, parent, _ in rows if int(parent) == demo}
    return next(int(pid) for pid, parent, args in rows if parent in guards and args.endswith("app.cli worker"))
