"""Prior authorization (278, 005010X217): services a payer is asked to review, and what it decided about them.

Amounts are integer cents. One value is one patient event with its services; `AuthorizationRequest` asks (BHT02 13, or 01
to cancel), `AuthorizationResponse` answers (BHT02 11).
"""

import datetime as dt
from decimal import Decimal

import msgspec

from edi.eligibility import Delivery, Participant, Rejection, Relationship
from edi.hierarchy import TransactionHeader
from edi.parties import DatedFact, Party, Reference
from edi.party_forms import ProviderRole, Trace
from edi.procedures import Procedure
from edi.x12.findings import Finding
from edi.x12.segment import Segment

APPROVED_ACTIONS = frozenset({"A1", "A6"})
"""HCR01 codes that let the service go ahead: certified in total, certified with modifications."""


class Facility(msgspec.Struct, frozen=True):
    """UM04: where the service takes place."""

    code: str = ""
    qualifier: str = ""
    """A type of bill, B place of service."""
    frequency: str = ""


class RelatedCauses(msgspec.Struct, frozen=True):
    """UM05: what brought the need about (AA auto accident, EM employment, AP another party, OA other accident)."""

    first: str = ""
    second: str = ""
    third: str = ""
    state: str = ""
    country: str = ""


class ReviewInformation(msgspec.Struct, kw_only=True):
    """UM: what kind of review is asked for."""

    category: str = ""
    """UM01: AR admission, HS health services, SC specialty care referral, IN individual."""
    certification_type: str = ""
    """UM02: I initial, R renewal, 3 cancel, 4 extension, S revised, 1 appeal immediate, 2 appeal standard."""
    service_type: str = ""
    facility: Facility | None = None
    related_causes: RelatedCauses | None = None
    level_of_service: str = ""
    """UM06: E elective, U urgent, 03 emergency."""
    health_condition: str = ""
    prognosis: str = ""
    release_of_information: str = ""
    delay_reason: str = ""


class Decision(msgspec.Struct, kw_only=True):
    """HCR: what was decided."""

    action: str = ""
    """HCR01: A1 certified in total, A2 in part, A3 not certified, A4 pended, A6 modified, C canceled, CT contact payer."""
    number: str = ""
    """HCR02: the authorization number that the claim must carry."""
    reasons: list[str] = []
    """HCR03."""
    second_opinion: str = ""
    """HCR04: Y when a second surgical opinion is wanted."""

    @property
    def is_approved(self) -> bool:
        """Whether everything asked for may go ahead, perhaps with changes."""
        return self.action in APPROVED_ACTIONS


class ReviewedDiagnosis(msgspec.Struct):
    """One code of HI with the day it was made. `qualifier` is ABK principal, ABF other, ABJ admitting, LOI a LOINC."""

    qualifier: str
    code: str = ""
    date: dt.date | None = None


class Condition(msgspec.Struct, kw_only=True):
    """CRC: whether conditions of one category (07 ambulance, 09 equipment, 75 limitations) hold."""

    category: str = ""
    applies: str = ""
    codes: list[str] = []


class Stay(msgspec.Struct, kw_only=True):
    """CL1: an admission."""

    admission_type: str = ""
    admission_source: str = ""
    patient_status: str = ""
    nursing_home_status: str = ""


class AmbulanceTransport(msgspec.Struct, kw_only=True):
    """CR1."""

    weight_unit: str = ""
    weight: Decimal | None = None
    transport: str = ""
    """CR103: I initial trip, R return trip, T transfer, X round trip."""
    reason: str = ""
    distance_unit: str = ""
    """DH miles, DK kilometers."""
    distance: Decimal | None = None
    origin: str = ""
    destination: str = ""
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


class SpinalManipulation(msgspec.Struct, kw_only=True):
    """CR2."""

    treatment_number: Decimal | None = None
    treatment_count: Decimal | None = None
    first_level: str = ""
    last_level: str = ""
    period_unit: str = ""
    period_count: Decimal | None = None
    monthly_count: Decimal | None = None
    condition: str = ""
    complication: str = ""
    description: str = ""
    further_description: str = ""
    x_rays: str = ""


class HomeOxygen(msgspec.Struct, kw_only=True):
    """CR5."""

    certification: str = ""
    months: Decimal | None = None
    equipment: str = ""
    second_equipment: str = ""
    reason: str = ""
    flow_rate: Decimal | None = None
    daily_uses: Decimal | None = None
    daily_hours: Decimal | None = None
    instructions: str = ""
    arterial_gas: Decimal | None = None
    saturation: Decimal | None = None
    test_condition: str = ""
    finding: str = ""
    second_finding: str = ""
    third_finding: str = ""
    portable_flow_rate: Decimal | None = None
    delivery_system: str = ""
    third_equipment: str = ""


class HomeHealth(msgspec.Struct, kw_only=True):
    """CR6."""

    prognosis: str = ""
    start_date: dt.date | None = None
    period_format: str = ""
    period: str = ""
    """The certification period as sent."""
    diagnosis_date: dt.date | None = None
    skilled_facility: str = ""
    medicare: str = ""
    certification_type: str = ""
    surgery_date: dt.date | None = None
    surgery_qualifier: str = ""
    surgery_code: str = ""
    order_date: dt.date | None = None
    last_visit_date: dt.date | None = None
    physician_contact_date: dt.date | None = None
    admission_format: str = ""
    admission_period: str = ""
    patient_location: str = ""


