"""What must fit together inside a claim or a payment: totals of the 837 (level 3) and situational rules (level 4).

Rules come from the guides and X12's interpretation requests (RFI). Functions report; nothing is repaired.
"""

from collections.abc import Callable, Iterable, Iterator

from edi.claim_837 import Claim, LineAdjudication, OtherPayer
from edi.procedures import total_cents
from edi.remittance import ClaimPayment, Payment, PaymentClose
from edi.x12.findings import Finding, Severity
from edi.x12.values import format_cents

Place = tuple[int, int]
"""Segment number and byte offset."""

_REPLACING = frozenset({"7", "8"})


def finding(
    code: str,
    level: int,
    message: str,
    expected: str,
    place: Place,
    element: str,
    text: str = "",
    severity: Severity = "error",
) -> Finding:
    """A finding about a whole value, with the place it points at."""
    return Finding(
        code=code,
        level=level,
        message=message,
        expected=expected,
        severity=severity,
        segment=place[0],
        offset=place[1],
        segment_id=element.rstrip("0123456789-") if element[-1:].isdigit() else element,
        element=element,
        text=text,
    )


def check_claim_totals(claim: Claim, paid_places: list[Place]) -> Iterable[Finding]:
    """CLM02 against the lines, and what each earlier payer decided against the charge.

    `paid_places` are the places of the AMT*D segments, in the order of the other payers that have one.
    """
    charged = 0
    for line in claim.lines:
        charged += line.charge_cents
    if claim.others or (claim.lines and charged != claim.charge_cents):
        return _check_totals(claim, charged, paid_places)
    return ()


def _check_totals(claim: Claim, charged: int, paid_places: list[Place]) -> Iterator[Finding]:
    place = (claim.segment, claim.byte_start)
    if claim.lines and charged != claim.charge_cents:
        message = "The claim's charge is not the sum of its service lines."
        text = format_cents(claim.charge_cents)
        yield finding("balance.claim-total", 3, message, f"CLM02 = {format_cents(charged)}", place, "CLM02", text)
    places = iter(paid_places)
    for other in claim.others:
        if other.paid_cents is not None:
            yield from _check_other_payer(claim, other, other.paid_cents, next(places, place))


def _check_other_payer(claim: Claim, other: OtherPayer, paid: int, place: Place) -> Iterator[Finding]:
    payer = other.insured.payer.identifier
    decided = [
        adjudication
        for line in claim.lines
        for adjudication in line.adjudications
        if adjudication.payer_identifier == payer
    ]
    at_claim = total_cents(other.adjustments)
    if decided:
        lines_paid = sum(one.paid_cents for one in decided)
        if paid != lines_paid - at_claim:
            message = "What the earlier payer paid is not the sum of its line payments minus its claim adjustments."
            expected = f"AMT*D = {format_cents(lines_paid - at_claim)} (x12.org RFI 1294)"
            yield finding("balance.prior-payer", 3, message, expected, place, "AMT02", format_cents(paid))
            return
    adjusted = at_claim + sum(total_cents(one.adjustments) for one in decided)
    if (decided or other.adjustments) and paid + adjusted != claim.charge_cents:
        message = "The earlier payer's payment and adjustments do not make up the charge."
        expected = f"payment plus adjustments = {format_cents(claim.charge_cents)} (x12.org RFI 1294)"
        yield finding("balance.prior-payer", 3, message, expected, place, "AMT02", format_cents(paid + adjusted))
    yield from _check_line_decisions(claim, payer)


def _check_line_decisions(claim: Claim, payer: str) -> Iterator[Finding]:
    for line in claim.lines:
        decided: list[LineAdjudication] = [one for one in line.adjudications if one.payer_identifier == payer]
        made_up = sum(one.paid_cents + total_cents(one.adjustments) for one in decided)
        if len(decided) == 1 and made_up != line.charge_cents:
            message = "An earlier payer's payment and adjustments of the line do not make up its charge."
            place = (line.segment, line.byte_start)
            expected = format_cents(line.charge_cents)
            yield finding("balance.prior-line", 3, message, expected, place, "SVD02", format_cents(made_up))


def check_sent_claim(claim: Claim, birth_place: Callable[[], Place | None]) -> list[Finding]:
    """Situational rules of a claim. `birth_place` tells where the last DMG segment stands."""
    found: list[Finding] = []
    if (claim.frequency in _REPLACING) != bool(claim.original_claim_number):
        found.append(_original_number(claim))
    _check_lines(claim, found)
    _check_patient(claim, birth_place, found)
    return found


