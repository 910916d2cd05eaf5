"""Element text to values and back: money as integer cents, dates, decimal quantities. No float anywhere.

The tables convert by lookup, which keeps reading fast. Each remembers a bounded number of distinct texts and begins anew
when it is full, so that a long-lived process stays as fast as a young one.
An empty element gives 0 cents, or no date, or no quantity. Text that is not a value raises ValueError.
"""

import datetime as dt
import re
from decimal import Decimal

_REMEMBERED = 50_000
_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)?")


def parse_cents(text: str) -> int:
    """Cents of a monetary element such as ``446.59``, ``-5`` or ``.5``.

    ValueError for anything else, a fraction of a cent included: money is never rounded on reading.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not an amount")
    whole, _, fraction = text.partition(".")
    if fraction[2:].strip("0"):
        raise ValueError("a fraction of a cent")
    return int((whole if whole not in ("", "-") else whole + "0") + fraction[:2].ljust(2, "0"))


def format_cents(cents: int) -> str:
    """Shortest X12 form of an amount: ``446.59``, ``100``, ``0.5``."""
    whole, fraction = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole}.{fraction:02}".rstrip("0") if fraction else f"{sign}{whole}"


def parse_date(text: str) -> dt.date:
    """Date of a CCYYMMDD element; ValueError for any other form or an impossible day."""
    if not _DATE.fullmatch(text):
        raise ValueError("not a date")
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def format_date(date: dt.date | None) -> str:
    """CCYYMMDD, or an empty element."""
    return f"{date.year:04}{date.month:02}{date.day:02}" if date else ""


def parse_time(text: str) -> dt.time:
    """Time of an HHMM, HHMMSS or HHMMSSD(D) element; hundredths are dropped."""
    if not _TIME.fullmatch(text):
        raise ValueError("not a time")
    return dt.time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0))


def format_time(time: dt.time) -> str:
    """HHMM, or HHMMSS where there are seconds."""
    return f"{time.hour:02}{time.minute:02}" + (f"{time.second:02}" if time.second else "")


def parse_range(text: str) -> tuple[dt.date | None, dt.date | None]:
    """Both ends of an RD8 element (``CCYYMMDD-CCYYMMDD``)."""
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError("not a range of dates")
    return parse_date(start), parse_date(end)


def parse_quantity(text: str) -> Decimal:
    """Decimal of a numeric element; ValueError for anything that is not plain digits with an optional point."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def format_quantity(quantity: Decimal | None) -> str:
    """Plain digits without exponent, padding zeros or a bare point; an empty element for none."""
    if not quantity:
        return "" if quantity is None else "0"
    text = f"{quantity:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


class _Cents(dict[str, int]):
    def __missing__(self, text: str) -> int:
        # The two usual forms first: only ASCII digits are decimal in Latin-1, so int() sees nothing else.
        if text.isdecimal():
            value = int(text) * 100
        elif text[-3:-2] == "." and (digits := text[:-3] + text[-2:]).isdecimal():
            value = int(digits)
        else:
            value = parse_cents(text) if text else 0
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Dates(dict[str, dt.date | None]):
    def __missing__(self, text: str) -> dt.date | None:
        value = parse_date(text) if text else None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Quantities(dict[str, Decimal | None]):
    def __missing__(self, text: str) -> Decimal | None:
        value = parse_quantity(text) if text else None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Periods(dict[str, tuple[dt.date | None, dt.date | None]]):
    def __missing__(self, text: str) -> tuple[dt.date | None, dt.date | None]:
        value = parse_range(text) if "-" in text else (parse_date(text) if text else None, None)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Times(dict[str, dt.time | None]):
    def __missing__(self, text: str) -> dt.time | None:
        value = parse_time(text) if text else None
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _CentsText(dict[int, str]):
    def __missing__(self, cents: int) -> str:
        text = format_cents(cents)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cents] = text
        return text


class _DateText(dict[dt.date | None, str]):
    def __missing__(self, date: dt.date | None) -> str:
        text = format_date(date)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[date] = text
        return text


class _QuantityText(dict[Decimal | None, str]):
    def __missing__(self, quantity: Decimal | None) -> str:
        text = format_quantity(quantity)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[quantity] = text
        return text


CENTS = _Cents()
"""Monetary text to cents; empty text is 0."""
DATES = _Dates()
"""CCYYMMDD text to a date; empty text is None."""
QUANTITIES = _Quantities()
"""Numeric text to a Decimal; empty text is None."""
PERIODS = _Periods()
"""A D8 or RD8 element to its first and last day; the last is None for a single day."""
TIMES = _Times()
"""HHMM and longer forms to a time; empty text is None."""
CENTS_TEXT = _CentsText()
"""Cents to monetary text."""
DATE_TEXT = _DateText()
"""A date to CCYYMMDD; None is an empty element."""
QUANTITY_TEXT = _QuantityText()
"""A Decimal to numeric text; None is an empty element."""
