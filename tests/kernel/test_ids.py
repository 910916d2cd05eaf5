"""Ids have their shape, named ones come out the same everywhere, and a mistyped number is noticed."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import check_digit, control_number, named_id, new_id

DIGITS = st.text("0123456789", min_size=6, max_size=12)


def test_a_new_id_is_a_version_7_uuid_that_begins_with_its_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_new_ids_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_a_named_id_is_the_same_in_every_version_of_the_product() -> None:
    """If this value changes, every import that runs again adds its rows a second time."""
    assert named_id("claim", "RB000019") == uuid.UUID("50112003-60b7-5a51-8d20-9e073fcd5c9d")


def test_names_that_only_run_together_alike_are_different_names() -> None:
    assert len({named_id("a", "bc"), named_id("ab", "c"), named_id("abc"), named_id("a", "b", "c")}) == 4


@given(DIGITS, st.data())
def test_one_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))
    assert check_digit(digits[:place] + other + digits[place + 1 :]) != check_digit(digits)


def test_most_swapped_neighbors_are_noticed() -> None:
    """Weights 7-3-1 miss a swap only of digits that differ by 5; that is known, and it is no more than that."""
    missed = {
        (first, second)
        for start in range(3)
        for first in "0123456789"
        for second in "0123456789"
        if first != second and check_digit("0" * start + first + second) == check_digit("0" * start + second + first)
    }
    assert missed == {(a, b) for a in "0123456789" for b in "0123456789" if abs(int(a) - int(b)) == 5}


def test_a_control_number_names_the_practice_and_ends_with_its_check_digit() -> None:
    assert control_number("RB", 12) == "RB0000125"
    assert control_number("RB", 12_345_678).startswith("RB12345678")


def test_a_control_number_fits_the_payers_that_cut_at_17() -> None:
    assert len(control_number("ABCDEFGHIJ", 1)) == 17
    with pytest.raises(ValueError, match="use a shorter prefix"):
        control_number("ABCDEFGHIJK", 1)
