"""Codes of an authenticator app against the published test vectors, and what is no code."""

import datetime as dt

import pytest

from tenancy.identity.one_time_codes import NO_STEP, code_at, matching_step, new_recovery_codes, normal_form

SECRET = b"12345678901234567890"
STEP = dt.timedelta(seconds=30)


def instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    assert code_at(SECRET, instant(seconds)) == code
    assert matching_step(SECRET, code, instant(seconds)) == seconds // 30


def test_one_step_of_drift_either_way_and_no_more() -> None:
    now = instant(1_800_000_000)
    code = code_at(SECRET, now)
    matches = {steps: matching_step(SECRET, code, now + steps * STEP) for steps in (-2, -1, 0, 1, 2)}
    step = 1_800_000_000 // 30
    assert matches == {-2: NO_STEP, -1: step, 0: step, 1: step, 2: NO_STEP}


@pytest.mark.parametrize("code", ["", "28708", "2870820", "28708a", "２８７０８２", " 287082", "-28708"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_step(SECRET, code, instant(59)) == NO_STEP


def test_recovery_codes_differ_and_read_the_same_however_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert normal_form(codes[0]) == normal_form(f" {codes[0].lower().replace('-', ' ')}")
