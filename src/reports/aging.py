"""Accounts receivable by age, pure: insurance and patients apart, credits shown and never netted away.

Age is counted in days from the date each item comes with (for a claim its service date) to the date asked for.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ledger.public import INSURANCE, OpenItem


class Bucket(NamedTuple):
    """A span of ages: its label, and the last day in it (None: no end)."""

    label: str
    last_day: int | None


BUCKETS = (Bucket("0-30", 30), Bucket("31-60", 60), Bucket("61-90", 90), Bucket("91-120", 120), Bucket("120+", None))


class AgingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One span of ages, in cents. Credits are amounts we owe back, shown as negative."""

    bucket: str
    insurance_cents: int
    patient_cents: int
    credit_cents: int


class Dated(NamedTuple):
    """An open item and the date its age counts from."""

    item: OpenItem
    from_date: dt.date


def age(items: Iterable[Dated], *, as_of: dt.date) -> list[AgingRow]:
    """Every bucket, youngest first; the empty ones too, so that two reports can be laid side by side."""
    sums = {bucket.label: [0, 0, 0] for bucket in BUCKETS}
    for item, from_date in items:
        row = sums[bucket_of((as_of - from_date).days)]
        column = 2 if item.balance_cents < 0 else 0 if item.account in INSURANCE else 1
        row[column] += item.balance_cents
    return [
        AgingRow(bucket=label, insurance_cents=insurance, patient_cents=patient, credit_cents=credit)
        for label, (insurance, patient, credit) in sums.items()
    ]


def bucket_of(days: int) -> str:
    """The bucket of an age in days; what is dated after the report counts as new."""
    return next(bucket.label for bucket in BUCKETS if bucket.last_day is None or days <= bucket.last_day)
