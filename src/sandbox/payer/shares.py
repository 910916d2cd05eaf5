"""How an amount is cut into shares, in integer cents."""

from collections.abc import Iterable


def percent_of(cents: int, percent: int) -> int:
    """This many percent, half a cent rounded up."""
    return (cents * percent + 50) // 100


def fill(cents: int, rooms: Iterable[int]) -> list[int]:
    """Spread an amount over rooms in order, each filled before the next; what fits nowhere is left out."""
    filled = []
    for room in rooms:
        share = max(0, min(cents, room))
        filled.append(share)
        cents -= share
    return filled
