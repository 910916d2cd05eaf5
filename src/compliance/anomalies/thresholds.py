"""From when on something is unusual. Data, pure; officers see the ones in force with every list."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from kernel.errors import FieldError, Invalid

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Many = Annotated[int, msgspec.Meta(ge=2, le=100_000)]
Clock = Annotated[dt.time, msgspec.Meta(tz=False, examples=["06:00:00"])]
MIDNIGHT = dt.time()


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set for all rules. What is left out is as we advise."""

    records_opened_an_hour: Many = 60
    """Different patients whose records one person opened one by one."""
    patients_shown_an_hour: Many = 1_000
    """Different patients that one person was shown, in lists too."""
    day_begins: Clock = dt.time(6)
    day_ends: Clock = dt.time(21)
    """Midnight is the end of the day: from 00:00 to 00:00 is around the clock."""
    free_days: tuple[Day, ...] = ("sunday",)
    """Days of the week without office hours."""
    time_zone: Annotated[str, msgspec.Meta(max_length=64, examples=["America/New_York"])] | None = None
    """Whose clocks the hours are of; those of each practice when left out."""
    refusals_in_a_row: Many = 10
    refusals_apart_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 60
    """Refusals that are further apart are not one row."""

    def open_at(self, local: dt.datetime) -> bool:
        """Whether this is within office hours."""
        begun = self.day_begins <= local.time()
        ended = self.day_ends != MIDNIGHT and local.time() >= self.day_ends
        return begun and not ended and WEEK[local.weekday()] not in self.free_days


USUAL = Thresholds()
AN_HOUR = dt.timedelta(hours=1)
TURNED_AWAY = frozenset({401, 403, 404})
"""Answers that say: this is not yours. Forms filled in wrongly are none of them."""
LOOKING = frozenset({"read", "search", "print", "download"})
"""Categories of actions in which a person looks at something, rather than works on it."""


def refuse_impossible(asked: Thresholds, *, zones: set[str]) -> None:
    """Raises Invalid for a day that ends before it begins, a day named twice, and a time zone that is none of `zones`."""
    if asked.day_ends != MIDNIGHT and asked.day_ends <= asked.day_begins:
        raise _refusal("day_ends", "the day ends after it begins; 00:00:00 is midnight at its end")
    if len(set(asked.free_days)) < len(asked.free_days):
        raise _refusal("free_days", "name each free day once")
    if asked.time_zone is not None and asked.time_zone not in zones:
        raise _refusal("time_zone", "this is no time zone; name one like America/New_York")


def differences(before: Thresholds, after: Thresholds) -> dict[str, dict[str, object]]:
    """What changed, as an event tells it: by name, before and after."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {name: {"before": old[name], "after": new[name]} for name in new if old[name] != new[name]}


def _refusal(name: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(f"/own/{name}", message),))
