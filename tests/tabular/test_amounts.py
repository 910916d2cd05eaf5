"""Dollars and cents: what is read, what is refused, and no cent lost between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabular.amounts import cents_from_dollars, dollars_from_cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("123.45", 12345),
        ("0.07", 7),
        ("-0.07", -7),
        ("1234.5", 123450),
        ("$1,234,567.89", 123456789),
        ("12", 1200),
        ("-$3.00", -300),
        ("0.29", 29),  # a float would make it 28
    ],
)
def test_amounts_as_people_write_them(text: str, cents: int) -> None:
    assert cents_from_dollars(text) == cents


@pytest.mark.parametrize("text", ["", "12.345", "1e3", "1,23.00", "12,34", "twelve", "12.", "$", "١٢", "NaN", "1 000"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="dollars and cents"):
        cents_from_dollars(text)


@given(st.integers(-(10**16), 10**16))
def test_cents_survive_the_way_through_dollars(cents: int) -> None:
    assert cents_from_dollars(dollars_from_cents(cents)) == cents
