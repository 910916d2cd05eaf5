"""What the first payer pays for each line: the fee schedule, then the patient's share, then sequestration.

A line is a list of adjustments; what they leave of the charge is paid, so a line balances by construction.
"""

import msgspec

from edi.claim_837 import Claim
from edi.procedures import Adjustment, total_cents
from sandbox.payer.denials import BUNDLED, Denial, find_bundled_line
from sandbox.payer.draw import draw, happens
from sandbox.payer.profiles import Profile
from sandbox.payer.shares import fill, percent_of

DEDUCTIBLES = (2500, 5000, 7500, 10_000)


class PricedLine(msgspec.Struct):
    """What is taken off one line's charge, and why. `allowed_cents` is what the payer and the patient make up together."""

    allowed_cents: int
    adjustments: list[Adjustment]
    denial: Denial | None = None

    def add(self, group: str, reason: str, cents: int) -> None:
        """Take something off; nothing is not written."""
        if cents:
            self.adjustments.append(Adjustment(group, reason, cents))


def price(claim: Claim, profile: Profile, cut_percent: int) -> list[PricedLine]:
    """Each line as the only or first payer decides it. `cut_percent` lowers the fee schedule, for a second look at a claim."""
    lines = _fee_schedule(claim, profile, cut_percent)
    rooms = [line.allowed_cents for line in lines]
    deductible = fill(_deductible_cents(claim, profile), rooms)
    rooms = [room - share for room, share in zip(rooms, deductible, strict=True)]
    coinsurance = [percent_of(room, profile.coinsurance_percent) for room in rooms]
    copay = fill(profile.copay_cents, rooms)
    for place, line in enumerate(lines):
        payable = rooms[place] - coinsurance[place] - copay[place]
        line.add("CO", "253", percent_of(payable, profile.sequestration_percent))
        line.add("PR", "1", deductible[place])
        line.add("PR", "2", coinsurance[place])
        line.add("PR", "3", copay[place])
    return lines


def deny(claim: Claim, denial: Denial, already_decided: list[int]) -> list[PricedLine]:
    """Each line denied for what earlier payers left of it (`already_decided`: cents a line that they account for)."""
    lines = []
    for line, decided in zip(claim.lines, already_decided, strict=True):
        priced = PricedLine(0, [], denial)
        priced.add("OA", "23", decided)
        priced.add("CO", denial.reason, line.charge_cents - decided)
        lines.append(priced)
    return lines


def allowed_percent(claim: Claim, profile: Profile, cut_percent: int = 0) -> int:
    """The fee schedule for this claim: a percentage of the charge within the payer's range."""
    schedule = profile.allowed_percent
    return (
        schedule[draw(len(schedule), "allowed", claim.subscriber.payer.identifier, claim.control_number)] - cut_percent
    )


def _fee_schedule(claim: Claim, profile: Profile, cut_percent: int) -> list[PricedLine]:
    percent = allowed_percent(claim, profile, cut_percent)
    bundled = find_bundled_line(claim, profile)
    lines = []
    for place, line in enumerate(claim.lines):
        if place == bundled:
            lines.append(PricedLine(0, [Adjustment("CO", BUNDLED.reason, line.charge_cents)], BUNDLED))
            continue
        allowed = percent_of(line.charge_cents, percent)
        priced = PricedLine(allowed, [])
        priced.add("CO", "45", line.charge_cents - allowed)
        lines.append(priced)
    return lines


def _deductible_cents(claim: Claim, profile: Profile) -> int:
    about = ("deductible", claim.subscriber.payer.identifier, claim.control_number)
    if not happens(profile.deductible_percent, *about):
        return 0
    return DEDUCTIBLES[draw(len(DEDUCTIBLES), "amount", *about)]


def patient_cents(lines: list[PricedLine]) -> int:
    """What all lines together leave to the patient (CLP05)."""
    return sum(total_cents([one for one in line.adjustments if one.group == "PR"]) for line in lines)
