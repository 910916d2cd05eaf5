"""The National Provider Identifier: ten digits, the last of which proves the others.

Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit".
"""

_PREFIX = "80840"
"""80 for health, 840 for the United States: part of the number that is checked, never of the number that is written."""


def npi_is_valid(npi: str) -> bool:
    """Whether these are ten ASCII digits beginning with 1 or 2 whose last one is right: Luhn over 80840 and the number."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()) or npi[0] not in "12":
        return False
    return _luhn_sum(_PREFIX + npi) % 10 == 0


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right is doubled, and the digits of what comes out are added."""
    return sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 else int(digit) for place, digit in enumerate(reversed(digits))
    )
