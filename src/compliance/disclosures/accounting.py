"""The account of what was told to others about a patient: which lines it has, and what it says about itself. Pure."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from compliance.columns import count, text
from compliance.disclosures.grounds import DISCLOSING_ACTIONS, GROUNDS, GroundCode
from tabular.columns import Column, ColumnKind, Value

YEARS = 6
UNKNOWN_ADDRESS = "Address not known"


class View(StrEnum):
    """What the law asks for, or that together with everything else on record."""

    STATUTORY = "statutory"
    WITH_PAYMENT = "with_payment"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One time that something was told: what a person recorded, or what the audit log shows."""

    disclosed_on: dt.date
    recipient_name: str
    recipient_address: str
    what: str
    purpose: str
    ground: GroundCode
    withheld_until: dt.date | None = None
    disclosure_id: uuid.UUID | None = None
    """The record that a person made; without one the audit log shows it."""


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the account: date, to whom, what, why (164.528(b)(2))."""

    disclosed_on: dt.date
    recipient_name: str
    recipient_address: str
    what: str
    purpose: str
    ground: str
    required: bool
    """Whether the law asks for this line."""
    times: int = 1
    """How many disclosures this line sums up; it describes the first one."""
    last_disclosed_on: dt.date


class Accounting(msgspec.Struct, frozen=True, kw_only=True):
    """The account of one patient, from `since` to `until`, both days included.

    `withheld` lines are left out of every view for now, because an agency asked for it (164.528(a)(2)); the patient must not learn of
    them, so the files do not say how many there are.
    """

    patient_id: uuid.UUID
    patient_name: str
    account_number: str
    practice_name: str
    practice_address: Sequence[str]
    practice_phone: str
    view: View
    title: str
    statement: str
    summarized: bool
    since: dt.date
    until: dt.date
    made_on: dt.date
    lines: Sequence[AccountLine]
    withheld: int


TITLES: Mapping[View, str] = {
    View.STATUTORY: "Accounting of disclosures",
    View.WITH_PAYMENT: "All disclosures on record",
}
STATEMENTS: Mapping[View, str] = {
    View.STATUTORY: (
        "This is the accounting of disclosures under 45 CFR 164.528. It lists each time that your health information was given to"
        " others, except where the law does not ask for it: above all for treatment, for payment and for health care operations, to"
        " yourself, and with your authorization. Claims sent to your insurer are payment and are not in this list."
    ),
    View.WITH_PAYMENT: (
        "This is more than the accounting of disclosures under 45 CFR 164.528. It lists every disclosure on record, including those"
        " that the law leaves out: claims sent to insurers (payment), treatment, health care operations, and disclosures with your"
        " authorization. The last column says which lines the law requires."
    ),
}


SUMMARIZED = (
    " Several disclosures to the same recipient for the same purpose stand in one line, as 45 CFR 164.528(b)(3) allows: the first in"
    " full, how many there were in this time, and the date of the last."
)


def told_by_event(action: str, day: dt.date, details: Mapping[str, Any], payers: Mapping[str, str]) -> Told:
    """What an event of the audit log shows was told. `payers` are names by code; a code that is no longer known stands for itself."""
    known = DISCLOSING_ACTIONS[action]
    code = str(details.get(known.recipient_in, ""))
    return Told(
        disclosed_on=day,
        recipient_name=payers.get(code, code),
        recipient_address="",
        what=known.what,
        purpose=known.purpose,
        ground=known.ground,
    )


def account_lines(
    told: Iterable[Told], view: View, *, as_of: dt.date, summarized: bool = False
) -> tuple[list[AccountLine], int]:
    """The lines of a view by date, and how many disclosures are withheld on that day.

    With `summarized`, several to one recipient for one purpose are one line: the first in full, how many, the last day (164.528(b)(3)).
    """
    wanted = [one for one in told if view is View.WITH_PAYMENT or GROUNDS[one.ground].accounted]
    open_now = [one for one in wanted if one.withheld_until is None or one.withheld_until < as_of]
    open_now.sort(key=lambda one: (one.disclosed_on, one.recipient_name, one.what))
    together = _summed_up(open_now) if summarized else [[one] for one in open_now]
    return [_line(several) for several in together], len(wanted) - len(open_now)


def _summed_up(told: Iterable[Told]) -> list[list[Told]]:
    """Those that may stand in one line, in the order of their first."""
    together: dict[Any, list[Told]] = {}
    for place, one in enumerate(told):
        same = (one.ground, *map(_folded, (one.recipient_name, one.recipient_address, one.purpose)))
        together.setdefault(same if GROUNDS[one.ground].summed_up else place, []).append(one)
    return list(together.values())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _line(several: Sequence[Told]) -> AccountLine:
    first, ground = several[0], GROUNDS[several[0].ground]
    return AccountLine(
        disclosed_on=first.disclosed_on,
        recipient_name=first.recipient_name,
        recipient_address=first.recipient_address or UNKNOWN_ADDRESS,
        what=first.what,
        purpose=first.purpose,
        ground=ground.words,
        required=ground.accounted,
        times=len(several),
        last_disclosed_on=several[-1].disclosed_on,
    )


def six_years_before(day: dt.date) -> dt.date:
    """The earliest day that a patient can ask about (164.528(a)(1))."""
    try:
        return day.replace(year=day.year - YEARS)
    except ValueError:  # February 29
        return day.replace(year=day.year - YEARS, day=28)


COLUMNS = (
    Column(name="date", kind=ColumnKind.DATE, meaning="When it was told", example="2026-03-02"),
    count("times", "How many disclosures this line sums up"),
    Column(name="last_date", kind=ColumnKind.DATE, meaning="When the last of them was", example="2026-03-02"),
    text("recipient", "To whom"),
    text("recipient_address", "Where they are"),
    text("what", "What was told"),
    text("purpose", "Why"),
    text("ground", "On which ground of the Privacy Rule"),
    text("required_by_164_528", "Whether 45 CFR 164.528 asks for this line"),
    text("list", "Which list this is"),
)


def account_rows(account: Accounting) -> list[dict[str, Value]]:
    """The account's lines for a file; each says which list it is of."""
    return [
        {
            "date": line.disclosed_on,
            "times": line.times,
            "last_date": line.last_disclosed_on,
            "recipient": line.recipient_name,
            "recipient_address": line.recipient_address,
            "what": line.what,
            "purpose": line.purpose,
            "ground": line.ground,
            "required_by_164_528": "yes" if line.required else "no",
            "list": account.title,
        }
        for line in account.lines
    ]
