"""Writes professional claims (005010X222A1). Strict: what a payer would have to reject for its form is refused here."""

import msgspec

from edi.claim_837 import Claim, ClaimSet, Insured, LineAdjudication, OtherPayer, ServiceLine
from edi.parties import Party
from edi.procedures import Adjustment, procedure_parts
from edi.x12.envelope import Envelope
from edi.x12.errors import ValueRefusedError
from edi.x12.values import CENTS_TEXT, DATE_TEXT, format_quantity, format_time
from edi.x12.writer import InterchangeWriter

LARGEST_LINE_COUNT = 50
LARGEST_DIAGNOSIS_COUNT = 12
_NEEDS_ORIGINAL = {"7", "8"}


class OutgoingSet(msgspec.Struct, frozen=True):
    """One 837 to write: its head and its claims. Claims of one billing provider and subscriber share their loops when adjacent."""

    control_number: str
    head: ClaimSet
    claims: list[Claim]


def write_837p(envelope: Envelope, sets: list[OutgoingSet]) -> bytes:
    """One interchange of professional claims.

    Raises ValueRefusedError or ElementRefusedError, naming what cannot be written; then nothing is.
    """
    out = InterchangeWriter(envelope, "837P", "837")
    for one in sets:
        out.begin_set(one.control_number)
        _SetWriter(out).write(one)
        out.end_set()
    return out.content()


class _SetWriter:
    """Keeps the hierarchy (HL) of one set."""

    def __init__(self, out: InterchangeWriter) -> None:
        self._out = out
        self._level = 0
        self._billing_level = 0
        self._subscriber_level = 0

    def write(self, one: OutgoingSet) -> None:
        self._head(one.head)
        previous: Claim | None = None
        for claim in one.claims:
            _refuse_unsendable(claim)
            if previous is None or claim.billing != previous.billing:
                self._billing(claim)
                previous = None
            shared = previous is not None and _same_subscriber(previous, claim)
            if not shared:
                self._subscriber(claim)
            if not (shared and previous is not None and previous.patient == claim.patient):
                self._patient(claim)
            _claim(self._out, claim)
            previous = claim

    def _head(self, head: ClaimSet) -> None:
        out = self._out
        time = format_time(head.created_time) if head.created_time else ""
        out.add("BHT", "0019", head.purpose, head.reference, DATE_TEXT[head.created], time, head.kind)
        for party in (head.submitter, head.receiver):
            _name(out, party)
            _contacts(out, party)

    def _next_level(self, parent: str, code: str, children: str) -> int:
        self._level += 1
        self._out.add("HL", str(self._level), parent, code, children)
        return self._level

    def _billing(self, claim: Claim) -> None:
        out, billing = self._out, claim.billing
        self._billing_level = self._next_level("", "20", "1")
        if billing.taxonomy:
            out.add("PRV", "BI", "PXC", billing.taxonomy)
        _name(out, billing.party)
        _address(out, billing.party)
        _references(out, billing.party)
        _contacts(out, billing.party)

    def _subscriber(self, claim: Claim) -> None:
        out, insured = self._out, claim.subscriber
        children = "1" if claim.is_dependent else "0"
        self._subscriber_level = self._next_level(str(self._billing_level), "22", children)
        _insurance(out, insured)
        _name(out, insured.party)
        if not claim.is_dependent:
            _address(out, insured.party)
            _demographics(out, insured.party)
        _references(out, insured.party)
        _name(out, insured.payer)
        _address(out, insured.payer)
        _references(out, insured.payer)

    def _patient(self, claim: Claim) -> None:
        out, patient = self._out, claim.patient
        if patient is None:
            return
        self._next_level(str(self._subscriber_level), "23", "0")
        out.add("PAT", claim.patient_relationship)
        _name(out, patient)
        _address(out, patient)
        _demographics(out, patient)


def _same_subscriber(one: Claim, other: Claim) -> bool:
    """A subscriber's loop serves the subscriber's own claims or those of dependents, never both: HL04 says which."""
    return one.subscriber == other.subscriber and one.is_dependent == other.is_dependent


def _refuse_unsendable(claim: Claim) -> None:
    where = f"claim {claim.control_number}"
    if not claim.lines or len(claim.lines) > LARGEST_LINE_COUNT:
        raise ValueRefusedError(f"{where} has {len(claim.lines)} service lines; a professional claim has 1 to 50")
    if not claim.diagnoses or len(claim.diagnoses) > LARGEST_DIAGNOSIS_COUNT:
        raise ValueRefusedError(f"{where} has {len(claim.diagnoses)} diagnoses; a professional claim has 1 to 12")
    if claim.charge_cents != sum(line.charge_cents for line in claim.lines):
        raise ValueRefusedError(f"{where} charges another amount than its lines together")
    if (claim.frequency in _NEEDS_ORIGINAL) != bool(claim.original_claim_number):
        raise ValueRefusedError(f"{where}: REF*F8 goes with frequency 7 or 8 and with no other (x12.org RFI 2110)")


def _name(out: InterchangeWriter, party: Party) -> None:
    name = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
    out.add("NM1", party.role, party.entity_type, *name, party.id_qualifier, party.identifier)


def _address(out: InterchangeWriter, party: Party) -> None:
    if party.address is not None:
        one = party.address
        out.add("N3", one.line1, one.line2)
        out.add("N4", one.city, one.state, one.postal_code, one.country)


