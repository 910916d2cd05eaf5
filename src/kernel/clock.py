"""The one source of time.

Business time (`now`, `today`) may be fixed by a setting, so that a billing day can be replayed to the byte. Lifetimes that
guard something (sessions, scopes, links) use `wall_now`, which nothing can fix.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_business_time", default=None)
_process_fixed: dt.datetime | None = None


def wall_now() -> dt.datetime:
    """The real time in UTC, whatever the business clock says."""
    return dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """The business instant in UTC."""
    return _fixed.get() or _process_fixed or wall_now()


def today(zone: str) -> dt.date:
    """The business date in a practice's time zone (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


def fix_process_time(instant: dt.datetime | None) -> None:
    """Fix (or free) business time for the whole process; called once at start, from settings."""
    global _process_fixed
    _process_fixed = instant


@contextmanager
def fixed(instant: dt.datetime) -> Iterator[None]:
    """Fix business time within a block: for tests and for replaying a day."""
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)
