"""What a later payer pays: of what the earlier ones left to the patient, up to what it would have allowed itself.

The earlier payers' payments and discounts come back as OA-23, so that the line balances to the submitted charge.
"""

from edi.claim_837 import Claim, ServiceLine
from edi.procedures import Adjustment, total_cents
from sandbox.payer.draw import happens
from sandbox.payer.pricing import PricedLine, allowed_percent
from sandbox.payer.profiles import Profile
from sandbox.payer.shares import fill, percent_of


def coordinate(claim: Claim, profile: Profile) -> list[PricedLine]:
    """Each line as a second or third payer decides it."""
    effects = prior_effects(claim)
    covered = [
        _covered(claim, profile, line, effect, paid)
        for line, effect, paid in zip(claim.lines, effects, _prior_payments(claim), strict=True)
    ]
    left = fill(_left_cents(claim, profile), covered)
    lines = []
    for line, effect, room, share in zip(claim.lines, effects, covered, left, strict=True):
        priced = PricedLine(room, [])
        priced.add("OA", "23", effect)
        priced.add("CO", "45", line.charge_cents - effect - room)
        priced.add("PR", profile.left_reason, share)
        lines.append(priced)
    return lines


def prior_effects(claim: Claim) -> list[int]:
    """Cents of each line that earlier payers account for: what they paid and everything but the patient's share."""
    if any(line.adjudications for line in claim.lines):
        return [
            _within(line, sum(one.paid_cents + _not_patient(one.adjustments) for one in line.adjudications))
            for line in claim.lines
        ]
    total = sum((other.paid_cents or 0) + _not_patient(other.adjustments) for other in claim.others)
    return fill(total, [line.charge_cents for line in claim.lines])


def _prior_payments(claim: Claim) -> list[int]:
    if any(line.adjudications for line in claim.lines):
        return [sum(one.paid_cents for one in line.adjudications) for line in claim.lines]
    return fill(sum(other.paid_cents or 0 for other in claim.others), [line.charge_cents for line in claim.lines])


def _covered(claim: Claim, profile: Profile, line: ServiceLine, effect: int, paid: int) -> int:
    remaining = line.charge_cents - effect
    if profile.kind == "supplement":
        return remaining
    allowed = percent_of(line.charge_cents, allowed_percent(claim, profile))
    return max(0, min(remaining, allowed - paid))


def _left_cents(claim: Claim, profile: Profile) -> int:
    about = ("left", claim.subscriber.payer.identifier, claim.control_number)
    return profile.left_cents if happens(profile.left_percent, *about) else 0


def _not_patient(adjustments: list[Adjustment]) -> int:
    return total_cents([one for one in adjustments if one.group != "PR"])


def _within(line: ServiceLine, cents: int) -> int:
    return max(0, min(cents, line.charge_cents))
