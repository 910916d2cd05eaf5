"""Receivables by age: the edges of the buckets, who owes, and credits that hide nothing."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st

from kernel.ids import new_id
from ledger.public import Account, OpenItem
from reports.aging import BUCKETS, AgingRow, Dated, age, bucket_of

AS_OF = dt.date(2026, 9, 30)


def item(account: Account, cents: int, days: int) -> Dated:
    from_date = AS_OF - dt.timedelta(days=days)
    return Dated(OpenItem(account, new_id(), None, None, cents, AS_OF), from_date)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "0-30"),
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "120+"),
        (5_000, "120+"),
    ],
)
def test_the_edges_of_the_buckets(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def test_insurers_patients_and_credits_stand_apart_and_empty_buckets_are_shown() -> None:
    rows = age(
        [
            item(Account.INSURANCE_1, 20_000, 10),
            item(Account.INSURANCE_2, 6_400, 30),
            item(Account.PATIENT, 2_000, 0),
            item(Account.PATIENT, -500, 12),
            item(Account.INSURANCE_1, -700, 45),
            item(Account.PATIENT, 900, 200),
        ],
        as_of=AS_OF,
    )
    assert rows == [
        AgingRow(bucket="0-30", insurance_cents=26_400, patient_cents=2_000, credit_cents=-500),
        AgingRow(bucket="31-60", insurance_cents=0, patient_cents=0, credit_cents=-700),
        AgingRow(bucket="61-90", insurance_cents=0, patient_cents=0, credit_cents=0),
        AgingRow(bucket="91-120", insurance_cents=0, patient_cents=0, credit_cents=0),
        AgingRow(bucket="120+", insurance_cents=0, patient_cents=900, credit_cents=0),
    ]


def test_age_counts_to_the_day_that_is_asked_about() -> None:
    one = [item(Account.PATIENT, 1_000, 0)]
    later = age(one, as_of=AS_OF + dt.timedelta(days=95))
    assert [row.bucket for row in later if row.patient_cents] == ["91-120"]
    assert [row.bucket for row in age(one, as_of=AS_OF) if row.patient_cents] == ["0-30"]


items = st.lists(
    st.builds(
        item,
        st.sampled_from([Account.INSURANCE_1, Account.INSURANCE_2, Account.INSURANCE_3, Account.PATIENT]),
        st.integers(-(10**9), 10**9),
        st.integers(-30, 4_000),
    ),
    max_size=30,
)


@given(items)
@sampling(max_examples=200, deadline=None)
def test_the_buckets_add_up_to_everything_that_is_open(open_items: list[Dated]) -> None:
    rows = age(open_items, as_of=AS_OF)
    assert [row.bucket for row in rows] == [bucket.label for bucket in BUCKETS]
    whole = sum(one.item.balance_cents for one in open_items)
    assert sum(row.insurance_cents + row.patient_cents + row.credit_cents for row in rows) == whole
    assert all(row.credit_cents <= 0 <= min(row.insurance_cents, row.patient_cents) for row in rows)
