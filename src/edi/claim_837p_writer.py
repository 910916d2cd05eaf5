"""Writes professional claims (005010X222A1)."""

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_writer import ClaimSetWriter, OutgoingSet
from edi.health_codes import write_health_codes
from edi.procedure_text import procedure_text
from edi.x12.envelope import Envelope
from edi.x12.values import CENTS_TEXT, DATE_TEXT, format_quantity
from edi.x12.writer import InterchangeWriter


def write_837p(envelope: Envelope, sets: list[OutgoingSet]) -> bytes:
    """One interchange of professional claims.

    Raises ValueRefusedError or ElementRefusedError, naming what cannot be written; then nothing is.
    """
    out = InterchangeWriter(envelope, "837P", "837")
    for one in sets:
        out.begin_set(one.control_number)
        _ProfessionalWriter(out).write(one)
        out.end_set()
    return out.content()


class _ProfessionalWriter(ClaimSetWriter):
    guide = "837P"
    largest_line_count = 50

    def claim(self, claim: Claim) -> None:
        out = self.out
        self._form(claim)
        waiting = self.kept("2300", claim.kept)
        self.dates(claim.dates)
        waiting.before("AMT")
        self.amounts(claim.amounts)
        if claim.prior_authorization:
            out.add("REF", "G1", claim.prior_authorization)
        if claim.original_claim_number:
            out.add("REF", "F8", claim.original_claim_number)
        self.references(claim.references)
        waiting.before("HI")
        write_health_codes(out, claim.diagnoses, claim.codes)
        waiting.rest()
        for party in claim.parties:
            self.party(party, claim.taxonomies.get(party.role, ""))
        for other in claim.others:
            self.other_payer(other)
        for line in claim.lines:
            self._line(line)

    def _form(self, claim: Claim) -> None:
        out = self.out
        location = out.composite(claim.place_of_service, claim.facility_qualifier, claim.frequency)
        cause = ""
        if claim.related_causes:
            causes = (*claim.related_causes, "", "", "")[:3]
            cause = out.composite(*causes, claim.accident_state, claim.accident_country)
        signatures = (claim.signature, claim.assignment, claim.benefits_assigned, claim.release_of_information)
        charge = CENTS_TEXT[claim.charge_cents]
        if not (cause or claim.patient_signature or claim.special_program or claim.delay_reason):
            out.add("CLM", claim.control_number, charge, "", "", location, *signatures)
            return
        tail = (claim.patient_signature, cause, claim.special_program, *[""] * 7, claim.delay_reason)
        out.add("CLM", claim.control_number, charge, "", "", location, *signatures, *tail)

    def _line(self, line: ServiceLine) -> None:
        self.out.add("LX", str(line.number))
        self._facts(line)
        self._loop_as_kept(line, "2410")
        for party in line.parties:
            self.party(party, line.taxonomies.get(party.role, ""))
        for adjudication in line.adjudications:
            self.adjudication(adjudication, line)
        self._loop_as_kept(line, "2440")

    def _facts(self, line: ServiceLine) -> None:
        """The segments of loop 2400 itself."""
        out = self.out
        own = [segment for segment in line.kept if segment.loop not in ("2410", "2440")] if line.kept else ()
        waiting = self.kept("2400", own)
        self._service(line)
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

    def _service(self, line: ServiceLine) -> None:
        out = self.out
        procedure = procedure_text(out, line.procedure)
        pointers = out.composite(*map(str, line.pointers))
        units = format_quantity(line.units)
        charge = CENTS_TEXT[line.charge_cents]
        first = (procedure, charge, line.unit, units, line.place_of_service, "", pointers)
        if line.emergency or line.epsdt or line.family_planning or line.copay_exempt:
            tail = ("", line.emergency, "", line.epsdt, line.family_planning, "", "", line.copay_exempt)
            out.add("SV1", *first, *tail)
        else:
            out.add("SV1", *first)
