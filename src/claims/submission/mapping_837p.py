"""A claim as a professional claim of the 837P, pure. What was decided by earlier payers goes along line by line (COB).

References: 005010X222A1; prior payments and adjustments must make up the charge (x12.org RFI 1294).
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from claims.prior import PriorDecision, PriorLine
from claims.wording import x12_text
from directory.public import Payer
from edi.claim_837 import BillingProvider, Claim, Insured, LineAdjudication, OtherPayer, ServiceLine
from edi.parties import Address, Contact, ContactNumber, Party, Reference
from edi.procedures import Adjustment, Procedure
from patients.public import Coverage, Patient
from tenancy.public import BillingPractice

RESPONSIBILITY = {1: "P", 2: "S", 3: "T"}
RELATIONSHIP = {"self": "18", "spouse": "01", "child": "19", "other": "G8"}
FILING_CODE = {"medicare": "MB", "medicaid": "MC", "commercial": "CI", "supplement": "CI"}


class SentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the claim to send."""

    id: uuid.UUID
    number: int
    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]
    service_date: dt.date


class EarlierPayer(msgspec.Struct, frozen=True):
    """A payer that was asked before, and its decision."""

    decision: PriorDecision
    coverage: Coverage
    payer: Payer


class Sendable(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one claim needs to be written."""

    number: str
    charge_cents: int
    payer_order: int
    place_of_service: str
    prior_authorization: str
    diagnoses: tuple[str, ...]
    rendering: Party
    rendering_taxonomy: str
    referring: Party | None
    patient: Patient
    coverage: Coverage
    payer: Payer
    later: tuple[tuple[Coverage, Payer], ...]
    """Coverages that come after this payer."""
    earlier: tuple[EarlierPayer, ...]
    lines: tuple[SentLine, ...]


def billing_provider(practice: BillingPractice) -> BillingProvider:
    """The practice as the billing provider (loop 2010AA)."""
    return BillingProvider(
        party=Party(
            "85",
            x12_text(practice.name),
            id_qualifier="XX",
            identifier=practice.npi,
            address=_address(practice.address, practice.city, practice.state_code, practice.zip),
            references=[Reference("EI", practice.tax_id)],
        ),
        taxonomy=practice.taxonomy,
    )


def submitter(practice: BillingPractice, submitter_id: str) -> Party:
    """Who sends the file (loop 1000A)."""
    contact = Contact("BILLING OFFICE", [ContactNumber("TE", practice.phone)])
    return Party("41", x12_text(practice.name), id_qualifier="46", identifier=submitter_id, contacts=[contact])


def professional_claim(one: Sendable, billing: BillingProvider) -> Claim:
    """The claim for the payer it goes to now."""
    dependent = one.coverage.relationship != "self"
    parties = [party for party in (one.referring, one.rendering) if party is not None]
    return Claim(
        control_number=one.number,
        charge_cents=one.charge_cents,
        place_of_service=one.place_of_service,
        billing=billing,
        subscriber=_insured(one.coverage, one.payer, one.payer_order, one.patient),
        patient=_patient(one.patient, "QC") if dependent else None,
        patient_relationship=RELATIONSHIP[one.coverage.relationship] if dependent else "",
        diagnoses=[code for code in one.diagnoses if code],
        prior_authorization=one.prior_authorization,
        parties=parties,
        taxonomies={"82": one.rendering_taxonomy} if one.rendering_taxonomy else {},
        others=_others(one),
        lines=[_line(line, _places(one.diagnoses), one.earlier) for line in one.lines],
    )


def rendering_party(npi: str, last_name: str, first_name: str) -> Party:
    """Who treated (loop 2310B)."""
    return Party("82", x12_text(last_name), x12_text(first_name), id_qualifier="XX", identifier=npi, entity_type="1")


def referring_party(npi: str, last_name: str, first_name: str) -> Party | None:
    """Who referred (loop 2310A), if anybody."""
    if not last_name:
        return None
    return Party("DN", x12_text(last_name), x12_text(first_name), id_qualifier="XX", identifier=npi, entity_type="1")


def _insured(coverage: Coverage, payer: Payer, order: int, patient: Patient) -> Insured:
    own = coverage.relationship == "self"
    return Insured(
        responsibility=RESPONSIBILITY[order],
        relationship="18" if own else "",
        group_number=coverage.group_number,
        filing_code=FILING_CODE[payer.kind],
        party=_member(coverage, patient),
        payer=Party("PR", x12_text(payer.name), id_qualifier="PI", identifier=payer.edi_id),
    )


def _member(coverage: Coverage, patient: Patient) -> Party:
    if coverage.relationship == "self":
        member = _patient(patient, "IL")
    else:
        member = Party(
            "IL", x12_text(coverage.subscriber_last_name), x12_text(coverage.subscriber_first_name), entity_type="1"
        )
    member.id_qualifier, member.identifier = "MI", coverage.member_id
    return member


def _patient(patient: Patient, role: str) -> Party:
    return Party(
        role,
        x12_text(patient.last_name),
        x12_text(patient.first_name),
        entity_type="1",
        address=_address(patient.address, patient.city, patient.state_code, patient.zip),
        birth_date=patient.birth_date,
        sex=patient.sex,
    )


def _address(line: str, city: str, state: str, zip_code: str) -> Address:
    return Address(x12_text(line), "", x12_text(city), state, zip_code.replace("-", ""))


def _others(one: Sendable) -> list[OtherPayer]:
    """Every other insurance: the earlier ones with what they decided, the later ones as information."""
    decided = [_decided(earlier, one.patient) for earlier in one.earlier]
    following = [
        OtherPayer(insured=_other_insured(coverage, payer, one.payer_order + place, one.patient))
        for place, (coverage, payer) in enumerate(one.later, start=1)
    ]
    return decided + following


def _other_insured(coverage: Coverage, payer: Payer, order: int, patient: Patient) -> Insured:
    """The other subscriber (loop 2320) names a relationship always, and neither address details nor birth date."""
    insured = _insured(coverage, payer, order, patient)
    insured.relationship = RELATIONSHIP[coverage.relationship]
    insured.party.birth_date, insured.party.sex = None, ""
    return insured


def _decided(earlier: EarlierPayer, patient: Patient) -> OtherPayer:
    decision = earlier.decision
    return OtherPayer(
        insured=_other_insured(earlier.coverage, earlier.payer, decision.payer_order, patient),
        paid_cents=decision.paid_cents,
        remaining_cents=decision.patient_cents,
    )


def _places(diagnoses: Sequence[str]) -> dict[int, int]:
    """Where each diagnosis of the encounter stands on the claim, which leaves out those that are blank."""
    present = (place for place, code in enumerate(diagnoses, start=1) if code)
    return {place: written for written, place in enumerate(present, start=1)}


def _line(line: SentLine, places: Mapping[int, int], earlier: Sequence[EarlierPayer]) -> ServiceLine:
    return ServiceLine(
        number=line.number,
        procedure=Procedure("HC", line.procedure_code, line.modifiers),
        charge_cents=line.charge_cents,
        units=Decimal(line.units),
        pointers=[places[pointer] for pointer in line.pointers],
        service_date=line.service_date,
        control_number=line.control_number,
        adjudications=[
            _adjudication(one, decided)
            for one in earlier
            for decided in one.decision.lines
            if decided.line_id == line.id
        ],
    )


def _adjudication(earlier: EarlierPayer, line: PriorLine) -> LineAdjudication:
    return LineAdjudication(
        payer_identifier=earlier.payer.edi_id,
        paid_cents=line.paid_cents,
        adjustments=[
            Adjustment(one.group, one.reason, one.amount_cents, None if one.quantity is None else Decimal(one.quantity))
            for one in line.adjustments
            if one.amount_cents
        ],
        paid_date=earlier.decision.paid_date,
    )
