"""Writes professional claims (005010X222A1)."""

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_run_writer import ClaimRunWriter
from edi.claim_837_writer import LARGEST_DIAGNOSIS_COUNT, ClaimSetWriter, OutgoingSet
from edi.health_codes import write_health_codes
from edi.procedure_text import procedure_text
from edi.x12.envelope import Envelope
from edi.x12.templates import Template
from edi.x12.values import CENTS_TEXT, DATE_TEXT, QUANTITY_TEXT
from edi.x12.writer import InterchangeWriter

CLAIM = Template("""
    CLM*{number}*{charge}***{place}:{facility}:{frequency}*{signature}*{assignment}*{benefits}*{release}
""")

DIAGNOSES = [Template("HI*ABK:{principal}" + "*ABF:{other}" * others) for others in range(LARGEST_DIAGNOSIS_COUNT)]

_LINE = """
    LX*{number}
    SV1*{qualifier}:{code}MODIFIERS*{charge}*{unit}*{units}*{place}**{pointer}POINTERS
    DTP*472*{form}*{date}
    REF*6R*{control_number}
"""
LINES = {
    (modifiers, pointers): Template(
        _LINE.replace("MODIFIERS", ":{modifier}" * modifiers).replace("POINTERS", ":{pointer}" * (pointers - 1))
    )
    for modifiers in range(5)
    for pointers in range(1, 5)
}
"""By the number of modifiers and of diagnosis pointers."""


def write_837p(envelope: Envelope, sets: list[OutgoingSet]) -> bytes:
    """One interchange of professional claims.

    Raises ValueRefusedError or ElementRefusedError, naming what cannot be written; then nothing is.
    """
    out = InterchangeWriter(envelope, "837P", "837")
    for one in sets:
        out.begin_set(one.control_number)
        ProfessionalRunWriter(out).write(one)
        out.end_set()
    return out.content()


class ProfessionalWriter(ClaimSetWriter):
    """Writes them segment by segment, which defines what is written."""

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

    def stay(self, claim: Claim) -> None:
        """Nothing: only a hospital tells of a stay."""

    def health_codes(self, claim: Claim) -> None:
        write_health_codes(self.out, claim.diagnoses, claim.codes)

    def service(self, line: ServiceLine) -> None:
        out = self.out
        procedure = procedure_text(out, line.procedure)
        pointers = out.composite(*map(str, line.pointers))
        units = QUANTITY_TEXT[line.units]
        charge = CENTS_TEXT[line.charge_cents]
        first = (procedure, charge, line.unit, units, line.place_of_service, "", pointers)
        if line.emergency or line.epsdt or line.family_planning or line.copay_exempt:
            tail = ("", line.emergency, "", line.epsdt, line.family_planning, "", "", line.copay_exempt)
            out.add("SV1", *first, *tail)
        else:
            out.add("SV1", *first)


class ProfessionalRunWriter(ClaimRunWriter, ProfessionalWriter):
    """The same, faster: the usual claim and the usual line in one step each."""

    def __init__(self, out: InterchangeWriter) -> None:
        super().__init__(out)
        self._claim_form = out.prepared(CLAIM)
        self._diagnoses = [out.prepared(form) for form in DIAGNOSES]
        self._line_forms = {shape: out.prepared(form) for shape, form in LINES.items()}

    def form(self, claim: Claim) -> None:
        if (
            claim.related_causes or claim.patient_signature or claim.special_program or claim.delay_reason
            or not claim.frequency
        ):  # fmt: skip
            super().form(claim)
            return
        self.out.fill(
            self._claim_form,
            (
                claim.control_number, CENTS_TEXT[claim.charge_cents], claim.place_of_service, claim.facility_qualifier,
                claim.frequency, claim.signature, claim.assignment, claim.benefits_assigned, claim.release_of_information,
            ),
        )  # fmt: skip

    def health_codes(self, claim: Claim) -> None:
        diagnoses = claim.diagnoses
        if claim.codes or "" in diagnoses:
            super().health_codes(claim)
        else:
            self.out.fill(self._diagnoses[len(diagnoses) - 1], tuple(diagnoses))

    def line(self, line: ServiceLine) -> None:
        procedure = line.procedure
        modifiers, pointers = procedure.modifiers, line.pointers
        template = self._line_forms.get((len(modifiers), len(pointers)))
        if (
            template is None
            or line.service_date is None
            or not line.control_number
            or line.references or line.dates or line.amounts or line.adjudications or line.parties or line.kept
            or line.emergency or line.epsdt or line.family_planning or line.copay_exempt
            or procedure.description or procedure.end_code or not procedure.code or "" in modifiers
        ):  # fmt: skip
            super().line(line)
            return
        form, date = "D8", DATE_TEXT[line.service_date]
        if line.service_end_date is not None:
            form, date = "RD8", f"{date}-{DATE_TEXT[line.service_end_date]}"
        self.out.fill(
            template,
            (
                str(line.number), procedure.qualifier, procedure.code, *modifiers, CENTS_TEXT[line.charge_cents],
                line.unit, QUANTITY_TEXT[line.units], line.place_of_service, *map(str, pointers),
                form, date, line.control_number,
            ),
        )  # fmt: skip
