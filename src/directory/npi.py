"""The check digit of a National Provider Identifier."""

PREFIX = "80840"
"""Stands for US health applications in front of the ten digits (45 CFR 162.406; CMS NPI check digit rule)."""


def npi_is_valid(npi: str) -> bool:
    """Whether ten digits carry the right check digit: Luhn over the prefix and the number."""
    if len(npi) != 10 or not npi.isascii() or not npi.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(PREFIX + npi)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
