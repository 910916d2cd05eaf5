"""Periods of time that reports are about, as they are asked for."""

import datetime as dt
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from kernel.clock import wall_now
from kernel.errors import FieldError, Invalid

KEPT = dt.timedelta(days=6 * 366)
"""Six years (45 CFR 164.316(b)(2)), and a little: events are kept by whole months."""
FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Between them dates can be reckoned with in every time zone; there are no events before and after."""

Since = Annotated[
    dt.datetime | None,
    QueryParameter(description="Events from this moment on, with its time zone: 2026-01-31T17:00:00Z."),
]
Until = Annotated[
    dt.datetime | None, QueryParameter(description="Events before this moment, with its time zone; now when left out.")
]


class Period(msgspec.Struct, frozen=True):
    """From `since` until before `until`."""

    since: dt.datetime
    until: dt.datetime


def asked_period(
    since: dt.datetime | None, until: dt.datetime | None, *, usual: dt.timedelta, longest: dt.timedelta = KEPT
) -> Period:
    """The period asked for; without a beginning the `usual` time before its end. Raises Invalid, naming the parameter."""
    for name, value in (("since", since), ("until", until)):
        if value is not None and value.tzinfo is None:
            raise _refusal(name, f"{name} needs a time zone, for example 2026-01-31T17:00:00Z")
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise _refusal(name, f"{name} is in a year from {FIRST_YEAR} to {LAST_YEAR}")
    end = until or wall_now()
    begin = since or end - usual
    if begin >= end:
        raise _refusal("since", "since must be before until")
    if end - begin > longest:
        raise _refusal("since", f"since may be at most {longest.days} days before until")
    return Period(begin, end)


def _refusal(name: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(f"/{name}", message, "query"),))
