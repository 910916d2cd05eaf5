"""Identifiers: random ones that sort roughly by time, and named ones that a rerun makes again.

Order is never read from an id. Human-readable numbers carry a check digit, so that a mistyped one is refused rather than
matched to somebody else.
"""

import os
import time
import uuid

_NAMESPACE = uuid.UUID("6f1c0d52-51f2-5b0e-9d0b-62696c6c7772")
_CHECK_WEIGHTS = (7, 3, 1)


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of wall-clock milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def named_id(*parts: object) -> uuid.UUID:
    """The id of something that has a natural name, the same wherever and whenever it is made.

    An import that runs twice makes the same ids, so the second run finds its rows instead of adding to them.
    """
    return uuid.uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))


def check_digit(digits: str) -> str:
    """The check digit of a number we print (weights 7-3-1 over the digits, as on machine-readable travel documents)."""
    total = sum(int(digit) * _CHECK_WEIGHTS[place % 3] for place, digit in enumerate(digits))
    return str(total % 10)


def control_number(prefix: str, sequence: int) -> str:
    """A claim or account number: letters naming the practice, a sequence of at least six digits, a check digit.

    Some payers cut CLM01 at 17 characters, so the whole stays within that.
    """
    digits = f"{sequence:06d}"
    number = f"{prefix}{digits}{check_digit(digits)}"
    if len(number) > 17:
        raise ValueError(f"control number {number} is over 17 characters; use a shorter prefix")
    return number
