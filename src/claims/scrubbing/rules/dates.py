"""Dates: services happened, to somebody who was born, and the payer still takes the claim."""

from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot

SOON_DAYS = 14


def service_is_past(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A service is billed after it was given."""
    if claim.service_date > claim.today:
        yield Fault("service_date", "the service date lies in the future; correct it or bill it then")


def service_is_after_birth(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Nobody is treated before being born."""
    if claim.service_date < claim.patient.birth_date:
        yield Fault("patient/birth_date", "the service date lies before the patient's birth; check both dates")


def filing_is_timely(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The payer's filing limit, counted from the service date; a warning in its last two weeks."""
    if claim.payer_order > 1:
        message = "not checked: a later payer counts its filing limit from the answer of the one before"
        yield Fault("service_date", message, "info")
        return
    left = claim.timely_filing_days - (claim.today - claim.service_date).days
    if left < 0:
        yield Fault(
            "service_date",
            f"the payer's filing limit of {claim.timely_filing_days} days passed {-left} days ago; ask a lead what to do",
        )
    elif left <= SOON_DAYS:
        yield Fault("service_date", f"only {left} days are left of the payer's filing limit; send it now", "warn")
