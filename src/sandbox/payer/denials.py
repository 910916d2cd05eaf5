"""Why a payer pays nothing: rules that look at the claim, and a few denials drawn by chance.

Reasons are claim adjustment reason codes (CARC) under group CO, remarks are remittance advice remark codes (RARC).
"""

import datetime as dt

import msgspec

from edi.claim_837 import Claim
from sandbox.payer.draw import draw, happens
from sandbox.payer.profiles import Profile


class Denial(msgspec.Struct, frozen=True):
    """A reason, with the remark that explains it where the reason alone does not."""

    reason: str
    remark: str = ""


TOO_LATE = Denial("29")
OTHER_PAYER_FIRST = Denial("22", "MA04")
BUNDLED = Denial("97", "M15")

BY_CHANCE = (
    Denial("197"),  # precertification or authorization absent
    Denial("16", "M76"),  # lacks information: diagnosis missing or incomplete
    Denial("50", "N115"),  # not deemed a medical necessity, by a local coverage determination
    Denial("16", "N286"),  # lacks information: referring provider identifier
)


def find_denial(claim: Claim, profile: Profile, received: dt.date) -> Denial | None:
    """Why the whole claim is denied, or None. `received` is the day the claim was sent, as its file says."""
    is_first = claim.subscriber.responsibility == "P"
    if is_first and _days_late(claim, profile, received) > 0:
        return TOO_LATE
    if not is_first and not was_decided_before(claim):
        return OTHER_PAYER_FIRST
    about = (claim.subscriber.payer.identifier, claim.control_number, claim.frequency)
    if happens(profile.denied_percent, "denied", *about):
        return BY_CHANCE[draw(len(BY_CHANCE), "why", *about)]
    return None


def find_bundled_line(claim: Claim, profile: Profile) -> int | None:
    """Position of a line that is paid with another one, or None. The first line is never it."""
    about = (claim.subscriber.payer.identifier, claim.control_number, claim.frequency)
    if len(claim.lines) > 1 and happens(profile.bundled_percent, "bundled", *about):
        return 1 + draw(len(claim.lines) - 1, "line", *about)
    return None


def was_decided_before(claim: Claim) -> bool:
    """Whether an earlier payer's decision came with the claim (AMT*D)."""
    return any(other.paid_cents is not None for other in claim.others)


def _days_late(claim: Claim, profile: Profile, received: dt.date) -> int:
    dates = [line.service_date for line in claim.lines if line.service_date is not None]
    return (received - min(dates)).days - profile.timely_filing_days if dates else 0
