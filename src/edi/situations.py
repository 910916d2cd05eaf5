"""What must fit together inside a claim or a payment: totals of the 837 (level 3) and situational rules (level 4).

Rules come from the guides and X12's interpretation requests (RFI). Functions report; nothing is repaired.
"""

from collections.abc import Iterator, Mapping

from edi.claim_837 import Claim, LineAdjudication, OtherPayer
from edi.procedures import total_cents
from edi.remittance import ClaimPayment, Payment, PaymentClose
from edi.x12.findings import Finding, Severity
from edi.x12.values import format_cents

Place = tuple[int, int]
"""Segment number and byte offset."""

_REPLACING = frozenset({"7", "8"})


def _finding(
    code: str,
    level: int,
    message: str,
    expected: str,
    place: Place,
    element: str,
    text: str = "",
    severity: Severity = "error",
) -> Finding:
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


def check_claim_totals(claim: Claim, paid_places: list[Place]) -> Iterator[Finding]:
    """CLM02 against the lines, and what each earlier payer decided against the charge.

    `paid_places` are the places of the AMT*D segments, in the order of the other payers that have one.
    """
    place = (claim.segment, claim.byte_start)
    charged = 0
    for line in claim.lines:
        charged += line.charge_cents
    if claim.lines and charged != claim.charge_cents:
        message = "The claim's charge is not the sum of its service lines."
        text = format_cents(claim.charge_cents)
        yield _finding("balance.claim-total", 3, message, f"CLM02 = {format_cents(charged)}", place, "CLM02", text)
    if claim.others:
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
            yield _finding("balance.prior-payer", 3, message, expected, place, "AMT02", format_cents(paid))
            return
    adjusted = at_claim + sum(total_cents(one.adjustments) for one in decided)
    if (decided or other.adjustments) and paid + adjusted != claim.charge_cents:
        message = "The earlier payer's payment and adjustments do not make up the charge."
        expected = f"payment plus adjustments = {format_cents(claim.charge_cents)} (x12.org RFI 1294)"
        yield _finding("balance.prior-payer", 3, message, expected, place, "AMT02", format_cents(paid + adjusted))
    yield from _check_line_decisions(claim, payer)


def _check_line_decisions(claim: Claim, payer: str) -> Iterator[Finding]:
    for line in claim.lines:
        decided: list[LineAdjudication] = [one for one in line.adjudications if one.payer_identifier == payer]
        made_up = sum(one.paid_cents + total_cents(one.adjustments) for one in decided)
        if len(decided) == 1 and made_up != line.charge_cents:
            message = "An earlier payer's payment and adjustments of the line do not make up its charge."
            place = (line.segment, line.byte_start)
            expected = format_cents(line.charge_cents)
            yield _finding("balance.prior-line", 3, message, expected, place, "SVD02", format_cents(made_up))


def check_sent_claim(claim: Claim, places: Mapping[str, Place]) -> Iterator[Finding]:
    """Situational rules of a professional claim. `places` are the last DMG and CLM segments."""
    place = (claim.segment, claim.byte_start)
    if claim.frequency in _REPLACING and not claim.original_claim_number:
        message = "A replacement or void needs the payer's number of the original claim."
        expected = "REF*F8 with the payer claim control number (x12.org RFI 2110)"
        yield _finding("situation.original-claim-number", 4, message, expected, place, "CLM05-3", claim.frequency)
    elif claim.original_claim_number and claim.frequency not in _REPLACING:
        message = "The payer's claim number (REF*F8) goes only with a replacement or void."
        yield _finding(
            "situation.original-claim-number", 4, message, "CLM05-3 = 7 or 8", place, "CLM05-3", claim.frequency
        )
    yield from _check_lines(claim)
    yield from _check_patient(claim, places.get("DMG", place), place)


def _check_lines(claim: Claim) -> Iterator[Finding]:
    diagnoses = len(claim.diagnoses)
    controls = set()
    for expected, line in enumerate(claim.lines, start=1):
        place = (line.segment, line.byte_start)
        if line.number != expected:
            message = "Service lines are not numbered in sequence."
            yield _finding("situation.line-number", 4, message, f"LX01 = {expected}", place, "LX01", str(line.number))
        for pointer in line.pointers:
            if diagnoses and not 1 <= pointer <= diagnoses:
                message = "A diagnosis pointer names no diagnosis of the claim."
                yield _finding(
                    "situation.diagnosis-pointer", 4, message, f"1 to {diagnoses}", place, "SV107", str(pointer)
                )
        if line.control_number:
            if line.control_number in controls:
                message = "A line control number is used twice in the claim."
                yield _finding("situation.line-control-number", 4, message, "a number used once", place, "REF02")
            controls.add(line.control_number)