class Attachment(msgspec.Struct, kw_only=True):
    """PWK: a paper or file that supports the request."""

    report: str = ""
    transmission: str = ""
    """PWK02: BM mail, EL electronic, EM e-mail, FX fax, VO voice, AA on request."""
    identifier_qualifier: str = ""
    control_number: str = ""
    description: str = ""


class ReviewedParty(msgspec.Struct, kw_only=True):
    """NM1 at the event or a service: a provider, a place of a transport, or another organization that reviewed it."""

    party: Party | None = None
    rejections: list[Rejection] = []
    provider: ProviderRole | None = None
    dates: list[DatedFact] = []
    kept: list[Segment] = []


class ProfessionalService(msgspec.Struct, kw_only=True):
    """SV1."""

    procedure: Procedure | None = None
    charge_cents: int | None = None
    unit: str = ""
    units: Decimal | None = None
    diagnosis_pointers: list[str] = []
    epsdt: str = ""
    level_of_care: str = ""


class InstitutionalService(msgspec.Struct, kw_only=True):
    """SV2."""

    revenue_code: str = ""
    procedure: Procedure | None = None
    charge_cents: int | None = None
    unit: str = ""
    units: Decimal | None = None
    rate: Decimal | None = None
    nursing_home_status: str = ""
    level_of_care: str = ""


class DentalService(msgspec.Struct, kw_only=True):
    """SV3."""

    procedure: Procedure | None = None
    charge_cents: int | None = None
    areas: list[str] = []
    """SV304: areas of the mouth."""
    prosthesis: str = ""
    """SV305: I initial, R replacement."""
    units: Decimal | None = None
    description: str = ""


class Tooth(msgspec.Struct, kw_only=True):
    """TOO: a tooth and its surfaces."""

    code_list: str = ""
    code: str = ""
    surfaces: list[str] = []


class ReviewedPerson(msgspec.Struct, kw_only=True):
    """The subscriber, or the dependent who is the patient."""

    party: Party | None = None
    rejections: list[Rejection] = []
    relationship: Relationship | None = None
    kept: list[Segment] = []


class Reviewed(msgspec.Struct, kw_only=True):
    """What the event and its services have in common."""

    traces: list[Trace] = []
    rejections: list[Rejection] = []
    """AAA: why it could not be reviewed."""
    review: ReviewInformation | None = None
    decision: Decision | None = None
    references: list[Reference] = []
    """BB the authorization's number so far, NT the payer's reference."""
    dates: list[DatedFact] = []
    """AAH event, 435 admission, 472 service, 102 issued, 036 expires, 007 effective, and so on."""
    diagnoses: list[ReviewedDiagnosis] = []
    deliveries: list[Delivery] = []
    attachments: list[Attachment] = []
    messages: list[str] = []
    parties: list[ReviewedParty] = []
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []


class ReviewedService(Reviewed, kw_only=True):
    """One service of the event (level SS)."""

    professional: ProfessionalService | None = None
    institutional: InstitutionalService | None = None
    dental: DentalService | None = None
    teeth: list[Tooth] = []


class PatientEvent(Reviewed, kw_only=True):
    """What is to happen to the patient (level EV)."""

    conditions: list[Condition] = []
    stay: Stay | None = None
    ambulance: AmbulanceTransport | None = None
    spinal_manipulation: SpinalManipulation | None = None
    oxygen: HomeOxygen | None = None
    home_health: HomeHealth | None = None


class AuthorizationReview(msgspec.Struct, kw_only=True):
    """One patient event under review. Values in a row share `header` and the levels above them."""

    header: TransactionHeader
    organization: Participant | None = None
    """Who reviews (the utilization management organization)."""
    requester: Participant | None = None
    subscriber: ReviewedPerson | None = None
    dependent: ReviewedPerson | None = None
    """The patient, when it is not the subscriber."""
    event: PatientEvent | None = None
    services: list[ReviewedService] = []
    problems: list[Finding] = []

    @property
    def patient(self) -> ReviewedPerson | None:
        """Whom the event concerns."""
        return self.dependent or self.subscriber


class AuthorizationRequest(AuthorizationReview, kw_only=True):
    """The question: services that are to be reviewed."""


class AuthorizationResponse(AuthorizationReview, kw_only=True):
    """The answer; what was asked comes back with `decision` and `rejections`, down to the level that was reached."""

    @property
    def every_rejection(self) -> list[Rejection]:
        """Every reason not to review, at whatever level it stands."""
        found: list[Rejection] = []
        for participant in (self.organization, self.requester):
            if participant is not None:
                found += participant.rejections + participant.party_rejections
        for level in (self.subscriber, self.dependent, self.event, *self.services):
            if level is not None:
                found += level.rejections
        for reviewed in (self.event, *self.services):
            if reviewed is not None:
                found += [rejection for party in reviewed.parties for rejection in party.rejections]
        return found
