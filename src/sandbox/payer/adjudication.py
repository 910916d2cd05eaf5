"""One claim in, one decision out (CLP), pure: denied, coordinated after another payer, or priced as the first."""

import datetime as dt

from edi.claim_837 import Claim, ServiceLine
from edi.parties import Amount, DatedFact, Party, Reference
from edi.procedures import total_cents
from edi.remittance import ClaimPayment, RemarkCode, ServicePayment
from sandbox.payer.coordination import coordinate, prior_effects
from sandbox.payer.denials import find_denial, was_decided_before
from sandbox.payer.draw import digits
from sandbox.payer.pricing import PricedLine, deny, patient_cents, price
from sandbox.payer.profiles import PROFILES, Profile

STATUS = {"P": "1", "S": "2", "T": "3"}
DENIED, FORWARDED = "4", "19"
FILING_CODES = {"MB": "MB", "MC": "MC"}
"""CLP06 has fewer codes than SBR09; every commercial plan answers as a preferred provider organization (12)."""


def adjudicate(
    claim: Claim, profile: Profile, *, file_number: str, received: dt.date, cut_percent: int = 0
) -> ClaimPayment:
    """Decide a claim of the file `file_number` (ISA13), sent on `received`. A cut is a second look that allows less."""
    denial = find_denial(claim, profile, received)
    decided_before = was_decided_before(claim)
    if denial is not None:
        lines = deny(claim, denial, prior_effects(claim) if decided_before else [0] * len(claim.lines))
        status = DENIED
    elif decided_before:
        lines, status = coordinate(claim, profile), STATUS.get(claim.subscriber.responsibility, "2")
    else:
        lines, status = price(claim, profile, cut_percent), STATUS["P"]
    supplement = _supplement(claim) if profile.forwards_to_supplement and status == STATUS["P"] else None
    payments = [_line(line, priced) for line, priced in zip(claim.lines, lines, strict=True)]
    parties = [patient_of(claim), *_subscriber(claim), *_rendering(claim)]
    if supplement is not None:
        status = FORWARDED
        parties.append(Party("TT", supplement.name, id_qualifier="PI", identifier=supplement.identifier))
    return ClaimPayment(
        control_number=claim.control_number,
        status_code=status,
        charge_cents=claim.charge_cents,
        paid_cents=sum(line.paid_cents for line in payments),
        patient_responsibility_cents=patient_cents(lines),
        filing_code=FILING_CODES.get(claim.subscriber.filing_code, "12"),
        payer_claim_number=payer_claim_number(claim, file_number, revision=1 if cut_percent else 0),
        facility_code=claim.place_of_service,
        frequency_code=claim.frequency,
        parties=parties,
        dates=[DatedFact("050", received)],
        lines=payments,
    )


def payer_claim_number(claim: Claim, file_number: str, revision: int = 0) -> str:
    """The payer's own number of this decision (CLP07); a new one for every decision."""
    payer_id = claim.subscriber.payer.identifier
    return payer_id + digits(10, payer_id, claim.billing.party.npi, claim.control_number, file_number, revision)


def patient_of(claim: Claim) -> Party:
    """NM1*QC: the patient, with the member id where the patient is the member."""
    member = claim.subscriber.party
    return _person("QC", claim.patient or member, "" if claim.is_dependent else member.identifier)


def plain(text: str) -> str:
    """Text in the characters an answer may hold."""
    return text.encode("ascii", "replace").decode()


def _subscriber(claim: Claim) -> list[Party]:
    """NM1*IL, where the patient is somebody else."""
    member = claim.subscriber.party
    return [_person("IL", member, member.identifier)] if claim.is_dependent else []


def _person(role: str, person: Party, member_id: str) -> Party:
    name, first = plain(person.name), plain(person.first_name)
    qualifier = "MI" if member_id else ""
    return Party(role, name, first, entity_type="1", id_qualifier=qualifier, identifier=member_id)


def _rendering(claim: Claim) -> list[Party]:
    person = claim.party("82")
    if person is None or not person.npi:
        return []
    name, first = plain(person.name), plain(person.first_name)
    return [Party("82", name, first, entity_type=person.entity_type, id_qualifier="XX", identifier=person.npi)]


def _supplement(claim: Claim) -> Party | None:
    later = [other.insured.payer for other in claim.others if other.paid_cents is None]
    return next((one for one in later if _is_supplement(one)), None)


def _is_supplement(payer: Party) -> bool:
    return payer.identifier in PROFILES and PROFILES[payer.identifier].kind == "supplement"


def _line(line: ServiceLine, priced: PricedLine) -> ServicePayment:
    denial = priced.denial
    return ServicePayment(
        procedure=line.procedure,
        charge_cents=line.charge_cents,
        paid_cents=line.charge_cents - total_cents(priced.adjustments),
        paid_units=line.units,
        adjustments=priced.adjustments,
        dates=[DatedFact("472", line.service_date)],
        references=[Reference("6R", line.control_number)] if line.control_number else [],
        amounts=[Amount("B6", priced.allowed_cents)] if priced.allowed_cents else [],
        remarks=[RemarkCode("HE", denial.remark)] if denial is not None and denial.remark else [],
    )
