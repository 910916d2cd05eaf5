"""What a claim adjustment (group and reason code) does to a receivable, as data.

The group says who bears it (CO contractual, PR patient, OA other, PI payer initiated), the reason code (CARC) why. Only a short,
reviewed list of reasons is a discount by contract; everything else a payer did not pay stays open and is worked as a denial. An
amount is never written off because nobody recognized its code.
"""

from enum import Enum
from typing import NamedTuple


class Effect(Enum):
    """Where the amount of an adjustment goes."""

    CONTRACTUAL = "contractual"
    SEQUESTRATION = "sequestration"
    PATIENT = "patient"
    PRIOR_PAYER = "prior payer"
    OPEN = "open"
    UNKNOWN = "unknown"


class AdjustmentCode(NamedTuple):
    """A group and reason as the payer sent them, such as CO and 45."""

    group: str
    reason: str

    def __str__(self) -> str:
        return f"{self.group}-{self.reason}"


CONTRACTUAL_REASONS = frozenset({"45", "59", "94", "104", "131"})
"""45 charge above the fee schedule; 59 multiple-procedure rule; 94 processed in excess of charges; 104 managed-care withholding;
131 claim-specific negotiated discount. (X12 external code list 139; which of them are discounts is our decision.)"""

SEQUESTRATION_REASON = "253"
"""Reduction in federal payment: borne by the provider under Medicare, never billed to the patient."""

PRIOR_PAYER_REASON = "23"
"""The effect of an earlier payer's adjudication: already in the books from that payer's own remittance."""

GROUPS = frozenset({"CO", "PR", "OA", "PI"})


def effect_of(code: AdjustmentCode) -> Effect:
    """What the adjustment does. A group that 005010 does not know (CR was dropped after 4010) is for a person."""
    if code.group not in GROUPS:
        return Effect.UNKNOWN
    if code.reason == PRIOR_PAYER_REASON:
        return Effect.PRIOR_PAYER
    if code.group == "PR":
        return Effect.PATIENT
    if code.reason == SEQUESTRATION_REASON:
        return Effect.SEQUESTRATION
    if code.group in {"CO", "PI"} and code.reason in CONTRACTUAL_REASONS:
        return Effect.CONTRACTUAL
    return Effect.OPEN
