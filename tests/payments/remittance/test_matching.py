"""Which claim and which line a payer means: by numbers first, never by position."""

import datetime as dt

import pytest
from tests.payments.books import FIRST_DAY, Claim, Line

from kernel.ids import named_id
from payments.remittance.content import KeptClaim, KeptLine
from payments.remittance.matching import CERTAIN_ENOUGH, match_claim, match_lines

VISIT = Line(named_id(1), "A1L1", 15_000, "99213")
TEST = Line(named_id(2), "A1L2", 2_500, "87880")
OURS = Claim(named_id("claim"), "RB0000018", 1, (VISIT, TEST), payer_claim_number="ICN-7")


def paid_claim(number: str = "RB0000018", *, charge_cents: int = 17_500, payer_claim_number: str = "") -> KeptClaim:
    return KeptClaim(
        claim_number=number,
        payer_claim_number=payer_claim_number,
        status_code="1",
        charge_cents=charge_cents,
        paid_cents=0,
        patient_cents=0,
    )


def paid_line(
    code: str = "99213",
    charge_cents: int = 15_000,
    *,
    control_number: str = "",
    submitted: str = "",
    service_date: dt.date | None = FIRST_DAY,
) -> KeptLine:
    return KeptLine(control_number, code, (), submitted, charge_cents, 0, service_date)


@pytest.mark.parametrize(
    ("kept", "certain", "words"),
    [
        (paid_claim(), True, "our claim number, same charge"),
        (paid_claim(charge_cents=-17_500), True, "our claim number, same charge"),
        (paid_claim(charge_cents=17_400), False, "our claim number, another charge"),
        (paid_claim("OTHER", payer_claim_number="ICN-7"), True, "the payer's claim number, same charge"),
        (paid_claim("OTHER", payer_claim_number="ICN-7", charge_cents=1), False, "another charge"),
        (paid_claim("OTHER", payer_claim_number="ICN-8"), False, "neither claim number fits"),
        (paid_claim("OTHER"), False, "neither claim number fits"),
    ],
)
def test_a_claim_is_known_by_a_number_and_its_charge(kept: KeptClaim, words: str, *, certain: bool) -> None:
    match = match_claim(kept, OURS)
    assert (match.score >= CERTAIN_ENOUGH) is certain
    assert words in match.reason


def test_lines_are_known_by_their_control_number_in_any_order() -> None:
    kept = [paid_line("00000", 1, control_number="A1L2"), paid_line("00000", 1, control_number="A1L1")]
    assert match_lines(kept, OURS.lines) == {0: TEST.id, 1: VISIT.id}


def test_without_control_numbers_lines_are_known_by_procedure_date_and_charge() -> None:
    assert match_lines([paid_line("87880", 2_500), paid_line()], OURS.lines) == {0: TEST.id, 1: VISIT.id}


def test_a_recoded_line_is_known_by_what_was_submitted() -> None:
    assert match_lines([paid_line("99212", submitted="99213")], OURS.lines) == {0: VISIT.id}


def test_a_reversed_line_has_its_charge_with_the_sign_turned() -> None:
    assert match_lines([paid_line(charge_cents=-15_000, service_date=None)], OURS.lines) == {0: VISIT.id}


@pytest.mark.parametrize("kept", [paid_line("99214"), paid_line(charge_cents=14_999)])
def test_a_line_that_fits_none_of_ours_matches_nothing_at_all(kept: KeptLine) -> None:
    assert match_lines([paid_line("87880", 2_500), kept], OURS.lines) is None


def test_the_same_line_is_never_matched_twice() -> None:
    assert match_lines([paid_line(), paid_line()], OURS.lines) is None


def test_of_lines_that_differ_only_by_date_the_date_decides() -> None:
    second_day = FIRST_DAY + dt.timedelta(days=1)
    twin = Line(named_id(3), "A1L3", 15_000, "99213", second_day)
    kept = [paid_line(service_date=second_day), paid_line()]
    assert match_lines(kept, (VISIT, twin)) == {0: twin.id, 1: VISIT.id}
    assert match_lines([paid_line(service_date=None)], (VISIT, twin)) is None


def test_lines_alike_in_everything_may_stand_for_each_other() -> None:
    twin = Line(named_id(3), "A1L3", 15_000, "99213")
    found = match_lines([paid_line(), paid_line()], (VISIT, twin))
    assert found is not None
    assert set(found.values()) == {VISIT.id, twin.id}
