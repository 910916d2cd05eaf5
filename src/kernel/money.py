"""Money is an int of cents. These functions are the only doors between cents and text, and the only division.

No function here accepts a float.
"""

import re
from collections.abc import Sequence

_DOLLARS = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,2}))?")


def cents_from_dollars(text: str) -> int:
    """Read "1234.5" as 123450 cents. Raises ValueError for anything but digits with at most two decimals."""
    match = _DOLLARS.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an amount: expected digits with at most two decimals, such as 120.50")
    sign, whole, fraction = match.groups()
    cents = int(whole) * 100 + int((fraction or "").ljust(2, "0"))
    return -cents if sign else cents


def dollars(cents: int) -> str:
    """Write 123450 cents as "1,234.50", negative amounts with a leading minus sign."""
    whole, fraction = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{fraction:02d}"


def plain_dollars(cents: int) -> str:
    """Write 123450 cents as "1234.50", for files that machines read."""
    return dollars(cents).replace(",", "")


def allocate(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights so that the parts sum to the whole.

    The odd cents go to the largest remainders, earlier parts first. Raises ValueError when no weight is positive.
    """
    if any(weight < 0 for weight in weights) or not any(weights):
        raise ValueError("weights must be non-negative and at least one positive")
    sign = -1 if total_cents < 0 else 1
    total, whole = abs(total_cents), sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
