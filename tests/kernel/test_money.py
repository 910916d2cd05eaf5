"""Cents and the text people write: nothing is lost on the way, and parts sum to the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import allocate, cents_from_dollars, dollars, plain_dollars

CENTS = st.integers(-99_999_999_999_999, 99_999_999_999_999)


@given(CENTS)
def test_cents_written_for_machines_read_back(cents: int) -> None:
    assert cents_from_dollars(plain_dollars(cents)) == cents


@given(CENTS)
def test_people_see_the_same_digits_with_separators(cents: int) -> None:
    assert dollars(cents).replace(",", "") == plain_dollars(cents)


@pytest.mark.parametrize(
    ("text", "cents"), [("1234.5", 123_450), ("0", 0), ("-0.07", -7), (" 12 ", 1_200), ("1234.50", 123_450)]
)
def test_dollars_are_read(text: str, cents: int) -> None:
    assert cents_from_dollars(text) == cents


@pytest.mark.parametrize(
    "text", ["", "1,234.50", "$5", "1.234", ".5", "5.", "1e3", "NaN", "--1", "+1", "1 000", "1234567890123", "1.-5"]
)
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 120\.50"):
        cents_from_dollars(text)


def test_amounts_read_as_in_a_letter() -> None:
    assert [dollars(123_450), dollars(-5), dollars(0)] == ["1,234.50", "-0.05", "0.00"]


WEIGHTS = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=30).filter(any)


@given(CENTS, WEIGHTS)
def test_parts_sum_to_the_whole_and_are_off_by_less_than_a_cent(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(CENTS, WEIGHTS)
def test_a_refund_splits_as_the_payment_did(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


def test_the_odd_cents_go_to_the_largest_remainders_earlier_ones_first() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(100, [1, 5]) == [17, 83]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="at least one positive"):
        allocate(100, weights)
