from hypothesis import given
from hypothesis import strategies as st

from ui.money_bar import Segment, segments


def _hundredths(percent: str) -> int:
    return int(percent.removesuffix("%").replace(".", ""))


def test_owners_share_the_bar_by_amount() -> None:
    assert segments([("discount", 5000), ("insurer", 0), ("patient", 15000)]) == (
        Segment("discount", "0.00%", "25.00%"),
        Segment("patient", "25.00%", "75.00%"),
    )


def test_there_is_no_bar_for_nothing_or_for_amounts_below_zero() -> None:
    assert segments([("patient", 0)]) == ()
    assert segments([("discount", 500), ("patient", -100)]) == ()


@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=8))
def test_pieces_touch_and_fill_the_whole_bar(amounts: list[int]) -> None:
    pieces = segments([("patient", cents) for cents in amounts])
    ends = [_hundredths(piece.start) + _hundredths(piece.width) for piece in pieces]
    assert [_hundredths(piece.start) for piece in pieces] == [0, *ends[:-1]]
    assert ends[-1] == 10_000
