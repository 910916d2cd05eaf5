"""What an 837 says, as values shared by its kinds: who bills whom for whom, the claim, its service lines, earlier payers.

Amounts are integer cents. `kept` holds every segment that has no typed place, `problems` what could not be read.
"""

import datetime as dt
from decimal import Decimal

import msgspec

from edi.parties import Amount, DatedFact, Party, Reference, find_date, find_reference
from edi.procedures import Adjustment, Procedure
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.segment import Segment


class BillingProvider(msgspec.Struct, kw_only=True, gc=False):
    """Who is to be paid (loop 2010AA): NM1*85 with address and tax id (REF*EI), and the taxonomy of PRV*BI."""

    party: Party
    taxonomy: str = ""
    pay_to_address: Party | None = None
    """NM1*87: where payment goes, when not to the billing address."""
    pay_to_plan: Party | None = None
    """NM1*PE: a plan that is to be paid instead."""
    kept: list[Segment] = []


class Insured(msgspec.Struct, kw_only=True, gc=False):
    """One insurance of the patient as the claim states it (SBR): whose it is and in which place it pays."""

    responsibility: str
    """SBR01: P primary, S secondary, T tertiary."""
    relationship: str = ""
    """SBR02 (18 self) for the subscriber as patient; PAT01 names it for a dependent."""
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_code: str = ""
    """SBR09: MB Medicare part B, MC Medicaid, CI commercial, and so on."""
    party: Party
    """NM1*IL, with the member id."""
    payer: Party
    """NM1*PR."""
    kept: list[Segment] = []


class LineAdjudication(msgspec.Struct, gc=False, kw_only=True):
    """What an earlier payer decided about a line (loop 2430: SVD, CAS, DTP*573)."""

    payer_identifier: str
    paid_cents: int
    procedure: Procedure | None = None
    paid_units: Decimal | None = None
    adjustments: list[Adjustment] = []
    paid_date: dt.date | None = None
    remaining_cents: int | None = None
    """AMT*EAF: what it left to the patient."""
    bundled_line: str = ""
    """SVD06: the line this one was bundled into."""
    kept: list[Segment] = []


class OtherPayer(msgspec.Struct, kw_only=True, gc=False):
    """Another insurance on the claim (loop 2320) with what it decided, when it was asked before."""

    insured: Insured
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    paid_cents: int | None = None
    """AMT*D: the sum it paid; with its adjustments it makes up the charge (x12.org RFI 1294)."""
    remaining_cents: int | None = None
    """AMT*EAF: what it left to the patient."""
    adjustments: list[Adjustment] = []
    """Claim-level adjustments; none when lines carry them."""
    non_covered_cents: int | None = None
    """AMT*A8."""
    claim_number: str = ""
    """REF*F8 of this payer."""
    patient_signature: str = ""
    """OI04."""
    parties: list[Party] = []
    """This payer's identifiers of the claim's providers (loops 2330C on)."""
    kept: list[Segment] = []


class PatientFacts(msgspec.Struct, gc=False, kw_only=True):
    """What PAT says of the patient beside the relationship."""

    death_date: dt.date | None = None
    weight_pounds: Decimal | None = None
    pregnant: bool = False


class ClaimCode(msgspec.Struct, gc=False):
    """One code of an HI segment that is not a plain diagnosis: `qualifier` BG condition, BP anesthesia, BE value, BH
    occurrence, BI occurrence span, BBR and BBQ procedures, ABJ admitting diagnosis, DR diagnosis related group.
    """

    qualifier: str
    code: str
    dates: str = ""
    """The date or range as sent."""
    amount_cents: int | None = None
    present_on_admission: str = ""


