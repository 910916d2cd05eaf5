"""The process: it watches folders, answers whole files, and may be killed at any moment."""

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.sandbox.payer.claims_files import HERON, SUMMIT, claim, claims_file

FILES = {
    "000000001-summit.837": claims_file(1, [claim(number, SUMMIT) for number in range(1, 40)]),
    "000000002-bheron.837": claims_file(2, [claim(number, HERON) for number in range(40, 80)]),
    "000000003-summit.837": claims_file(3, [claim(number, SUMMIT) for number in range(80, 120)]),
    "000000004-broken.837": b"not a claims file",
}
PATIENCE_SECONDS = 30


def deliver(exchange: Path, *, practice: str = "riverbend") -> None:
    folder = exchange / practice / "to-payer"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)


def answers(exchange: Path, *, practice: str = "riverbend") -> dict[str, bytes]:
    folder = exchange / practice / "from-payer"
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*")} if folder.exists() else {}


def command(exchange: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "sandbox.payer", "--exchange", str(exchange), "--today", "2026-09-30", *options]


def run_once(exchange: Path) -> dict[str, bytes]:
    subprocess.run(command(exchange, "--once"), check=True, capture_output=True)
    return answers(exchange)


@contextmanager
def running(exchange: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command(exchange), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(exchange: Path, count: int, *, practice: str = "riverbend") -> None:
    for _ in range(PATIENCE_SECONDS * 100):
        if len(answers(exchange, practice=practice)) >= count:
            return
        time.sleep(0.01)
    pytest.fail(f"fewer than {count} answers came")


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, bytes]:
    deliver(tmp_path / "reference")
    return run_once(tmp_path / "reference")


def test_answers_are_named_after_what_they_answer(expected: dict[str, bytes]) -> None:
    kinds = ("277ca", "835", "999")
    complete = [Path(name).stem for name in FILES if "broken" not in name]
    assert sorted(expected) == sorted(
        [*(f"{stem}.{kind}" for stem in complete for kind in kinds), "000000004-broken.999"]
    )
    assert b"*22*" in expected["000000003-summit.835"]


def test_a_watching_payer_answers_every_practice_and_stops_when_told(
    tmp_path: Path, expected: dict[str, bytes]
) -> None:
    exchange = tmp_path / "exchange"
    with running(exchange) as process:
        deliver(exchange)
        deliver(exchange, practice="cedar-hill")
        wait_for(exchange, len(expected))
        wait_for(exchange, len(expected), practice="cedar-hill")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert answers(exchange) == expected


@pytest.mark.parametrize("killed_after", [1, 4, 7])
def test_killed_at_any_moment_the_same_answers_stand_in_the_end(
    tmp_path: Path, expected: dict[str, bytes], killed_after: int
) -> None:
    exchange = tmp_path / "exchange"
    with running(exchange) as process:
        deliver(exchange)
        wait_for(exchange, killed_after)
        process.kill()
    assert run_once(exchange) == expected


def test_whatever_answers_are_missing_come_back_the_same(tmp_path: Path, expected: dict[str, bytes]) -> None:
    exchange = tmp_path / "exchange"
    deliver(exchange)
    assert run_once(exchange) == expected
    for mark in (exchange / "riverbend").glob(".*.done"):
        mark.unlink()
    for name in itertools.islice(sorted(expected), 0, None, 3):
        (exchange / "riverbend" / "from-payer" / name).unlink()
    (exchange / "riverbend" / "from-payer" / ".000000001-summit.835.part").write_bytes(b"half")
    assert run_once(exchange) == expected


def test_an_answer_is_never_written_again(tmp_path: Path, expected: dict[str, bytes]) -> None:
    exchange = tmp_path / "exchange"
    deliver(exchange)
    run_once(exchange)
    folder = exchange / "riverbend" / "from-payer"
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert run_once(exchange) == expected
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written


def test_an_unusable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "exchange").write_bytes(b"a file")
    done = subprocess.run(command(tmp_path / "exchange", "--once"), check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--exchange" in done.stderr
    assert "Traceback" not in done.stderr
