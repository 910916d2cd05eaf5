"""Writes what all kinds of 837 share: the head, the hierarchy, parties, earlier payers. A subclass adds its claim form.

Strict: what a payer would have to reject for its form is refused here. Segments kept on reading are put back.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import msgspec

from edi.address_text import write_address
from edi.claim_837 import Claim, ClaimSet, Insured, LineAdjudication, OtherPayer, PatientFacts, ServiceLine
from edi.guide.library import segment_ranks
from edi.parties import Amount, DatedFact, Party, Reference
from edi.procedure_text import procedure_text
from edi.procedures import Adjustment
from edi.x12.errors import ValueRefusedError
from edi.x12.guides import Guide
from edi.x12.segment import Segment
from edi.x12.values import CENTS_TEXT, DATE_TEXT, format_quantity, format_time
from edi.x12.writer import InterchangeWriter, KeptSegments

LARGEST_DIAGNOSIS_COUNT = 12
LARGEST_CLAIM_COUNT = 100
"""Loop 2300 repeats that often in a subscriber's or patient's loop."""
_NEEDS_ORIGINAL = {"7", "8"}
_TRIOS = 6
_PATIENT, _SUBSCRIBER, _BILLING = 1, 2, 3


class OutgoingSet(msgspec.Struct, frozen=True):
    """One 837 to write: its head and its claims. Adjacent claims of one billing provider and subscriber share loops."""

    control_number: str
    head: ClaimSet
    claims: list[Claim]


class ClaimSetWriter(ABC):
    """Keeps the hierarchy (HL) of one set."""

    guide: Guide
    largest_line_count: int
    largest_diagnosis_count = LARGEST_DIAGNOSIS_COUNT

    def __init__(self, out: InterchangeWriter) -> None:
        self.out = out
        self._nothing_kept = KeptSegments(out, {}, ())
        self._level = 0
        self.billing_level = 0
        self._subscriber_level = 0

    @abstractmethod
    def form(self, claim: Claim) -> None:
        """CLM."""

    @abstractmethod
    def stay(self, claim: Claim) -> None:
        """What follows the dates of a claim in this guide: CL1, or nothing."""

    @abstractmethod
    def health_codes(self, claim: Claim) -> None:
        """HI."""

    @abstractmethod
    def service(self, line: ServiceLine) -> None:
        """The segment that describes a service in this guide."""

    def write(self, one: OutgoingSet) -> None:
        """The whole set between ST and SE."""
        self._head(one.head)
        openings = _openings(one.claims)
        for at, claim in enumerate(one.claims):
            self.refuse_unsendable(claim)
            opens = openings[at]
            if opens == _BILLING:
                self._billing(claim)
            if opens >= _SUBSCRIBER:
                self.subscriber(claim, has_dependents=_has_dependents(one.claims, openings, at))
            if opens and claim.is_dependent:
                self._patient(claim)
            self.claim(claim)
            self.out.settle()

    def refuse_unsendable(self, claim: Claim) -> None:
        """Raise for a claim that no payer could take."""
        problem = self._why_unsendable(claim)
        if problem:
            raise ValueRefusedError(f"claim {claim.control_number}{problem}")

    def _why_unsendable(self, claim: Claim) -> str:
        lines, diagnoses = claim.lines, claim.diagnoses
        if not claim.control_number or not 0 < len(lines) <= self.largest_line_count:
            return f" has {len(lines)} service lines; it needs a number and 1 to {self.largest_line_count} lines"
        if not (diagnoses or claim.codes) or len(diagnoses) > self.largest_diagnosis_count:
            return f" has {len(diagnoses)} diagnoses; it needs 1 to {self.largest_diagnosis_count}"
        charged = 0
        for line in lines:
            charged += line.charge_cents
        if claim.charge_cents != charged:
            return " charges another amount than its lines together"
        if (claim.frequency in _NEEDS_ORIGINAL) != bool(claim.original_claim_number):
            return ": REF*F8 goes with frequency 7 or 8 and with no other (x12.org RFI 2110)"
        return ""

    def kept(self, loop: str, kept: Sequence[Segment]) -> KeptSegments:
        """Segments to put back in a loop."""
        if not kept:
            return self._nothing_kept
        return KeptSegments(self.out, segment_ranks(self.guide, loop), kept)

    def _head(self, head: ClaimSet) -> None:
        out = self.out
        time = format_time(head.created_time) if head.created_time else ""
        out.add("BHT", "0019", head.purpose, head.reference, DATE_TEXT[head.created], time, head.kind)
        for party in (head.submitter, head.receiver):
            self.party(party)

    def opened_subscriber(self) -> int:
        """The number of the level that a subscriber opens now."""
        self._level += 1
        self._subscriber_level = self._level
        return self._level

    def _next_level(self, parent: str, code: str, children: str) -> int:
        self._level += 1
        self.out.add("HL", str(self._level), parent, code, children)
        return self._level

    def _billing(self, claim: Claim) -> None:
        billing = claim.billing
        self.billing_level = self._next_level("", "20", "1")
        if billing.taxonomy:
            self.out.add("PRV", "BI", "PXC", billing.taxonomy)
        self.kept("2000A", billing.kept).rest()
        for party in (billing.party, billing.pay_to_address, billing.pay_to_plan):
            if party is not None:
                self.party(party)

    def subscriber(self, claim: Claim, *, has_dependents: bool) -> None:
        """Loop 2000B of a claim with who is insured by whom."""
        insured = claim.subscriber
        level, parent = self.opened_subscriber(), str(self.billing_level)
        self.out.add("HL", str(level), parent, "22", "1" if has_dependents else "0")
        self._insurance(insured)
        if not claim.is_dependent and (claim.patient_facts or claim.patient_relationship):
            self._patient_information(claim.patient_relationship, claim.patient_facts)
        self.kept("2000B", insured.kept).rest()
        self.party(insured.party, demographics=True)
        self.party(insured.payer)

    def _patient(self, claim: Claim) -> None:
        patient = claim.patient
        if patient is None:
            return
        self._next_level(str(self._subscriber_level), "23", "0")
        self._patient_information(claim.patient_relationship, claim.patient_facts)
        self.party(patient, demographics=True)

    def _patient_information(self, relationship: str, facts: PatientFacts | None) -> None:
        if facts is None:
            self.out.add("PAT", relationship)
            return
        death, weight = DATE_TEXT[facts.death_date], format_quantity(facts.weight_pounds)
        self.out.add(
            "PAT", relationship, "", "", "", "D8" if death else "", death, "01" if weight else "", weight,
            "Y" if facts.pregnant else "",
        )  # fmt: skip

    def party(self, party: Party, taxonomy: str = "", *, demographics: bool = False) -> None:
        """A party with everything that is said of it; `demographics` where the guide has a place for DMG."""
        out = self.out
        name = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
        out.add("NM1", party.role, party.entity_type, *name, party.id_qualifier, party.identifier)
        if taxonomy:
            out.add("PRV", "AT" if party.role == "71" else "PE", "PXC", taxonomy)
        address = party.address
        if address is not None:
            write_address(out, address)
        if demographics and (party.birth_date is not None or party.sex):
            out.add("DMG", "D8", DATE_TEXT[party.birth_date], party.sex)
        waiting = KeptSegments(out, {"DTP": 0, "REF": 1, "PER": 2}, party.kept) if party.kept else None
        if waiting is not None:
            waiting.before("REF")
        self.references(party.references)
        for contact in party.contacts:
            numbers = (text for number in contact.numbers for text in (number.kind, number.number))
            out.add("PER", contact.function, contact.name, *numbers)
        if waiting is not None:
            waiting.rest()

    def claim(self, claim: Claim) -> None:
        """Loop 2300 with everything below it."""
        out = self.out
        self.form(claim)
        waiting = self.kept("2300", claim.kept)
        self.dates(claim.dates)
        self.stay(claim)
        waiting.before("AMT")
        self.amounts(claim.amounts)
        if claim.prior_authorization:
            out.add("REF", "G1", claim.prior_authorization)
        if claim.original_claim_number:
            out.add("REF", "F8", claim.original_claim_number)
        self.references(claim.references)
        waiting.before("HI")
        self.health_codes(claim)
        waiting.rest()
        for party in claim.parties:
            self.party(party, claim.taxonomies.get(party.role, ""))
        for other in claim.others:
            self.other_payer(other)
        for line in claim.lines:
            self.line(line)

    def line(self, line: ServiceLine) -> None:
        """Loop 2400 with everything below it."""
        self.out.add("LX", str(line.number))
        self._facts(line)
        if line.kept:
            self._loop_as_kept(line, "2410")
        for party in line.parties:
            self.party(party, line.taxonomies.get(party.role, ""))
        for adjudication in line.adjudications:
            self.adjudication(adjudication, line)
        if line.kept:
            self._loop_as_kept(line, "2440")

    def _facts(self, line: ServiceLine) -> None:
        """The segments of loop 2400 itself."""
        out = self.out
        own = [segment for segment in line.kept if segment.loop not in ("2410", "2440")] if line.kept else ()
        waiting = self.kept("2400", own)
        self.service(line)
        waiting.before("DTP")
        self._service_date(line)
        self.dates(line.dates)
        waiting.before("REF")
        if line.control_number:
            out.add("REF", "6R", line.control_number)
        self.references(line.references)
        self.amounts(line.amounts)
        waiting.rest()

    def _service_date(self, line: ServiceLine) -> None:
        if line.service_date is None:
            return
        start = DATE_TEXT[line.service_date]
        if line.service_end_date is not None:
            self.out.add("DTP", "472", "RD8", f"{start}-{DATE_TEXT[line.service_end_date]}")
        else:
            self.out.add("DTP", "472", "D8", start)

    def _loop_as_kept(self, line: ServiceLine, loop: str) -> None:
        for segment in line.kept:
            if segment.loop == loop:
                self.out.add_kept(segment)

    def references(self, references: Iterable[Reference]) -> None:
        """REF segments."""
        for one in references:
            if one.related:
                self.out.add_kept(Segment(["REF", one.qualifier, one.value, one.description, one.related]))
            else:
                self.out.add("REF", one.qualifier, one.value, one.description)

    def dates(self, dates: Iterable[DatedFact]) -> None:
        """DTP segments."""
        for fact in dates:
            if fact.text:
                self.out.add("DTP", fact.qualifier, fact.format, fact.text)
            elif fact.end is not None:
                text = f"{DATE_TEXT[fact.date]}-{DATE_TEXT[fact.end]}"
                self.out.add("DTP", fact.qualifier, "RD8", text)
            else:
                self.out.add("DTP", fact.qualifier, "D8", DATE_TEXT[fact.date])

    def amounts(self, amounts: Iterable[Amount]) -> None:
        """AMT segments."""
        for amount in amounts:
            self.out.add("AMT", amount.qualifier, CENTS_TEXT[amount.cents])

    def _insurance(self, insured: Insured) -> None:
        first = (insured.responsibility, insured.relationship, insured.group_number, insured.group_name)
        self.out.add("SBR", *first, insured.insurance_type, "", "", "", insured.filing_code)

    def other_payer(self, other: OtherPayer) -> None:
        """Loop 2320."""
        out = self.out
        waiting = self.kept("2320", other.kept)
        self._insurance(other.insured)
        self.adjustments(other.adjustments)
        sums = (("D", other.paid_cents), ("EAF", other.remaining_cents), ("A8", other.non_covered_cents))
        for qualifier, cents in sums:
            if cents is not None:
                out.add("AMT", qualifier, CENTS_TEXT[cents])
        waiting.before("OI")
        signature = (other.patient_signature, "", other.release_of_information)
        out.add("OI", "", "", other.benefits_assigned, *signature)
        waiting.rest()
        self.party(other.insured.party)
        self.party(other.insured.payer)
        if other.claim_number:
            out.add("REF", "F8", other.claim_number)
        for party in other.parties:
            self.party(party)

    def adjudication(self, one: LineAdjudication, line: ServiceLine) -> None:
        """Loop 2430."""
        if one.paid_cents < 0:
            raise ValueRefusedError(f"line {line.number}: an earlier payer's payment (SVD02) cannot be negative")
        out = self.out
        procedure = procedure_text(out, one.procedure or line.procedure)
        units = format_quantity(one.paid_units if one.paid_units is not None else line.units)
        revenue = line.revenue_code
        out.add("SVD", one.payer_identifier, CENTS_TEXT[one.paid_cents], procedure, revenue, units, one.bundled_line)
        self.adjustments(one.adjustments)
        if one.paid_date is not None:
            out.add("DTP", "573", "D8", DATE_TEXT[one.paid_date])
        if one.remaining_cents is not None:
            out.add("AMT", "EAF", CENTS_TEXT[one.remaining_cents])
        self.kept("2430", one.kept).rest()

    def adjustments(self, adjustments: list[Adjustment]) -> None:
        """CAS segments: one per group and six reasons, in the order given."""
        groups: dict[str, list[Adjustment]] = {}
        for one in adjustments:
            groups.setdefault(one.group, []).append(one)
        for group, reasons in groups.items():
            for start in range(0, len(reasons), _TRIOS):
                trios = [
                    text
                    for one in reasons[start : start + _TRIOS]
                    for text in (one.reason, CENTS_TEXT[one.amount_cents], format_quantity(one.quantity))
                ]
                self.out.add("CAS", group, *trios)


def _same(one: object, other: object) -> bool:
    return one is other or one == other


def _same_patient(one: Claim, other: Claim) -> bool:
    return (
        _same(one.patient, other.patient)
        and one.patient_relationship == other.patient_relationship
        and one.patient_facts == other.patient_facts
    )


def _openings(claims: Sequence[Claim]) -> list[int]:
    """The outermost loop that is opened anew for each claim, with those within it, or 0. Neighbors share loops as far as they
    agree and the guide has room (100 claims of one patient).
    """
    found: list[int] = []
    previous: Claim | None = None
    held = 0
    for claim in claims:
        full = held == LARGEST_CLAIM_COUNT
        billing = previous is None or not _same(claim.billing, previous.billing)
        # Within a subscriber's loop its own claims come first: after a dependent's, it has to be opened again.
        subscriber = previous is None or billing or not _same(claim.subscriber, previous.subscriber)
        if previous is not None and not claim.is_dependent:
            subscriber = subscriber or previous.is_dependent or full
        patient = claim.is_dependent and (previous is None or subscriber or full or not _same_patient(claim, previous))
        held = 1 if subscriber or patient else held + 1
        found.append(_BILLING if billing else _SUBSCRIBER if subscriber else _PATIENT if patient else 0)
        previous = claim
    return found


def _has_dependents(claims: Sequence[Claim], openings: Sequence[int], at: int) -> bool:
    """Whether a claim of a dependent follows before the next subscriber."""
    for place in range(at, len(claims)):
        if place > at and openings[place] >= _SUBSCRIBER:
            return False
        if claims[place].is_dependent:
            return True
    return False