class ServiceLine(msgspec.Struct, gc=False, kw_only=True):
    """One service line (loop 2400)."""

    number: int
    procedure: Procedure
    charge_cents: int
    units: Decimal | None = None
    unit: str = "UN"
    place_of_service: str = ""
    pointers: list[int] = []
    service_date: dt.date | None = None
    service_end_date: dt.date | None = None
    """Last day of a period; None for a single day."""
    control_number: str = ""
    """REF*6R: comes back on the remittance, and finds the line again."""
    references: list[Reference] = []
    dates: list[DatedFact] = []
    amounts: list[Amount] = []
    adjudications: list[LineAdjudication] = []
    parties: list[Party] = []
    taxonomies: dict[str, str] = {}
    """PRV03 by the role of the party it follows."""
    emergency: str = ""
    epsdt: str = ""
    family_planning: str = ""
    copay_exempt: str = ""
    revenue_code: str = ""
    """Institutional: SV201."""
    non_covered_cents: int | None = None
    """Institutional: SV207."""
    tooth_area: str = ""
    """Dental: the oral cavity areas of SV304 as sent."""
    byte_start: int = 0
    byte_end: int = 0
    segment: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []


class Claim(msgspec.Struct, kw_only=True, gc=False):
    """One claim (loop 2300) with everything above it that applies to it."""

    control_number: str
    """CLM01; at most 20 characters, some payers cut it at 17."""
    charge_cents: int
    place_of_service: str
    frequency: str = "1"
    """1 original, 7 replacement, 8 void; 7 and 8 need `original_claim_number` (RFI 2110)."""
    original_claim_number: str = ""
    """REF*F8: the payer's number of the claim that is replaced or voided."""
    facility_qualifier: str = "B"
    signature: str = "Y"
    assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    billing: BillingProvider
    subscriber: Insured
    patient: Party | None = None
    """NM1*QC when the patient is not the subscriber."""
    patient_relationship: str = ""
    """PAT01: 01 spouse, 19 child, G8 other."""
    patient_facts: PatientFacts | None = None
    patient_signature: str = ""
    """CLM10: P when a signature is on file with the provider only by consent of law."""
    related_causes: list[str] = []
    """CLM11: AA auto accident, EM employment, OA other accident."""
    accident_state: str = ""
    accident_country: str = ""
    special_program: str = ""
    delay_reason: str = ""
    admission_type: str = ""
    """Institutional: CL101; CL102 and CL103 follow."""
    admission_source: str = ""
    patient_status: str = ""
    codes: list[ClaimCode] = []
    """Every code of the HI segments that is not in `diagnoses`."""
    diagnoses: list[str] = []
    """ICD-10-CM without points, the principal one first."""
    prior_authorization: str = ""
    references: list[Reference] = []
    dates: list[DatedFact] = []
    amounts: list[Amount] = []
    parties: list[Party] = []
    """DN referring, 82 rendering (its taxonomy in `taxonomies`), 77 service location."""
    taxonomies: dict[str, str] = {}
    """PRV03 by the role of the party it follows."""
    others: list[OtherPayer] = []
    lines: list[ServiceLine] = []
    transaction: TransactionSet | None = None
    byte_start: int = 0
    byte_end: int = 0
    segment: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []

    def party(self, role: str) -> Party | None:
        """The first party in this role."""
        return next((party for party in self.parties if party.role == role), None)

    def reference(self, qualifier: str) -> str:
        """Value of the first reference with this qualifier; empty when there is none."""
        return find_reference(self.references, qualifier)

    def date(self, qualifier: str) -> dt.date | None:
        """The first date with this qualifier."""
        return find_date(self.dates, qualifier)

    @property
    def is_dependent(self) -> bool:
        """Whether the patient is somebody else than the subscriber."""
        return self.patient is not None


class ClaimSet(msgspec.Struct, kw_only=True, gc=False):
    """The head of one 837: who submits to whom, and the reference that acknowledgments repeat."""

    reference: str
    """BHT03."""
    created: dt.date | None
    created_time: dt.time | None = None
    purpose: str = "00"
    kind: str = "CH"
    """BHT06: CH chargeable, RP reporting."""
    submitter: Party
    receiver: Party
    transaction: TransactionSet | None = None
    kept: list[Segment] = []
    problems: list[Finding] = []


class ClaimsEnd(msgspec.Struct, kw_only=True, gc=False):
    """What was counted when an 837 ended."""

    claim_count: int = 0
    charge_cents: int = 0
    problems: list[Finding] = []
