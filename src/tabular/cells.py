"""One cell: text to value by its declared column, and back."""

import re
from datetime import date

from tabular.amounts import cents_from_dollars, dollars_from_cents
from tabular.columns import Column, ColumnKind, Value

_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


class CellRefused(Exception):
    """The cell cannot be read as its column. The message is a reason without the cell's text."""


def parse_cell(column: Column, text: str) -> Value:
    """The value of a cell, white space around it ignored. None when it is empty and may be. CellRefused otherwise."""
    text = text.strip()
    if not text:
        if column.required:
            raise CellRefused("is empty but required")
        return None
    match column.kind:
        case ColumnKind.TEXT:
            return _parse_text(column, text)
        case ColumnKind.DATE:
            return _parse_date(text)
        case ColumnKind.MONEY:
            return _within(column, _parse_money(text))
        case ColumnKind.INTEGER:
            return _within(column, _parse_integer(text))
        case ColumnKind.CHOICE:
            return _parse_choice(column, text)


def format_cell(column: Column, value: Value) -> str:
    """The text that `parse_cell` reads as this value: ISO dates, two decimals. TypeError for another type."""
    if value is None:
        return ""
    match column.kind:
        case ColumnKind.DATE if isinstance(value, date):
            return value.isoformat()
        case ColumnKind.MONEY if isinstance(value, int):
            return dollars_from_cents(value)
        case ColumnKind.INTEGER if isinstance(value, int):
            return str(value)
        case ColumnKind.TEXT | ColumnKind.CHOICE if isinstance(value, str):
            return value
    raise TypeError(f"column {column.name} holds {column.kind}, not {type(value).__name__}")


def _parse_text(column: Column, text: str) -> str:
    if column.max_length is not None and len(text) > column.max_length:
        raise CellRefused(f"has more than {column.max_length} characters")
    if column.pattern is not None and not re.fullmatch(column.pattern, text):
        raise CellRefused("does not have the expected shape")
    return text


def _parse_date(text: str) -> date:
    # Excel rewrites ISO dates as month/day/year when a CSV is opened and saved, so both are read.
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _US_DATE.fullmatch(text):
        month, day, year = map(int, found.groups())
    else:
        raise CellRefused("is not a date")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise CellRefused(f"has a year outside {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise CellRefused("is not a day of the calendar") from None


def _parse_money(text: str) -> int:
    try:
        return cents_from_dollars(text)
    except ValueError:
        raise CellRefused("is not an amount of dollars and cents") from None


def _parse_integer(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise CellRefused("is not a whole number")
    return int(text)


def _parse_choice(column: Column, text: str) -> str:
    for choice in column.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise CellRefused("is none of the choices")


def _within(column: Column, number: int) -> int:
    if column.minimum is not None and number < column.minimum:
        raise CellRefused("is less than allowed")
    if column.maximum is not None and number > column.maximum:
        raise CellRefused("is more than allowed")
    return number
