"""Decides claims, pure. What looks like chance is a digest of the claim number, so the same claim is always decided the same way.

Every decision balances: for each line and for the claim, charge minus adjustments is what is paid.
"""

import hashlib

from edi.claim_837 import Claim, ServiceLine
from edi.parties import Amount, DatedFact, Party, Reference
from edi.procedures import Adjustment, total_cents
from edi.remittance import ClaimPayment, RemarkCode, ServicePayment
from sandbox.payer.profiles import Profile

DENIALS = (("197", ""), ("16", "M51"), ("29", ""), ("50", "N115"))
"""Reasons a whole claim is denied for, with the remark that some of them need."""
DENIED_PERCENT = 8
LINE_DENIED_PERCENT = 12
DEDUCTIBLE_PERCENT = 15

PROCESSED = {"P": "1", "S": "2", "T": "3"}
FILING_CODES = {"MB": "MB", "MC": "MC"}


def adjudicate(claim: Claim, profile: Profile, payer_id: str) -> ClaimPayment:
    """The payer's decision about a claim that it is asked about first, or after others."""
    later = claim.subscriber.responsibility != "P"
    lines = [_later_line(line, profile) for line in claim.lines] if later else _first_lines(claim, profile)
    denied = not later and _is_denied(claim)
    return claim_payment(claim, lines, payer_id, status="4" if denied else PROCESSED[claim.subscriber.responsibility])


def claim_payment(claim: Claim, lines: list[ServicePayment], payer_id: str, *, status: str) -> ClaimPayment:
    """The claim around its decided lines."""
    member = claim.subscriber.party
    patient = claim.patient or member
    parties = [
        Party(
            "QC",
            patient.name,
            patient.first_name,
            id_qualifier="MI" if claim.patient is None else "",
            identifier=member.identifier if claim.patient is None else "",
            entity_type="1",
        )
    ]
    if claim.patient is not None:
        parties.append(
            Party(
                "IL", member.name, member.first_name, id_qualifier="MI", identifier=member.identifier, entity_type="1"
            )
        )
    adjustments = [one for line in lines for one in line.adjustments]
    return ClaimPayment(
        control_number=claim.control_number,
        status_code=status,
        charge_cents=claim.charge_cents,
        paid_cents=sum(line.paid_cents for line in lines),
        patient_responsibility_cents=sum(one.amount_cents for one in adjustments if one.group == "PR"),
        filing_code=FILING_CODES.get(claim.subscriber.filing_code, "12"),
        payer_claim_number=payer_claim_number(claim, payer_id),
        facility_code=claim.place_of_service,
        frequency_code=claim.frequency,
        parties=parties,
        dates=[DatedFact("232", claim.lines[0].service_date)],
        lines=lines,
    )


def payer_claim_number(claim: Claim, payer_id: str) -> str:
    """The payer's own number for the claim, the same whenever it speaks of it."""
    return f"{payer_id}{_digest(claim, 'number') % 10**9:09}"


def _is_denied(claim: Claim) -> bool:
    return _digest(claim, "denied") % 100 < DENIED_PERCENT


def _first_lines(claim: Claim, profile: Profile) -> list[ServicePayment]:
    if _is_denied(claim):
        reason, remark = DENIALS[_digest(claim, "why") % len(DENIALS)]
        return [_denied_line(line, reason, remark) for line in claim.lines]
    deductible = profile.deductible_cents if _digest(claim, "deductible") % 100 < DEDUCTIBLE_PERCENT else 0
    copay = profile.copay_cents
    refused = len(claim.lines) if len(claim.lines) > 2 and _digest(claim, "line") % 100 < LINE_DENIED_PERCENT else 0
    decided = []
    for place, line in enumerate(claim.lines, start=1):
        if place == refused:
            decided.append(_denied_line(line, "50", "N115"))
            continue
        one, deductible, copay = _allowed_line(line, profile, deductible, copay)
        decided.append(one)
    return decided


def _allowed_line(line: ServiceLine, profile: Profile, deductible: int, copay: int) -> tuple[ServicePayment, int, int]:
    """One line at the payer's rate; returns what is left of the claim's deductible and copay."""
    allowed = line.charge_cents * profile.allowed_percent // 100
    to_deductible = min(deductible, allowed)
    left = allowed - to_deductible
    to_copay = min(copay, left)
    to_coinsurance = (left - to_copay) * profile.coinsurance_percent // 100
    left -= to_copay + to_coinsurance
    withheld = left * profile.sequestration_percent // 100
    adjustments = _reasons(
        ("CO", "45", line.charge_cents - allowed),
        ("CO", "253", withheld),
        ("PR", "1", to_deductible),
        ("PR", "2", to_coinsurance),
        ("PR", "3", to_copay),
    )
    return _service(line, adjustments, allowed), deductible - to_deductible, copay - to_copay


