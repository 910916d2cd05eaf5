"""For how long an agency may keep a disclosure out of the account, because the account would impede its work. Pure.

45 CFR 164.528(a)(2): health oversight agencies and law enforcement; what was only said counts for 30 days.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from compliance.disclosures.grounds import GROUNDS, MAY_SUSPEND, GroundCode
from kernel.errors import FieldError, Invalid

ORAL_STATEMENT = dt.timedelta(days=30)
"""How long what was only said counts (164.528(a)(2)(ii)(C))."""


class NewSuspension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agency stated: who, how and when, and the last day on which the patient is not to be told.

    A written statement names that day. One made orally counts for 30 days at most, which is the last day when none is given.
    """

    agency: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    statement: Literal["written", "oral"]
    stated_on: dt.date
    until: dt.date | None = None


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """A statement on record; one that was lifted no longer counts."""

    id: uuid.UUID
    disclosure_id: uuid.UUID
    agency: str
    statement: str
    stated_on: dt.date
    until: dt.date
    recorded_by: uuid.UUID | None
    recorded_at: dt.datetime
    lifted_at: dt.datetime | None
    lifted_because: str | None


def withheld_until(suspensions: Sequence[Suspension]) -> dt.date | None:
    """The last day on which the patient is not to be told, by the statements that were not lifted."""
    return max((one.until for one in suspensions if one.lifted_at is None), default=None)


def last_day(new: NewSuspension, ground: GroundCode, *, day: dt.date, at: str = "") -> dt.date:
    """The last day of a suspension. Raises Invalid for one that the rule does not know; `at` is where in the body it stands."""
    if ground not in MAY_SUSPEND:
        grounds = " and ".join(sorted(GROUNDS[one].words.lower() for one in MAY_SUSPEND))
        raise _refusal(f"{at}/agency", f"only for {grounds} an agency may ask that the patient is not told")
    if new.stated_on > day:
        raise _refusal(f"{at}/stated_on", "this day is still to come")
    longest = new.stated_on + ORAL_STATEMENT
    if new.statement == "oral":
        if new.until is not None and new.until > longest:
            raise _refusal(
                f"{at}/until", f"what was said orally counts for 30 days, to {longest}, unless it comes in writing"
            )
        until = new.until or longest
    elif new.until is None:
        raise _refusal(f"{at}/until", "a written statement names the time for which the patient is not to be told")
    else:
        until = new.until
    if until < new.stated_on:
        raise _refusal(f"{at}/until", "this day is before the one on which it was stated")
    return until


def _refusal(pointer: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(pointer, message),))