def _demographics(out: InterchangeWriter, party: Party) -> None:
    if party.birth_date is not None:
        out.add("DMG", "D8", DATE_TEXT[party.birth_date], party.sex)


def _references(out: InterchangeWriter, party: Party) -> None:
    for one in party.references:
        out.add("REF", one.qualifier, one.value, one.description)


def _contacts(out: InterchangeWriter, party: Party) -> None:
    for one in party.contacts:
        out.add(
            "PER", one.function, one.name, *(text for number in one.numbers for text in (number.kind, number.number))
        )


def _insurance(out: InterchangeWriter, insured: Insured) -> None:
    out.add(
        "SBR",
        insured.responsibility,
        insured.relationship,
        insured.group_number,
        insured.group_name,
        insured.insurance_type,
        "",
        "",
        "",
        insured.filing_code,
    )


def _claim(out: InterchangeWriter, claim: Claim) -> None:
    location = out.composite(claim.place_of_service, claim.facility_qualifier, claim.frequency)
    out.add(
        "CLM",
        claim.control_number,
        CENTS_TEXT[claim.charge_cents],
        "",
        "",
        location,
        claim.signature,
        claim.assignment,
        claim.benefits_assigned,
        claim.release_of_information,
    )
    for fact in claim.dates:
        out.add("DTP", fact.qualifier, "D8", DATE_TEXT[fact.date])
    for amount in claim.amounts:
        out.add("AMT", amount.qualifier, CENTS_TEXT[amount.cents])
    if claim.prior_authorization:
        out.add("REF", "G1", claim.prior_authorization)
    if claim.original_claim_number:
        out.add("REF", "F8", claim.original_claim_number)
    for one in claim.references:
        out.add("REF", one.qualifier, one.value, one.description)
    out.add("HI", *(_diagnosis(out, place, code) for place, code in enumerate(claim.diagnoses)))
    for party in claim.parties:
        _name(out, party)
        if party.role in claim.taxonomies:
            out.add("PRV", "PE", "PXC", claim.taxonomies[party.role])
        _address(out, party)
        _references(out, party)
    for other in claim.others:
        _other_payer(out, other)
    for line in claim.lines:
        _line(out, line)


def _diagnosis(out: InterchangeWriter, place: int, code: str) -> str:
    return out.composite("ABF" if place else "ABK", code)


def _other_payer(out: InterchangeWriter, other: OtherPayer) -> None:
    _insurance(out, other.insured)
    _adjustments(out, other.adjustments)
    for qualifier, cents in (("D", other.paid_cents), ("EAF", other.remaining_cents)):
        if cents is not None:
            out.add("AMT", qualifier, CENTS_TEXT[cents])
    out.add("OI", "", "", other.benefits_assigned, "", "", other.release_of_information)
    _name(out, other.insured.party)
    _address(out, other.insured.party)
    _name(out, other.insured.payer)
    if other.claim_number:
        out.add("REF", "F8", other.claim_number)


def _line(out: InterchangeWriter, line: ServiceLine) -> None:
    out.add("LX", str(line.number))
    procedure = out.composite(*procedure_parts(line.procedure))
    pointers = out.composite(*(str(pointer) for pointer in line.pointers))
    out.add(
        "SV1",
        procedure,
        CENTS_TEXT[line.charge_cents],
        line.unit,
        format_quantity(line.units),
        line.place_of_service,
        "",
        pointers,
    )
    if line.service_end_date is not None and line.service_end_date != line.service_date:
        out.add("DTP", "472", "RD8", f"{DATE_TEXT[line.service_date]}-{DATE_TEXT[line.service_end_date]}")
    else:
        out.add("DTP", "472", "D8", DATE_TEXT[line.service_date])
    for fact in line.dates:
        out.add("DTP", fact.qualifier, "D8", DATE_TEXT[fact.date])
    if line.control_number:
        out.add("REF", "6R", line.control_number)
    for one in line.references:
        out.add("REF", one.qualifier, one.value, one.description)
    for amount in line.amounts:
        out.add("AMT", amount.qualifier, CENTS_TEXT[amount.cents])
    for party in line.parties:
        _name(out, party)
    for adjudication in line.adjudications:
        _adjudication(out, adjudication, line)


def _adjudication(out: InterchangeWriter, one: LineAdjudication, line: ServiceLine) -> None:
    if one.paid_cents < 0:
        raise ValueRefusedError(f"line {line.number}: an earlier payer's payment (SVD02) cannot be negative")
    procedure = out.composite(*procedure_parts(one.procedure or line.procedure))
    units = format_quantity(one.paid_units if one.paid_units is not None else line.units)
    out.add("SVD", one.payer_identifier, CENTS_TEXT[one.paid_cents], procedure, "", units)
    _adjustments(out, one.adjustments)
    if one.paid_date is not None:
        out.add("DTP", "573", "D8", DATE_TEXT[one.paid_date])


def _adjustments(out: InterchangeWriter, adjustments: list[Adjustment]) -> None:
    """CAS segments: one per group and six reasons, in the order given."""
    groups: dict[str, list[Adjustment]] = {}
    for one in adjustments:
        groups.setdefault(one.group, []).append(one)
    for group, reasons in groups.items():
        for start in range(0, len(reasons), 6):
            trios = [
                text
                for one in reasons[start : start + 6]
                for text in (one.reason, CENTS_TEXT[one.amount_cents], format_quantity(one.quantity))
            ]
            out.add("CAS", group, *trios)
