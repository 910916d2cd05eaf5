"""Which ten digits can be a National Provider Identifier."""

import pytest

from directory.public import npi_is_valid


@pytest.mark.parametrize("npi", ["1234567893", "2999901012", "1245319599"])
def test_a_sound_check_digit_is_taken(npi: str) -> None:
    assert npi_is_valid(npi)


@pytest.mark.parametrize("place", range(10))
def test_one_wrong_digit_anywhere_is_seen(place: int) -> None:
    sound = "1234567893"
    wrong = sound[:place] + str((int(sound[place]) + 1) % 10) + sound[place + 1 :]
    assert not npi_is_valid(wrong)


@pytest.mark.parametrize(
    "npi", ["", "123456789", "12345678930", "3234567891", "123456789X", " 234567893", "１２３４５６７８９３"]
)
def test_what_is_not_ten_digits_beginning_with_1_or_2_is_none(npi: str) -> None:
    assert not npi_is_valid(npi)