def _original_number(claim: Claim) -> Finding:
    if claim.original_claim_number:
        message = "The payer's claim number (REF*F8) goes only with a replacement or void."
        expected = "CLM05-3 = 7 or 8"
    else:
        message = "A replacement or void needs the payer's number of the original claim."
        expected = "REF*F8 with the payer claim control number (x12.org RFI 2110)"
    place = (claim.segment, claim.byte_start)
    return finding("situation.original-claim-number", 4, message, expected, place, "CLM05-3", claim.frequency)


def _check_lines(claim: Claim, found: list[Finding]) -> None:
    diagnoses = len(claim.diagnoses)
    controls = set()
    for expected, line in enumerate(claim.lines, start=1):
        place = (line.segment, line.byte_start)
        if line.number != expected:
            message = "Service lines are not numbered in sequence."
            number = str(line.number)
            found.append(finding("situation.line-number", 4, message, f"LX01 = {expected}", place, "LX01", number))
        for pointer in line.pointers:
            if diagnoses and not 1 <= pointer <= diagnoses:
                message = "A diagnosis pointer names no diagnosis of the claim."
                right = f"1 to {diagnoses}"
                found.append(finding("situation.diagnosis-pointer", 4, message, right, place, "SV107", str(pointer)))
        control = line.control_number
        if control in controls:
            message = "A line control number is used twice in the claim."
            found.append(finding("situation.line-control-number", 4, message, "a number used once", place, "REF02"))
        if control:
            controls.add(control)


def _check_patient(claim: Claim, birth_place: Callable[[], Place | None], found: list[Finding]) -> None:
    subscriber, patient, place = claim.subscriber, claim.patient, (claim.segment, claim.byte_start)
    person = patient or subscriber.party
    born, himself = person.birth_date, subscriber.relationship == "18"
    if born and any(line.service_date and born > line.service_date for line in claim.lines):
        message = "The patient was born after the first service."
        expected = "a birth date on or before the service date"
        text = born.isoformat()
        found.append(finding("situation.birth-date", 4, message, expected, birth_place() or place, "DMG02", text))
    if patient is None and not himself:
        message = "Neither is the subscriber the patient, nor is there a patient loop."
        expected = "SBR02 = 18, or loop 2000C"
        found.append(finding("situation.patient", 4, message, expected, place, "SBR02", subscriber.relationship))
    if patient is not None and himself:
        message = "The subscriber is said to be the patient, yet there is a patient loop."
        found.append(finding("situation.patient", 4, message, "an empty SBR02", place, "SBR02", "18"))
    if patient is None and himself and not born and person.is_person:
        message = "The subscriber is the patient, but there is no birth date."
        found.append(finding("situation.patient", 4, message, "DMG in loop 2010BA", place, "DMG02"))


def check_paid_claim(claim: ClaimPayment) -> list[Finding]:
    """Situational rules of a claim payment."""
    place = (claim.segment, claim.byte_start)
    found: list[Finding] = []
    if claim.is_reversal and (claim.charge_cents > 0 or claim.paid_cents > 0):
        message = "A reversal negates the amounts of the decision it reverses."
        expected = "negative CLP03 and CLP04 (x12.org RFI 1147)"
        text = format_cents(max(claim.charge_cents, claim.paid_cents))
        found.append(finding("situation.reversal-sign", 4, message, expected, place, "CLP03", text, "warning"))
    if _lacks_information(claim) and not (claim.remark_codes or any(line.remarks for line in claim.lines)):
        message = "Reason 16 says that information is missing, but no remark code says which."
        found.append(finding("situation.remark-code", 4, message, "LQ*HE, MIA or MOA", place, "LQ02", "", "warning"))
    return found


def _lacks_information(claim: ClaimPayment) -> bool:
    for line in claim.lines:
        for one in line.adjustments:
            if one.reason == "16":
                return True
    return False


def check_paid_remittance(payment: Payment, close: PaymentClose, place: Place) -> Iterator[Finding]:
    """Situational rules of a payment as a whole; `place` is its BPR."""
    if payment.payment_cents < 0:
        message = "A payment cannot be negative; the balance is forwarded instead."
        expected = "BPR02 of zero or more, with PLB FB (x12.org RFI 222)"
        yield finding(
            "situation.negative-payment", 4, message, expected, place, "BPR02", format_cents(payment.payment_cents)
        )
    if payment.method_code == "NON" and payment.payment_cents:
        message = "The payment method says that no money moves."
        yield finding("situation.payment-method", 4, message, "BPR02 = 0", place, "BPR04", "NON")
    for adjustment in close.provider_adjustments:
        if not adjustment.amount_cents:
            message = "A provider-level adjustment of zero says nothing."
            where = (adjustment.segment, adjustment.byte_start)
            yield finding(
                "situation.zero-adjustment", 4, message, "an amount (x12.org RFI 2184)", where, "PLB04", "0", "warning"
            )
