"""Writes professional claims (005010X222A1)."""

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_writer import ClaimSetWriter, OutgoingSet
from edi.health_codes import write_health_codes
from edi.procedure_text import procedure_text
from edi.x12.envelope import Envelope
from edi.x12.values import CENTS_TEXT, format_quantity
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

    def form(self, claim: Claim) -> None:
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

    def health_codes(self, claim: Claim) -> None:
        write_health_codes(self.out, claim.diagnoses, claim.codes)

    def service(self, line: ServiceLine) -> None:
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
