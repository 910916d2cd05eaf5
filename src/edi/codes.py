"""Codes kept by others: what can be told of them without their lists, and the small lists that hardly ever change.

`CodeLists` is how a caller brings full lists; where there is none, only the shape of a code is checked and the report
says so.
"""

import re
from typing import Literal, Protocol

CodeSet = Literal["ICD-10-CM", "CARC", "RARC", "taxonomy", "place of service", "HCPCS"]


class CodeLists(Protocol):
    """Full code lists, in whatever edition fits the file."""

    def known(self, code_set: CodeSet, code: str) -> bool | None:
        """Whether the list holds the code; None when no such list is loaded."""


class NoCodeLists:
    """No list at hand: shapes only."""

    def known(self, code_set: CodeSet, code: str) -> bool | None:
        """Always None."""
        return None


_SHAPES: dict[CodeSet, re.Pattern[str]] = {
    "ICD-10-CM": re.compile(r"[A-Z][0-9][0-9A-Z](?:[0-9A-Z]{1,4})?"),
    "CARC": re.compile(r"[1-9][0-9]{0,2}|[ABDPWY][1-9][0-9]?"),
    "RARC": re.compile(r"MA?[0-9]{1,3}|N[0-9]{1,4}"),
    "taxonomy": re.compile(r"[0-9A-Z]{9}X"),
    "HCPCS": re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]"),
}

SHAPES_IN_WORDS: dict[CodeSet, str] = {
    "ICD-10-CM": "a letter, a digit and up to five more characters, without the point",
    "CARC": "one to three digits, or a letter and one or two digits",
    "RARC": "M, MA or N and digits",
    "taxonomy": "ten characters ending in X",
    "place of service": "a place of service code such as 11",
    "HCPCS": "five characters such as 99213",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACES_OF_SERVICE = _words("""
    01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 34 41 42
    49 50 51 52 53 54 55 56 57 58 60 61 62 65 66 71 72 81 99""")
"""CMS place of service codes."""

STATES = _words("""
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI FM MH PW AA AE AP UM
    AB BC MB NB NL NT NS NU ON PE QC SK YT""")
"""States, territories and military mail regions of the United States, and provinces of Canada."""


def code_is_possible(code_set: CodeSet, code: str) -> bool:
    """Whether the code could be one of its set, by shape or by a list that is built in."""
    if code_set == "place of service":
        return code in PLACES_OF_SERVICE
    return _SHAPES[code_set].fullmatch(code) is not None


def npi_is_valid(npi: str) -> bool:
    """Ten digits whose check digit is right: Luhn over the prefix 80840 and the number (CMS NPI standard)."""
    if len(npi) != 10 or not npi.isascii() or not npi.isdigit():
        return False
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(npi):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
