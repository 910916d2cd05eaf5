"""Chance that is always the same: numbers drawn from a hash of what they are about, so that every run decides alike."""

import hashlib


def draw(below: int, *about: object) -> int:
    """A number from 0 up to `below`, the same whenever it is about the same."""
    digest = hashlib.sha256("\x1f".join(map(str, about)).encode()).digest()
    return int.from_bytes(digest[:8]) % below


def happens(percent: int, *about: object) -> bool:
    """True in this many of a hundred cases."""
    return draw(100, *about) < percent


def digits(count: int, *about: object) -> str:
    """A number of exactly this many digits, for identifiers."""
    return f"{draw(10**count, *about):0{count}}"
