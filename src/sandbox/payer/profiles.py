"""How each payer of the sandbox pays. Percentages and amounts are invented, and plausible."""

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One payer's way of paying.

    `allowed_percent` of the charge is allowed, the rest is CO-45. The patient owes `copay_cents` once a claim, or
    `coinsurance_percent` of what is allowed, and on some claims a deductible first. `sequestration_percent` is taken off the
    payment (CO-253).
    """

    name: str
    allowed_percent: int
    coinsurance_percent: int = 0
    copay_cents: int = 0
    deductible_cents: int = 0
    sequestration_percent: int = 0
    secondary_percent: int = 100
    """As a later payer: how much of what the earlier one left it takes over."""
    secondary_remainder: str = "CO-45"
    """What becomes of the rest: a discount, or the patient's (`PR-2`)."""


OTHERS = Profile(name="SANDBOX HEALTH PLAN", allowed_percent=75, coinsurance_percent=10)
"""For payers without a profile of their own."""

PROFILES: dict[str, Profile] = {
    "90001": Profile(
        name="MEDICARE PART B",
        allowed_percent=68,
        coinsurance_percent=20,
        deductible_cents=4_000,
        sequestration_percent=2,
    ),
    "90002": Profile(name="STATE MEDICAID PLAN", allowed_percent=62, secondary_percent=60),
    "90003": Profile(
        name="BLUE HERON HEALTH PLAN",
        allowed_percent=80,
        copay_cents=2_500,
        secondary_percent=80,
        secondary_remainder="PR-2",
    ),
    "90004": Profile(
        name="SUMMIT MUTUAL INSURANCE", allowed_percent=85, coinsurance_percent=15, deductible_cents=7_500
    ),
    "90005": Profile(name="HARBOR SUPPLEMENTAL", allowed_percent=100, secondary_percent=100),
}


def profile_of(payer_id: str) -> Profile:
    """The payer's profile, or the common one."""
    return PROFILES.get(payer_id, OTHERS)
