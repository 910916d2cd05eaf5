"""Amounts: each line costs something for at least one unit, and the lines are the claim."""

from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot

MOST_LINES = 50


def there_are_lines(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A professional claim holds 1 to 50 lines (X222A1 loop 2400)."""
    if not 1 <= len(claim.lines) <= MOST_LINES:
        yield Fault("lines", f"the claim has {len(claim.lines)} lines and may have 1 to {MOST_LINES}")


def charges_are_positive(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Every line charges more than nothing."""
    for line in claim.lines:
        if line.charge_cents <= 0:
            yield Fault(
                f"lines/{line.line_number}/charge_cents",
                f"line {line.line_number}: the charge must be more than $0.00",
            )


def units_are_positive(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Every line has at least one unit."""
    for line in claim.lines:
        if line.units <= 0:
            yield Fault(f"lines/{line.line_number}/units", f"line {line.line_number}: at least one unit")


def lines_make_up_the_claim(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The lines add up to the claim's charge (CLM02 and SV102)."""
    if sum(line.charge_cents for line in claim.lines) != claim.charge_cents:
        yield Fault("charge_cents", "the lines do not add up to the claim's charge; capture the encounter again")
