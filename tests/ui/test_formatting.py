from datetime import date

import pytest

from ui import formatting


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "$0.00"), (5, "$0.05"), (8640, "$86.40"), (123456789, "$1,234,567.89"), (-123456, "\u2212$1,234.56")],
)
def test_money_reads_as_dollars_with_a_true_minus(cents: int, text: str) -> None:
    assert formatting.money(cents) == text


def test_an_amount_taken_off_has_a_minus_and_nothing_has_none() -> None:
    assert formatting.taken_off(10600) == "\u2212$106.00"
    assert formatting.taken_off(0) == "$0.00"
    assert formatting.taken_off(-50) == "$0.50"


def test_patients_read_whole_dates_and_staff_short_ones() -> None:
    assert formatting.long_date(date(2026, 10, 21)) == "October 21, 2026"
    assert formatting.long_date(date(2024, 2, 29)) == "February 29, 2024"
    assert formatting.short_date(date(2026, 5, 3)) == "May 3"
    assert formatting.short_date(date(2026, 10, 21)) == "Oct 21"


def test_masking_hides_the_length_and_gives_a_short_identifier_away_not_at_all() -> None:
    assert formatting.masked("123456789") == "••••6789"
    assert formatting.masked("1234567890123456") == "••••3456"
    assert formatting.masked("12345678") == "••••"
    assert formatting.masked("AB1234567", shown=2) == "••••67"


def test_an_address_stays_recognizable_to_its_owner_only() -> None:
    assert formatting.masked_email("pat.doe@example.com") == "p…@example.com"
    assert formatting.masked_email("not an address") == "…"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Juniper Family Medicine", "JF"), ("St. Mary’s", "SM"), ("4th Street Clinic", "SC"), ("Élan", "É"), ("", "")],
)
def test_monogram(name: str, letters: str) -> None:
    assert formatting.initials(name) == letters


def test_a_phone_number_becomes_a_link_that_dials() -> None:
    assert formatting.phone_link("(555) 014-0110") == "tel:+15550140110"
    assert formatting.phone_link("+1 555 014 0110") == "tel:+15550140110"


def test_ten_digits_read_as_a_phone_number_and_anything_else_stays() -> None:
    assert formatting.phone("6145550110") == "(614) 555-0110"
    assert formatting.phone("+44 20 7946 0000") == "+44 20 7946 0000"
