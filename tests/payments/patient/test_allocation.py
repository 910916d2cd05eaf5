"""A patient's payment settles the oldest line first, to the cent."""

import datetime as dt

from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st

from kernel.ids import named_id
from ledger.accounts import Account
from ledger.balances import OpenItem
from payments.patient.allocation import allocate_payment

CLAIM = named_id("claim")


def owed(place: int, cents: int, day: int) -> OpenItem:
    return OpenItem(Account.PATIENT, named_id(place), CLAIM, None, cents, dt.date(2026, 9, day))


def parts_of(amount_cents: int, items: list[OpenItem]) -> tuple[list[tuple[object, int]], int]:
    parts, left = allocate_payment(amount_cents, items)
    return [(part.item_id, part.cents) for part in parts], left


NEWER, OLDER = owed(2, 3_000, 20), owed(1, 2_000, 10)


def test_the_oldest_line_is_settled_whole_before_the_next() -> None:
    assert parts_of(2_500, [NEWER, OLDER]) == ([(OLDER.item_id, 2_000), (NEWER.item_id, 500)], 0)


def test_what_nobody_owes_is_left_over() -> None:
    assert parts_of(6_000, [NEWER, OLDER]) == ([(OLDER.item_id, 2_000), (NEWER.item_id, 3_000)], 1_000)


def test_a_credit_is_left_alone() -> None:
    assert parts_of(1_000, [owed(3, -500, 1), OLDER]) == ([(OLDER.item_id, 1_000)], 0)


items = st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(1, 30)), max_size=8).map(
    lambda rows: [owed(place, cents, day) for place, (cents, day) in enumerate(rows)]
)


@given(st.integers(0, 50_000), items)
@sampling(max_examples=300, deadline=None)
def test_parts_and_remainder_are_the_payment_and_no_line_is_overpaid(amount: int, owing: list[OpenItem]) -> None:
    parts, left = allocate_payment(amount, owing)
    balances = {item.item_id: item.balance_cents for item in owing}
    assert sum(part.cents for part in parts) + left == amount
    assert all(0 < part.cents <= balances[part.item_id] for part in parts)
    assert len({part.item_id for part in parts}) == len(parts)
    still_owed = sum(max(0, cents) for cents in balances.values()) - (amount - left)
    assert left == 0 or still_owed == 0
