"""Text cells that a spreadsheet would run as a formula, made harmless and turned back.

A cell that begins with = + - @, a tab or a line break is a formula to Excel, LibreOffice and others, even in a CSV file
and even when quoted (OWASP, "CSV Injection"). An apostrophe before it makes it text. So that reading gives back exactly
what was written, a text that begins with apostrophes and such a character is given one more apostrophe too.
"""

import re

_RUNS_AS_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")


def guard(text: str) -> str:
    """The text as it may stand in a file that a spreadsheet opens."""
    return f"'{text}" if _RUNS_AS_FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if _GUARDED.match(text) else text
