"""Logs hold what is known to be harmless, and an error's place instead of its values."""

import json
import logging

import pytest
import structlog

from kernel.logging import ALLOWED, configure_logging, error_place, keep_allowed


def test_an_unknown_key_is_dropped_and_counted() -> None:
    kept = keep_allowed(None, "info", {"event": "claim held", "claim_id": "1", "patient_name": "Petra Marlowe"})
    assert kept == {"event": "claim held", "count": 2}


def test_a_count_that_was_said_stays() -> None:
    assert keep_allowed(None, "info", {"event": "e", "count": 7, "ssn": "0"}) == {"event": "e", "count": 7}


def test_known_keys_stay() -> None:
    event = dict.fromkeys(ALLOWED, "x")
    assert keep_allowed(None, "info", dict(event)) == event


def test_a_line_written_by_a_service_passes_through_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        configure_logging()
        structlog.get_logger("test").warning("claim held", state="held", member_id="SYN100200")
    finally:
        structlog.reset_defaults()
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["state"], line["level"]) == ("claim held", "held", "warning")
    assert "SYN100200" not in str(line)


def fail(birth_date: str) -> None:
    raise ValueError(f"bad birth date {birth_date}")


def test_an_errors_place_is_where_it_was_raised_and_holds_no_value() -> None:
    with pytest.raises(ValueError, match="1980") as raised:
        fail("1980-02-29")
    place = error_place(raised.value)
    assert place == f"{__name__}:{fail.__code__.co_firstlineno + 1}"
    assert error_place(ValueError("never raised")) == ""


@pytest.mark.parametrize("library", ["dramatiq", "stripe", "httpx"])
def test_a_library_that_quotes_what_it_works_on_is_not_heard(library: str, capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger(library)
    before = logger.level
    try:
        configure_logging()
        logger.info("asked for patient MARKER-1980")
        if library == "dramatiq":
            logger.error("failed to process message MARKER-1980")
    finally:
        logger.setLevel(before)
        structlog.reset_defaults()
    assert "MARKER-1980" not in "".join(capfd.readouterr())
