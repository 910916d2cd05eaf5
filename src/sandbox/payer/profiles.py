"""Who the payers are and how they pay. Every name, address and number is invented; ids match the demonstration's payers.

Percentages are whole numbers of a hundred, amounts integer cents. What a claim gets within a range is drawn from its number.
"""

from typing import Literal

import msgspec

Kind = Literal["medicare", "medicaid", "commercial", "supplement"]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One payer's way of paying."""

    kind: Kind
    allowed_percent: range
    """The fee schedule, as a part of the charge."""
    deductible_percent: int = 0
    """On how many of a hundred claims the yearly deductible is still open."""
    coinsurance_percent: int = 0
    copay_cents: int = 0
    sequestration_percent: int = 0
    """Taken off what a federal program pays; the provider bears it (2 U.S.C. 901a)."""
    left_percent: int = 0
    """As a later payer: on how many of a hundred claims something small is left to the patient."""
    left_cents: int = 0
    left_reason: str = "1"
    denied_percent: int = 8
    bundled_percent: int = 4
    timely_filing_days: int = 365
    forwards_to_supplement: bool = False
    """Crossover: sends the claim on to a supplement itself (CLP02 19), so that nobody bills it again."""
    name: str = "SANDBOX PAYER"
    tax_id: str = "890009000"
    address: tuple[str, str, str, str] = ("1 PAYER PLAZA", "COLUMBUS", "OH", "432150001")


DEFAULT = Profile(kind="commercial", allowed_percent=range(70, 81), copay_cents=2000)
"""For every payer id that has no profile of its own."""

PROFILES = {
    "90001": Profile(
        kind="medicare",
        name="MEDICARE PART B",
        tax_id="890009001",
        address=("100 FEDERAL WAY", "BALTIMORE", "MD", "212440100"),
        allowed_percent=range(62, 71),
        deductible_percent=15,
        coinsurance_percent=20,
        sequestration_percent=2,
    ),
    "90002": Profile(
        kind="medicaid",
        name="STATE MEDICAID PLAN",
        tax_id="890009002",
        address=("200 STATE HOUSE ROW", "COLUMBUS", "OH", "432150200"),
        allowed_percent=range(62, 67),
    ),
    "90003": Profile(
        kind="commercial",
        name="BLUE HERON HEALTH PLAN",
        tax_id="890009003",
        address=("300 HERON PARKWAY", "DAYTON", "OH", "454020300"),
        allowed_percent=range(74, 86),
        deductible_percent=20,
        copay_cents=2500,
        left_percent=30,
        left_cents=1000,
        left_reason="3",
        timely_filing_days=180,
    ),
    "90004": Profile(
        kind="commercial",
        name="SUMMIT MUTUAL INSURANCE",
        tax_id="890009004",
        address=("400 SUMMIT STREET", "DENVER", "CO", "802020400"),
        allowed_percent=range(70, 81),
        deductible_percent=25,
        copay_cents=3000,
        timely_filing_days=180,
    ),
    "90005": Profile(
        kind="supplement",
        name="HARBOR SUPPLEMENTAL",
        tax_id="890009005",
        address=("500 HARBOR DRIVE", "TOLEDO", "OH", "436040500"),
        allowed_percent=range(80, 86),
        left_percent=15,
        left_cents=1500,
        denied_percent=4,
    ),
}

_ID_LENGTH = 5


def is_served(payer_id: str) -> bool:
    """Whether claims for this payer id reach a payer: payer ids are five letters or digits, all zeros is nobody's."""
    return len(payer_id) == _ID_LENGTH and payer_id.isascii() and payer_id.isalnum() and payer_id != "0" * _ID_LENGTH


def profile_of(payer_id: str) -> Profile:
    """How this payer pays."""
    return PROFILES.get(payer_id, DEFAULT)
