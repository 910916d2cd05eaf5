"""Money, dates and masked identifiers as people read them.

Everything here is American English and free of the process locale, so that a page reads the same on every machine.
The style sheet sets money in tabular figures (class `figures`); this module only chooses the characters.
"""

from __future__ import annotations

import re
from datetime import date

from kernel.money import dollars

MINUS = "\u2212"
BULLET = "\u2022"

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_NANP_DIGITS = 10


def money(cents: int) -> str:
    """`$1,234.56`, and `−$1,234.56` with a true minus sign, from integer cents."""
    return f"{MINUS if cents < 0 else ''}${dollars(abs(cents))}"


def taken_off(cents: int) -> str:
    """An amount that a sum subtracts: 10600 reads `−$106.00`, nothing reads `$0.00`."""
    return money(-cents)


def long_date(day: date) -> str:
    """`October 21, 2026`: the form patients read."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def short_date(day: date) -> str:
    """`Oct 21`: the form staff scan. The year is left to the column or the heading."""
    return f"{MONTHS[day.month - 1][:3]} {day.day}"


def masked(identifier: str, *, shown: int = 4) -> str:
    """`••••6789`: the last `shown` characters behind four bullets.

    The number of bullets is always four, so that the length stays hidden too. An identifier no longer than twice
    `shown` is hidden whole, because its tail would give most of it away.
    """
    bullets = BULLET * 4
    return bullets + identifier[-shown:] if len(identifier) > 2 * shown else bullets


def masked_email(address: str) -> str:
    """`p…@example.com`: enough to recognize one's own address, too little to learn another's."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}…@{domain}" if mailbox else "…"


def initials(name: str) -> str:
    """Up to two capitals for a monogram: `Juniper Family Medicine` gives `JF`."""
    return "".join(re.findall(r"\b[^\W\d_]", name)[:2]).upper()


def phone(digits: str) -> str:
    """Ten digits as people write them: `(614) 555-0110`; anything else as it is."""
    if len(digits) != _NANP_DIGITS or not digits.isdigit():
        return digits
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def phone_link(number: str) -> str:
    """The `tel:` address of a telephone number as people write it; ten digits are taken as North American."""
    digits = re.sub(r"\D", "", number)
    return f"tel:+1{digits}" if len(digits) == _NANP_DIGITS else f"tel:+{digits}"
