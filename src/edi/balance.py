"""The balancing rules of the 835, at its three levels. They report; nothing is ever repaired.

Service: SVC02 minus its adjustments is SVC03 (x12.org RFI 2348). Claim: CLP03 minus the adjustments of claim and lines is CLP04
(RFI 358, 522). Payment: BPR02 is the sum of CLP04 minus the sum of PLB amounts (RFI 222).
"""

from edi.procedures import total_cents
from edi.remittance import ClaimPayment, Payment, PaymentClose, Remittance
from edi.x12.findings import Finding
from edi.x12.values import format_cents

_PREDETERMINATION = "25"


def check_balance(remittance: Remittance) -> list[Finding]:
    """Every level that does not add up, with both sums."""
    found = [finding for claim in remittance.claims for finding in check_claim(claim)]
    return found + check_payment(remittance.payment, remittance.close)


def check_claim(claim: ClaimPayment) -> list[Finding]:
    """The claim and its service lines."""
    found: list[Finding] = []
    adjusted = total_cents(claim.adjustments) if claim.adjustments else 0
    for number, line in enumerate(claim.lines, start=1):
        reasons = 0
        for adjustment in line.adjustments:
            reasons += adjustment.amount_cents
        adjusted += reasons
        if line.charge_cents - reasons != line.paid_cents:
            found.append(
                Finding(
                    code="balance.service",
                    level=3,
                    message=f"Service line {number} does not balance: charge {format_cents(line.charge_cents)} minus adjustments"
                    f" {format_cents(reasons)} is {format_cents(line.charge_cents - reasons)}, paid is"
                    f" {format_cents(line.paid_cents)}.",
                    expected=f"SVC03 = {format_cents(line.charge_cents - reasons)}",
                    segment=line.segment,
                    segment_id="SVC",
                    offset=line.byte_start,
                    element="SVC03",
                    text=format_cents(line.paid_cents),
                )
            )
    if claim.status_code != _PREDETERMINATION and claim.charge_cents - adjusted != claim.paid_cents:
        found.append(
            Finding(
                code="balance.claim",
                level=3,
                message=f"The claim does not balance: charge {format_cents(claim.charge_cents)} minus adjustments"
                f" {format_cents(adjusted)} is {format_cents(claim.charge_cents - adjusted)}, paid is"
                f" {format_cents(claim.paid_cents)}.",
                expected=f"CLP04 = {format_cents(claim.charge_cents - adjusted)}",
                segment=claim.segment,
                segment_id="CLP",
                offset=claim.byte_start,
                element="CLP04",
                text=format_cents(claim.paid_cents),
            )
        )
    return found


def check_payment(payment: Payment, close: PaymentClose) -> list[Finding]:
    """The payment against its claims and provider-level adjustments."""
    expected = close.claim_paid_cents - close.provider_adjustment_cents
    if payment.payment_cents == expected:
        return []
    return [
        Finding(
            code="balance.payment",
            level=3,
            message=f"The payment does not balance: claims {format_cents(close.claim_paid_cents)} minus provider adjustments"
            f" {format_cents(close.provider_adjustment_cents)} is {format_cents(expected)}, BPR02 is"
            f" {format_cents(payment.payment_cents)}.",
            expected=f"BPR02 = {format_cents(expected)}",
            segment_id="BPR",
            offset=payment.byte_start,
            element="BPR02",
            text=format_cents(payment.payment_cents),
        )
    ]
