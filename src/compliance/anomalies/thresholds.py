"""From when on something is unusual. Data, pure; the company's officers see them with every list."""

import datetime as dt

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """One set for all practices. Hours are those of the practice's own time zone."""

    records_opened_an_hour: int = 60
    """Different patients whose records one person opened one by one."""
    patients_shown_an_hour: int = 1_000
    """Different patients that one person was shown, in lists too."""
    day_begins: dt.time = dt.time(6)
    day_ends: dt.time = dt.time(21)
    free_days: tuple[int, ...] = (6,)
    """Days of the week without office hours; Monday is 0."""
    refusals_in_a_row: int = 10
    refusals_apart: dt.timedelta = dt.timedelta(hours=1)
    """Refusals that are further apart are not one row."""


USUAL = Thresholds()
AN_HOUR = dt.timedelta(hours=1)
TURNED_AWAY = frozenset({401, 403, 404})
"""Answers that say: this is not yours. Forms filled in wrongly are none of them."""
LOOKING = frozenset({"read", "search", "print", "download"})
"""Categories of actions in which a person looks at something, rather than works on it."""