def _check_patient(claim: Claim, birth_place: Place, place: Place) -> Iterator[Finding]:
    subscriber = claim.subscriber
    person = claim.patient or subscriber.party
    first = min((line.service_date for line in claim.lines if line.service_date), default=None)
    if person.birth_date and first and person.birth_date > first:
        message = "The patient was born after the first service."
        expected = "a birth date on or before the service date"
        yield _finding(
            "situation.birth-date", 4, message, expected, birth_place, "DMG02", person.birth_date.isoformat()
        )
    if claim.patient is None and subscriber.relationship != "18":
        message = "Neither is the subscriber the patient, nor is there a patient loop."
        yield _finding(
            "situation.patient", 4, message, "SBR02 = 18, or loop 2000C", place, "SBR02", subscriber.relationship
        )
    if claim.patient is not None and subscriber.relationship == "18":
        message = "The subscriber is said to be the patient, yet there is a patient loop."
        yield _finding("situation.patient", 4, message, "an empty SBR02", place, "SBR02", subscriber.relationship)
    if claim.patient is None and subscriber.relationship == "18" and not person.birth_date and person.is_person:
        message = "The subscriber is the patient, but there is no birth date."
        yield _finding("situation.patient", 4, message, "DMG in loop 2010BA", place, "DMG02")


def check_paid_claim(claim: ClaimPayment) -> Iterator[Finding]:
    """Situational rules of a claim payment."""
    place = (claim.segment, claim.byte_start)
    if claim.is_reversal and (claim.charge_cents > 0 or claim.paid_cents > 0):
        message = "A reversal negates the amounts of the decision it reverses."
        expected = "negative CLP03 and CLP04 (x12.org RFI 1147)"
        text = format_cents(max(claim.charge_cents, claim.paid_cents))
        yield _finding("situation.reversal-sign", 4, message, expected, place, "CLP03", text, "warning")
    reasons = [one.reason for line in claim.lines for one in line.adjustments]
    if "16" in reasons and not (claim.remark_codes or any(line.remarks for line in claim.lines)):
        message = "Reason 16 says that information is missing, but no remark code says which."
        yield _finding("situation.remark-code", 4, message, "LQ*HE, MIA or MOA", place, "LQ02", "", "warning")


def check_paid_remittance(payment: Payment, close: PaymentClose, place: Place) -> Iterator[Finding]:
    """Situational rules of a payment as a whole; `place` is its BPR."""
    if payment.payment_cents < 0:
        message = "A payment cannot be negative; the balance is forwarded instead."
        expected = "BPR02 of zero or more, with PLB FB (x12.org RFI 222)"
        yield _finding(
            "situation.negative-payment", 4, message, expected, place, "BPR02", format_cents(payment.payment_cents)
        )
    if payment.method_code == "NON" and payment.payment_cents:
        message = "The payment method says that no money moves."
        yield _finding("situation.payment-method", 4, message, "BPR02 = 0", place, "BPR04", "NON")
    for adjustment in close.provider_adjustments:
        if not adjustment.amount_cents:
            message = "A provider-level adjustment of zero says nothing."
            where = (adjustment.segment, adjustment.byte_start)
            yield _finding(
                "situation.zero-adjustment", 4, message, "an amount (x12.org RFI 2184)", where, "PLB04", "0", "warning"
            )


_PARENT_LEVELS = {
    "21": ("20",),
    "19": ("21",),
    "22": ("20", "21", "19"),
    "23": ("22",),
    "PT": ("19",),
    "EV": ("22", "23"),
    "SS": ("EV",),
}
"""HL03 of a level to those it may stand under, in any of the guides."""


class HierarchyCheck:
    """HL segments of one transaction set: numbered from 1, each below a level that was opened before."""

    def __init__(self) -> None:
        self._levels: dict[str, str] = {}
        self._latest: dict[str, str] = {}
        self._promised: dict[str, Place] = {}
        self._last: set[str] = set()
        """Levels that announced none below them."""

    def take(self, values: list[str], place: Place) -> Iterator[Finding]:
        """One HL segment."""
        number, parent, level, children = (values + [""] * 5)[1:5]
        expected = str(len(self._levels) + 1)
        if number != expected:
            message = "Hierarchical levels are not numbered in sequence."
            yield _finding("situation.hierarchy", 4, message, f"HL01 = {expected}", place, "HL01", number)
        if parent and parent not in self._levels:
            message = "The parent level was not opened before."
            yield _finding("situation.hierarchy", 4, message, "an HL01 that came before", place, "HL02", parent)
        allowed = _PARENT_LEVELS.get(level)
        above = self._levels.get(parent)
        if allowed and above is not None and (above not in allowed or self._latest.get(above) != parent):
            message = "The level stands under another than the one it follows."
            expected = f"the last level of kind {' or '.join(allowed)}"
            yield _finding("situation.hierarchy", 4, message, expected, place, "HL02", parent)
        if parent in self._last:
            message = "The level above announced that none would follow below it."
            yield _finding("situation.hierarchy", 4, message, "HL04 = 1 of the level above", place, "HL02", parent)
            self._last.discard(parent)
        if children == "0":
            self._last.add(number)
        self._levels[number] = level
        self._latest[level] = number
        self._promised.pop(parent, None)
        if children == "1":
            self._promised[number] = place

    def finish(self) -> Iterator[Finding]:
        """Levels that announced levels below them, and have none."""
        for place in self._promised.values():
            message = "The level announces levels below it, and none follow."
            yield _finding("situation.hierarchy", 4, message, "HL04 = 0, or a level below", place, "HL04", "1")
