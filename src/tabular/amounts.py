"""Dollars as people write them, and integer cents, without a float between them."""

import re

_DOLLARS = re.compile(r"(?P<sign>-?)\$?(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.(?P<cents>[0-9]{1,2}))?")


def cents_from_dollars(text: str) -> int:
    """Cents of "123.45", "1,234.5", "$12" or "-0.07". ValueError for anything else, a third decimal included."""
    found = _DOLLARS.fullmatch(text)
    if found is None:
        raise ValueError("not an amount of dollars and cents")
    cents = int(found["whole"].replace(",", "")) * 100 + int((found["cents"] or "").ljust(2, "0"))
    return -cents if found["sign"] else cents


def dollars_from_cents(amount_cents: int) -> str:
    """Dollars with two decimals, no currency sign, no thousands separators: 12345 gives "123.45"."""
    whole, cents = divmod(abs(amount_cents), 100)
    return f"{'-' if amount_cents < 0 else ''}{whole}.{cents:02d}"
