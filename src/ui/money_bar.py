"""Pure: the widths of a bar that splits one amount among its owners, in hundredths of a percent."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

_WHOLE = 10_000


class Segment(msgspec.Struct, frozen=True):
    """One owner's piece: where it starts and how wide it is, as the percent texts that SVG takes."""

    owner: str
    start: str
    width: str


def segments(parts: Iterable[tuple[str, int]]) -> tuple[Segment, ...]:
    """Pieces for `(owner, cents)` in order, together exactly 100 %; none when an amount is negative or all are zero.

    Positions are rounded, widths are their differences, so rounding never leaves a gap or an overlap.
    """
    amounts = [(owner, cents) for owner, cents in parts if cents]
    total_cents = sum(cents for _, cents in amounts)
    if not amounts or any(cents < 0 for _, cents in amounts):
        return ()
    found = []
    passed_cents = 0
    for owner, cents in amounts:
        start = _position(passed_cents, total_cents)
        passed_cents += cents
        width = _position(passed_cents, total_cents) - start
        found.append(Segment(owner=owner, start=_percent(start), width=_percent(width)))
    return tuple(found)


def _position(cents: int, total_cents: int) -> int:
    return (2 * cents * _WHOLE + total_cents) // (2 * total_cents)


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