def _later_line(line: ServiceLine, profile: Profile) -> ServicePayment:
    """One line after another payer: the earlier effect is OA-23, and of what was left to the patient a part is taken over."""
    left = sum(one.amount_cents for decision in line.adjudications for one in decision.adjustments if one.group == "PR")
    paid = left * profile.secondary_percent // 100
    group, _, reason = profile.secondary_remainder.partition("-")
    adjustments = _reasons(("OA", "23", line.charge_cents - left), (group, reason, left - paid))
    return _service(line, adjustments, left)


def _denied_line(line: ServiceLine, reason: str, remark: str) -> ServicePayment:
    one = _service(line, _reasons(("CO", reason, line.charge_cents)), 0)
    if remark:
        one.remarks = [RemarkCode("HE", remark)]
    return one


def _reasons(*reasons: tuple[str, str, int]) -> list[Adjustment]:
    return [Adjustment(group, reason, cents) for group, reason, cents in reasons if cents]


def _service(line: ServiceLine, adjustments: list[Adjustment], allowed_cents: int) -> ServicePayment:
    return ServicePayment(
        procedure=line.procedure,
        charge_cents=line.charge_cents,
        paid_cents=line.charge_cents - total_cents(adjustments),
        paid_units=line.units,
        adjustments=adjustments,
        dates=[DatedFact("472", line.service_date)],
        references=[Reference("6R", line.control_number)] if line.control_number else [],
        amounts=[Amount("B6", allowed_cents)] if allowed_cents else [],
    )


def reverse(decision: ClaimPayment) -> ClaimPayment:
    """The decision taken back: every amount negated, the original groups and reasons kept (RFI 1147, 2442)."""
    return _with_lines(
        decision,
        [
            _changed(line, -1, [Adjustment(one.group, one.reason, -one.amount_cents) for one in line.adjustments])
            for line in decision.lines
        ],
        status="22",
        sign=-1,
    )


def correct(decision: ClaimPayment, less_cents: int) -> ClaimPayment:
    """The decision again, paying less: the difference is a larger discount on the line that was paid most."""
    most = max(range(len(decision.lines)), key=lambda place: decision.lines[place].paid_cents)
    lines = []
    for place, line in enumerate(decision.lines):
        adjustments = list(line.adjustments)
        if place == most:
            at = next((at for at, one in enumerate(adjustments) if (one.group, one.reason) == ("CO", "45")), None)
            before = adjustments.pop(at).amount_cents if at is not None else 0
            adjustments.insert(0, Adjustment("CO", "45", before + less_cents))
        lines.append(_changed(line, 1, adjustments))
    return _with_lines(decision, lines, status=decision.status_code, sign=1)


def _changed(line: ServicePayment, sign: int, adjustments: list[Adjustment]) -> ServicePayment:
    charge = sign * line.charge_cents
    return ServicePayment(
        procedure=line.procedure,
        charge_cents=charge,
        paid_cents=charge - total_cents(adjustments),
        paid_units=line.paid_units,
        adjustments=adjustments,
        dates=line.dates,
        references=line.references,
        amounts=line.amounts if sign > 0 else [],
    )


def _with_lines(decision: ClaimPayment, lines: list[ServicePayment], *, status: str, sign: int) -> ClaimPayment:
    patient = sum(one.amount_cents for line in lines for one in line.adjustments if one.group == "PR")
    return ClaimPayment(
        control_number=decision.control_number,
        status_code=status,
        charge_cents=sign * decision.charge_cents,
        paid_cents=sum(line.paid_cents for line in lines),
        patient_responsibility_cents=patient,
        filing_code=decision.filing_code,
        payer_claim_number=decision.payer_claim_number,
        facility_code=decision.facility_code,
        frequency_code=decision.frequency_code,
        parties=decision.parties,
        dates=decision.dates,
        lines=lines,
    )


def _digest(claim: Claim, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{claim.control_number}|{purpose}".encode()).digest()[:6], "big")
