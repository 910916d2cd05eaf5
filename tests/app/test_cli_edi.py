"""`billwright edi`, as a person or a script runs it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.edi.examples import (
    ENVELOPE,
    billing,
    claim,
    dependent_claim,
    outgoing,
    paid_claim,
    remittance,
    secondary_claim,
)

from app.cli_edi import edi
from edi.check import check
from edi.claim_837p import write_837p
from edi.remittance_835 import read_835, write_835

CLAIMS = write_837p(
    ENVELOPE,
    [
        outgoing(claim(), secondary_claim(), dependent_claim()),
        outgoing(claim(control_number="PCN77", billing=billing("OTHER PRACTICE", "1999999992")), control_number="0002"),
    ],
)
REMITTANCE = write_835(ENVELOPE, [remittance(paid_claim(), paid_claim(control_number="PCN200"))])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Names of files to work on."""
    contents = {
        "claims": CLAIMS,
        "remittance": REMITTANCE,
        "unbalanced": REMITTANCE.replace(b"BPR*I*160*", b"BPR*I*160.01*"),
        "faulty": CLAIMS.replace(b"HI*ABK:I10*ABF:E119~", b"", 1),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


def run(*arguments: str, given: bytes | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(edi, list(arguments), input=given)


def test_check_prints_one_json_object_per_file_and_tells_by_exit_code(files: dict[str, str]) -> None:
    outcome = run("check", "--json", files["remittance"], files["unbalanced"])
    good, bad = (json.loads(line) for line in outcome.stdout.splitlines())
    assert outcome.exit_code == 1
    assert (good["ok"], bad["ok"]) == (True, False)
    assert good["transactions"] == [{"set": "835", "version": "005010X221A1", "control": "0001", "claims": 2}]
    assert good["payments"][0] == {
        "trace": "EFT0001",
        "payer_id": "1999999999",
        "payee_npi": "1999999984",
        "amount_cents": 16000,
        "claims": 2,
        "claim_paid_cents": 16000,
        "plb_cents": 0,
        "balanced": True,
    }
    wrong = [finding for finding in bad["findings"] if finding["severity"] == "error"]
    assert [(one["code"], one["element"], one["text"], one["segment"]) for one in wrong] == [
        ("balance.payment", "BPR02", "160.01", 4)
    ]
    assert run("check", files["remittance"], files["claims"]).exit_code == 0


def test_check_reads_standard_input_and_is_readable(files: dict[str, str]) -> None:
    outcome = run("check", "-", given=Path(files["faulty"]).read_bytes())
    assert outcome.exit_code == 1
    assert "guide.missing-segment" in outcome.stdout
    assert "2 × 837 005010X222A1, 4 claims" in outcome.stdout


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    assert run("check", "no-such-file").exit_code == 2


def test_show_finds_one_claim_or_says_that_it_is_not_there(files: dict[str, str]) -> None:
    found = run("show", "--json", "--claim", "PCN200", files["remittance"])
    [value] = [json.loads(line) for line in found.stdout.splitlines()]
    assert (value["type"], value["value"]["control_number"]) == ("ClaimPayment", "PCN200")
    missing = run("show", "--claim", "PCN999", files["remittance"])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "PCN999" in missing.stderr


def test_explain_says_what_was_paid_and_whether_it_adds_up(files: dict[str, str]) -> None:
    good, bad = run("explain", files["remittance"]).stdout, run("explain", files["unbalanced"]).stdout
    assert "PRAIRIE HEALTH PLAN pays HARBOR FAMILY MEDICINE $160.00" in good
    assert "-$40.50 CO-45" in good
    assert "The payment equals this sum." in good
    assert "The payment does not balance" in bad


def test_ack_answers_with_ta1_and_999(files: dict[str, str]) -> None:
    accepted, rejected = run("ack", files["claims"]), run("ack", files["faulty"])
    assert (accepted.exit_code, rejected.exit_code) == (0, 1)
    assert "~TA1*000000017*260302*0930*A*000~" in accepted.stdout
    assert "~AK9*A*2*2*2~" in accepted.stdout
    assert "~IK3*HI*" in rejected.stdout
    assert "~AK9*P*2*2*1~" in rejected.stdout


@pytest.mark.parametrize(
    ("by", "name", "count"), [("claim", "claims", 4), ("st", "claims", 2), ("claim", "remittance", 2)]
)
def test_split_gives_whole_files(files: dict[str, str], tmp_path: Path, by: str, name: str, count: int) -> None:
    into = tmp_path / "pieces"
    assert run("split", files[name], "--by", by, "--into", str(into)).exit_code == 0
    pieces = sorted(into.iterdir())
    assert len(pieces) == count
    for piece in pieces:
        levels = {finding.level for finding in check(piece.read_bytes()).findings if finding.is_error}
        assert levels <= ({3} if name == "remittance" else set())


def test_redact_keeps_structure_and_sums_and_drops_every_identity(files: dict[str, str]) -> None:
    outcome = run("redact", files["remittance"])
    redacted = outcome.stdout_bytes
    for identity in (b"FIELD", b"ROSA", b"W000000001", b"PCN100001", b"HARBOR", b"PRAIRIE", b"1999999984", b"20260216"):
        assert identity in REMITTANCE
        assert identity not in redacted
    assert check(redacted).ok
    [before], [after] = read_835(REMITTANCE), read_835(redacted)
    assert [one.paid_cents for one in after.claims] == [one.paid_cents for one in before.claims]
    assert redacted.count(b"~") == REMITTANCE.count(b"~")


def test_what_cannot_be_done_is_said_and_told_by_exit_code(files: dict[str, str], tmp_path: Path) -> None:
    wrong = run("explain", files["claims"])
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "holds no 835" in wrong.stderr
    into = str(tmp_path / "pieces")
    assert run("split", files["claims"], "--by", "st", "--into", into).exit_code == 0
    again = run("split", files["claims"], "--by", "st", "--into", into)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert run("split", files["claims"]).exit_code == 2
    nobody = run("ack", "-", given=b"nothing of the kind")
    assert nobody.exit_code == 1
    assert "no interchange" in nobody.stderr


def said_to_a_terminal(*arguments: str) -> str:
    """What a person at a terminal sees on standard error while the command runs."""
    terminal, shown = pty.openpty()
    try:
        command = [sys.executable, "-m", "app.cli", "edi", *arguments]
        subprocess.run(command, stderr=shown, stdout=subprocess.DEVNULL, check=True, timeout=120)
        os.close(shown)
        return _all_of(terminal)
    finally:
        os.close(terminal)


def _all_of(terminal: int) -> str:
    """Everything a terminal was sent; reading one whose other side is closed fails when all is read."""
    sent = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            sent += piece
    except OSError:
        pass
    return sent.decode()


def test_progress_is_shown_on_large_files_and_only_to_people(files: dict[str, str], tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(REMITTANCE + b"\n" * (11 << 20))
    seen = said_to_a_terminal("explain", str(large))
    assert "  9 % of 11 MB" in seen
    assert seen.count("100 % of 11 MB") == 1
    assert said_to_a_terminal("explain", files["remittance"]) == ""
    command = [sys.executable, "-m", "app.cli", "edi", "explain", str(large)]
    piped = subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert piped.stderr == b""
    assert b"pays" in piped.stdout
