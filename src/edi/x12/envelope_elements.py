"""What the elements of ISA, GS and ST may say, beyond their lengths."""

import re
from collections.abc import Iterator

from edi.x12.values import parse_date, parse_time

_PLAIN = re.compile(r"[ -~]+")
_DIGITS = re.compile(r"[0-9]{1,9}")
_NOTE = re.compile(r"0[0-2][0-9]|03[01]")
_SET_NUMBER = re.compile(r"[ -~]{4,9}")

ElementFault = tuple[str, str, str, str]
"""Finding code, element, offending text, what would be right."""


def isa_faults(values: list[str], delimiters: str) -> Iterator[ElementFault]:
    """`values[1]` is ISA01; none of the delimiters may stand in an element."""
    for at in range(1, 9):
        if not _PLAIN.fullmatch(values[at]) or any(mark in values[at] for mark in delimiters):
            yield "syntax.character", f"ISA{at:02}", values[at], "plain characters"
    if not _is_date("20" + values[9]):
        yield "syntax.date", "ISA09", values[9], "a date as YYMMDD"
    if not _is_time(values[10]):
        yield "syntax.time", "ISA10", values[10], "a time as HHMM"
    if not re.fullmatch("[0-9]{9}", values[13]):
        yield "syntax.number", "ISA13", values[13], "nine digits"
    if values[14] not in ("0", "1"):
        yield "syntax.envelope-code", "ISA14", values[14], "0 or 1"
    if values[15] not in ("P", "T", "I"):
        yield "syntax.envelope-code", "ISA15", values[15], "P, T or I"


def gs_faults(values: list[str]) -> Iterator[ElementFault]:
    """`values[1]` is GS01; missing elements are empty."""
    for at in (2, 3):
        if not _PLAIN.fullmatch(values[at]) or not 2 <= len(values[at]) <= 15:
            yield "syntax.character", f"GS{at:02}", values[at], "2 to 15 plain characters"
    if not _is_date(values[4]):
        yield "syntax.date", "GS04", values[4], "a date as CCYYMMDD"
    if not _is_time(values[5]):
        yield "syntax.time", "GS05", values[5], "a time as HHMM"
    if not _DIGITS.fullmatch(values[6]):
        yield "syntax.number", "GS06", values[6], "one to nine digits"
    if values[7] != "X":
        yield "syntax.envelope-code", "GS07", values[7], "X"


def st_faults(values: list[str]) -> Iterator[ElementFault]:
    """`values[1]` is ST01; missing elements are empty."""
    if not _SET_NUMBER.fullmatch(values[2]):
        yield "syntax.character", "ST02", values[2], "4 to 9 plain characters"


def ta1_faults(values: list[str]) -> Iterator[ElementFault]:
    """`values[1]` is TA101; missing elements are empty."""
    if not re.fullmatch("[0-9]{9}", values[1]):
        yield "syntax.number", "TA101", values[1], "nine digits"
    if not _is_date("20" + values[2]):
        yield "syntax.date", "TA102", values[2], "a date as YYMMDD"
    if not _is_time(values[3]):
        yield "syntax.time", "TA103", values[3], "a time as HHMM"
    if values[4] not in ("A", "E", "R"):
        yield "syntax.envelope-code", "TA104", values[4], "A, E or R"
    if not _NOTE.fullmatch(values[5]):
        yield "syntax.envelope-code", "TA105", values[5], "a note code from 000 to 031"
    for at, value in enumerate(values[6:], start=6):
        if value:
            yield "syntax.too-many-elements", f"TA1{at:02}", value, "nothing after TA105"


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True
