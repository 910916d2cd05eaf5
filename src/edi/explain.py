"""An 835 in plain words with its sums, for someone who has to explain a payment."""

from collections.abc import Iterator

from edi.balance import check_claim, check_payment
from edi.procedures import Adjustment
from edi.remittance import ClaimPayment, Payment, PaymentClose, ServicePayment
from edi.remittance_835 import stream_835
from edi.report import dollars
from edi.x12.findings import Finding
from edi.x12.tokenizer import Source

GROUPS = {
    "CO": "contractual, not billable to the patient",
    "PR": "patient responsibility",
    "OA": "other",
    "PI": "payer initiated",
    "CR": "correction (an older rule)",
}
STATUSES = {
    "1": "processed as primary",
    "2": "processed as secondary",
    "3": "processed as tertiary",
    "4": "denied",
    "19": "processed as primary and forwarded",
    "20": "processed as secondary and forwarded",
    "21": "processed as tertiary and forwarded",
    "22": "reversal of an earlier payment",
    "23": "not this payer's claim, forwarded",
    "25": "predetermination, no payment",
}
METHODS = {
    "ACH": "electronic transfer",
    "CHK": "check",
    "NON": "no payment",
    "FWT": "wire transfer",
    "BOP": "payer's choice",
}
PROVIDER_REASONS = {
    "WO": "overpayment recovery",
    "FB": "balance forward",
    "L6": "interest",
    "CS": "adjustment",
    "72": "refund acknowledged",
    "50": "late charge",
    "51": "interest penalty",
    "90": "early payment allowance",
    "AP": "acceleration of benefits",
    "B2": "rebate",
    "BD": "bad debt adjustment",
    "C5": "temporary allowance",
    "CV": "capital passthrough",
    "E3": "withholding",
    "FC": "fund allocation",
    "IR": "tax withheld",
    "J1": "nonreimbursable",
    "LE": "levy",
    "PI": "periodic interim payment",
    "RA": "retroactive adjustment",
}
REASONS = {
    "1": "deductible",
    "2": "coinsurance",
    "3": "copayment",
    "16": "information is missing; see the remark code",
    "18": "exact duplicate",
    "22": "another payer may be responsible",
    "23": "effect of an earlier payer",
    "24": "covered by capitation",
    "29": "filed too late",
    "45": "above the fee schedule or contract",
    "50": "not medically necessary",
    "96": "not covered",
    "97": "included in another service",
    "109": "wrong payer",
    "197": "no prior authorization",
    "204": "not covered by the plan",
    "253": "sequestration",
}


def explain_835(source: Source) -> Iterator[str]:
    """Lines in plain words, claim by claim, ending each payment with its sum."""
    reader = stream_835(source)
    payment: Payment | None = None
    for event in reader:
        if isinstance(event, Payment):
            payment = event
            yield from _payment(event)
        elif isinstance(event, ClaimPayment):
            yield from _claim(event)
        elif payment is not None:
            yield from _close(payment, event)
    for finding in reader.findings:
        if finding.is_error:
            yield f"! {finding.message} (segment {finding.segment})"


def _payment(one: Payment) -> Iterator[str]:
    payer = one.payer.name if one.payer else "an unnamed payer"
    payee = one.payee.name if one.payee else "an unnamed provider"
    method = METHODS.get(one.method_code, one.method_code)
    yield f"{payer} pays {payee} {dollars(one.payment_cents)} by {method}, trace {one.trace_number or '(none)'}."
    if one.payment_date:
        yield f"Payment date {one.payment_date.isoformat()}."


def _claim(one: ClaimPayment) -> Iterator[str]:
    status = STATUSES.get(one.status_code, f"status {one.status_code}")
    yield ""
    yield f"Claim {one.control_number} ({one.payer_claim_number or 'no payer number'}): {status}."
    yield f"  Charged {dollars(one.charge_cents)}, paid {dollars(one.paid_cents)}."
    for adjustment in one.adjustments:
        yield _adjustment(adjustment, "  ")
    for line in one.lines:
        yield from _line(line)
    if one.remark_codes:
        yield f"  Remarks: {', '.join(one.remark_codes)}."
    yield from _wrong(check_claim(one), "  ")


def _line(one: ServicePayment) -> Iterator[str]:
    day = f" on {one.service_date.isoformat()}" if one.service_date else ""
    sent = f", sent as {one.submitted_procedure.code}" if one.submitted_procedure else ""
    code = one.procedure.code or one.revenue_code
    yield f"  {code}{day}{sent}: charged {dollars(one.charge_cents)}, paid {dollars(one.paid_cents)}"
    for adjustment in one.adjustments:
        yield _adjustment(adjustment, "    ")
    if one.remarks:
        yield f"    remarks {', '.join(remark.code for remark in one.remarks)}"


def _adjustment(one: Adjustment, indent: str) -> str:
    group = GROUPS.get(one.group, "unknown group")
    reason = REASONS.get(one.reason)
    words = f" ({reason})" if reason else ""
    return f"{indent}{dollars(-one.amount_cents)} {one.group}-{one.reason}{words}: {group}"


def _close(payment: Payment, close: PaymentClose) -> Iterator[str]:
    yield ""
    for one in close.provider_adjustments:
        what = PROVIDER_REASONS.get(one.reason, f"adjustment {one.reason}")
        effect = "lowers" if one.amount_cents > 0 else "raises"
        reference = f" ({one.reference})" if one.reference else ""
        yield f"Provider level: {what}{reference} {effect} the payment by {dollars(abs(one.amount_cents))}."
    claims, provider = dollars(close.claim_paid_cents), dollars(close.provider_adjustment_cents)
    total = dollars(close.claim_paid_cents - close.provider_adjustment_cents)
    yield f"Sum: {close.claim_count} claims {claims} minus provider level {provider} is {total}."
    wrong = check_payment(payment, close)
    if not wrong:
        yield "The payment equals this sum."
    yield from _wrong(wrong, "")
    yield ""


def _wrong(findings: list[Finding], indent: str) -> Iterator[str]:
    for finding in findings:
        yield f"{indent}! {finding.message}"
