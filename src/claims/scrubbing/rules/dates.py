"""Dates: services happened, and the payer still takes the claim."""

from collections.abc import Iterator

from claims.scrubbing.engine import Finding
from claims.scrubbing.snapshot import ClaimSnapshot

SOON_DAYS = 14


def service_is_past(claim: ClaimSnapshot) -> Iterator[Finding]:
    """DAT-001: a service is billed after it was given."""
    if any(line.service_date > claim.today for line in claim.lines) or claim.service_date > claim.today:
        yield Finding(
            "DAT-001", "block", "service_date", "the service date lies in the future; correct it or bill it then"
        )


def filing_is_timely(claim: ClaimSnapshot) -> Iterator[Finding]:
    """DAT-002: the payer's filing limit, counted from the service date; a warning in the last two weeks. Secondary claims count
    from the primary's answer and are not checked here."""
    if claim.payer_order > 1:
        return
    left = claim.timely_filing_days - (claim.today - claim.service_date).days
    if left < 0:
        message = f"the payer's filing limit of {claim.timely_filing_days} days passed {-left} days ago; document why and ask a lead"
        yield Finding("DAT-002", "block", "service_date", message)
    elif left <= SOON_DAYS:
        yield Finding("DAT-002", "warn", "service_date", f"only {left} days are left of the payer's filing limit")
