"""Taking money back: one claim paid before is reversed and decided again for less.

The reversal does not lower the payment it is in: a negative WO leaves its money with the provider there, and the payment for the
new claims recovers it with a positive WO (x12.org RFI 1756). Both name the claim that was reversed.
"""

from collections.abc import Sequence

import msgspec

from edi.claim_837 import Claim
from edi.parties import Reference
from edi.procedures import Adjustment
from edi.remittance import ClaimPayment, ServicePayment
from sandbox.payer.draw import draw

REVERSAL = "22"
CUT_PERCENT = 10
"""A second look allows this much less of the charge."""


class Decided(msgspec.Struct, frozen=True):
    """A claim, what was decided, and what a second look would decide."""

    claim: Claim
    payment: ClaimPayment
    second_look: ClaimPayment


class Takeback(msgspec.Struct, frozen=True):
    """A reversal, the correction that follows it, and the money that is too much now."""

    reversal: ClaimPayment
    correction: ClaimPayment
    recovered_cents: int
    reference: str
    """The payer's number of the claim that is reversed."""


def find_takeback(earlier: Sequence[Decided], now: Sequence[Decided]) -> Takeback | None:
    """A claim of an earlier payment to take back, if the new payment is large enough to recover from."""
    available = sum(one.payment.paid_cents for one in now)
    named_again = {one.claim.control_number for one in now}
    candidates = [
        one
        for one in earlier
        if _can_be_taken_back(one) and one.claim.control_number not in named_again and 0 < _overpaid(one) <= available
    ]
    if not candidates:
        return None
    chosen = min(candidates, key=lambda one: draw(10**9, "takeback", one.payment.payer_claim_number))
    reference = chosen.payment.payer_claim_number
    correction = msgspec.structs.replace(chosen.second_look, references=[Reference("F8", reference)])
    return Takeback(reverse(chosen.payment), correction, _overpaid(chosen), reference)


def reverse(payment: ClaimPayment) -> ClaimPayment:
    """The decision with every amount negated and its original groups and reasons kept (x12.org RFI 1147)."""
    return msgspec.structs.replace(
        payment,
        status_code=REVERSAL,
        charge_cents=-payment.charge_cents,
        paid_cents=-payment.paid_cents,
        patient_responsibility_cents=-(payment.patient_responsibility_cents or 0),
        lines=[_reverse_line(line) for line in payment.lines],
    )


def _can_be_taken_back(one: Decided) -> bool:
    """Paid as the only payer: money that has moved on to another payer is left alone."""
    return one.payment.status_code == "1" and one.payment.paid_cents > 0 and not one.claim.others


def _overpaid(one: Decided) -> int:
    return one.payment.paid_cents - one.second_look.paid_cents


def _reverse_line(line: ServicePayment) -> ServicePayment:
    return msgspec.structs.replace(
        line,
        charge_cents=-line.charge_cents,
        paid_cents=-line.paid_cents,
        adjustments=[Adjustment(one.group, one.reason, -one.amount_cents) for one in line.adjustments],
        amounts=[],
    )
