"""The card form's rules, by example."""

from datetime import date

import pytest
from tests.plugins.stripe_sandbox import GOOD_CARD

from sandbox.stripe.card_form import CardEntry, read_card_form
from sandbox.stripe.cards import passes_checksum

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("typed", ["11 / 26", "11/26", "1126", "11-2026", "11 / 2026", " 11/26 "])
def test_a_card_is_good_to_the_end_of_its_month(typed: str) -> None:
    entry = read_card_form({**GOOD_CARD, "card_expiry": typed}, TODAY)
    assert isinstance(entry, CardEntry)
    assert (entry.exp_month, entry.exp_year) == (11, 2026)


@pytest.mark.parametrize("typed", ["10 / 26", "00 / 30", "2030", "soon"])
def test_an_expired_or_unreadable_date_is_refused(typed: str) -> None:
    errors = read_card_form({**GOOD_CARD, "card_expiry": typed}, TODAY)
    assert not isinstance(errors, CardEntry)
    assert [error.field for error in errors] == ["card_expiry"]


def test_every_fault_is_told_at_once_in_the_order_of_the_form() -> None:
    errors = read_card_form({}, TODAY)
    assert not isinstance(errors, CardEntry)
    assert [error.field for error in errors] == list(GOOD_CARD)


@pytest.mark.parametrize("number", ["4242424242424242", "378282246310005", "6011111111111117"])
def test_the_check_digit_catches_any_single_wrong_digit(number: str) -> None:
    assert passes_checksum(number)
    for place, digit in enumerate(number):
        other = str((int(digit) + 1) % 10)
        assert not passes_checksum(number[:place] + other + number[place + 1 :])
