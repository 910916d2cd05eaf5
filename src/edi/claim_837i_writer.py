"""Writes institutional claims (005010X223A2)."""

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_run_writer import ClaimRunWriter
from edi.claim_837_writer import ClaimSetWriter, OutgoingSet
from edi.health_codes import write_institutional_codes
from edi.procedure_text import procedure_text
from edi.x12.envelope import Envelope
from edi.x12.values import CENTS_TEXT, format_quantity
from edi.x12.writer import InterchangeWriter


def write_837i(envelope: Envelope, sets: list[OutgoingSet]) -> bytes:
    """One interchange of institutional claims.

    Raises ValueRefusedError or ElementRefusedError, naming what cannot be written; then nothing is.
    """
    out = InterchangeWriter(envelope, "837I", "837")
    for one in sets:
        out.begin_set(one.control_number)
        InstitutionalRunWriter(out).write(one)
        out.end_set()
    return out.content()


class InstitutionalWriter(ClaimSetWriter):
    """Writes them segment by segment, which defines what is written."""

    guide = "837I"
    largest_line_count = 999
    largest_diagnosis_count = 25

    def form(self, claim: Claim) -> None:
        out = self.out
        location = out.composite(claim.place_of_service, claim.facility_qualifier, claim.frequency)
        signatures = ("", claim.assignment, claim.benefits_assigned, claim.release_of_information)
        tail = (*[""] * 10, claim.delay_reason) if claim.delay_reason else ()
        out.add("CLM", claim.control_number, CENTS_TEXT[claim.charge_cents], "", "", location, *signatures, *tail)

    def stay(self, claim: Claim) -> None:
        self.out.add("CL1", claim.admission_type, claim.admission_source, claim.patient_status)

    def health_codes(self, claim: Claim) -> None:
        write_institutional_codes(self.out, claim.diagnoses, claim.codes)

    def service(self, line: ServiceLine) -> None:
        out = self.out
        procedure = procedure_text(out, line.procedure) if line.procedure.code else ""
        charge, units = CENTS_TEXT[line.charge_cents], format_quantity(line.units)
        uncovered = "" if line.non_covered_cents is None else CENTS_TEXT[line.non_covered_cents]
        out.add("SV2", line.revenue_code, procedure, charge, line.unit, units, "", uncovered)


class InstitutionalRunWriter(ClaimRunWriter, InstitutionalWriter):
    """The same, faster: the usual subscriber in one step."""
