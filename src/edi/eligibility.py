"""Eligibility (270/271, 005010X279A1): who asks whom about which person, and what the plan covers.

Amounts are integer cents; percentages are fractions (0.2 is 20 %).
"""

from decimal import Decimal

import msgspec

from edi.hierarchy import TransactionHeader
from edi.parties import Amount, DatedFact, Party, Reference
from edi.party_forms import ProviderRole, Trace
from edi.procedures import Procedure
from edi.x12.findings import Finding
from edi.x12.segment import Segment

ACTIVE_INFORMATION = frozenset({"1", "2", "3", "4", "5"})
"""EB01 codes that say coverage is active."""


class Rejection(msgspec.Struct):
    """AAA: why a question was not answered."""

    valid: str = ""
    """AAA01: Y the question was valid but is refused, N it was not valid."""
    reason: str = ""
    """AAA03: 42 unable to respond now, 71 birth date does not match, 72 invalid member id, 75 not found, and so on."""
    follow_up: str = ""
    """AAA04: C correct and ask again, N do not ask again, R may ask again, P ask again after, and so on."""


class Participant(msgspec.Struct, kw_only=True):
    """The information source (a payer) or the information receiver (who asks)."""

    party: Party | None = None
    rejections: list[Rejection] = []
    party_rejections: list[Rejection] = []
    """At the source: AAA after its name. A receiver has only these."""
    provider: ProviderRole | None = None
    kept: list[Segment] = []


class DiagnosisCode(msgspec.Struct):
    """One code of HI. `qualifier` is ABK or ABF for ICD-10-CM, BK or BF for ICD-9-CM."""

    qualifier: str
    code: str = ""


class Relationship(msgspec.Struct):
    """INS: whether this is the insured (Y) and how the person is related (18 self, 01 spouse, 19 child, 34 other)."""

    insured: str = ""
    code: str = ""
    maintenance_type: str = ""
    maintenance_reason: str = ""
    birth_sequence: str = ""
    """INS17: which of several born together."""


class MilitaryService(msgspec.Struct):
    """MPI."""

    information_status: str = ""
    employment_status: str = ""
    affiliation: str = ""
    description: str = ""
    rank: str = ""
    period_format: str = ""
    period: str = ""


class Place(msgspec.Struct):
    """III: a place of service or nature of injury (`qualifier` ZZ, BF, BK, GR and so on)."""

    qualifier: str = ""
    code: str = ""
    category: str = ""
    text: str = ""


class Member(msgspec.Struct, kw_only=True):
    """A subscriber or a dependent. The insured's member id is `party.identifier`."""

    traces: list[Trace] = []
    party: Party | None = None
    rejections: list[Rejection] = []
    provider: ProviderRole | None = None
    relationship: Relationship | None = None
    diagnoses: list[DiagnosisCode] = []
    dates: list[DatedFact] = []
    """291 plan, 307 eligibility, 346 plan begin, 102 issue, and so on."""
    military_service: MilitaryService | None = None
    kept: list[Segment] = []


class Inquiry(msgspec.Struct, kw_only=True):
    """EQ: what is asked. Service type 30 asks about the plan as a whole."""

    service_types: list[str] = []
    procedure: Procedure | None = None
    coverage_level: str = ""
    """EQ03: IND individual, FAM family, and so on."""
    insurance_type: str = ""
    diagnosis_pointers: list[str] = []
    amounts: list[Amount] = []
    """R spend down, PB its balance due."""
    places: list[Place] = []
    references: list[Reference] = []
    """9F referral, G1 prior authorization."""
    dates: list[DatedFact] = []
    kept: list[Segment] = []


class Delivery(msgspec.Struct, kw_only=True):
    """HSD: how much of a service may be delivered, how often."""

    quantity_qualifier: str = ""
    """VS visits, DY days, HS hours, UN units, MN months, FL units."""
    quantity: Decimal | None = None
    unit: str = ""
    sample_selection: Decimal | None = None
    period: str = ""
    """HSD05, coded as EB06 is: 27 visit, 29 remaining, 34 month, and so on."""
    period_count: Decimal | None = None
    frequency: str = ""
    time: str = ""


class RelatedEntity(msgspec.Struct, kw_only=True):
    """Another organization or person a benefit concerns: primary care provider, other payer, third party."""

    party: Party | None = None
    relationship: str = ""
    """NM110: how a benefit-related person is related."""
    provider: ProviderRole | None = None
    kept: list[Segment] = []


class Benefit(msgspec.Struct, kw_only=True):
    """EB: one statement about coverage."""

    information: str = ""
    """EB01: 1 active, 6 inactive, A co-insurance, B co-payment, C deductible, F limitations, G out of pocket, and so on."""
    coverage_level: str = ""
    service_types: list[str] = []
    insurance_type: str = ""
    plan: str = ""
    """EB05: the plan's description."""
    period: str = ""
    """EB06: 23 calendar year, 27 visit, 29 remaining, 32 lifetime, and so on."""
    amount_cents: int | None = None
    percent: Decimal | None = None
    """A fraction: 0.2 is 20 %."""
    quantity_qualifier: str = ""
    quantity: Decimal | None = None
    authorization_required: str = ""
    """EB11: Y, N, U unknown."""
    in_network: str = ""
    """EB12: Y in network, N out of network, W both, U unknown."""
    procedure: Procedure | None = None
    diagnosis_pointers: list[str] = []
    deliveries: list[Delivery] = []
    references: list[Reference] = []
    dates: list[DatedFact] = []
    rejections: list[Rejection] = []
    messages: list[str] = []
    places: list[Place] = []
    related: list[RelatedEntity] = []
    kept: list[Segment] = []

    @property
    def is_active(self) -> bool:
        """Whether this statement says that coverage is active."""
        return self.information in ACTIVE_INFORMATION


class InquiredMember(Member, kw_only=True):
    """A person asked about."""

    inquiries: list[Inquiry] = []


class CoveredMember(Member, kw_only=True):
    """A person answered about."""

    benefits: list[Benefit] = []


class EligibilityRequest(msgspec.Struct, kw_only=True):
    """One subscriber of a 270 with the dependents asked about. Consecutive values share `header`, `source`, `receiver`."""

    header: TransactionHeader
    source: Participant | None = None
    receiver: Participant | None = None
    subscriber: InquiredMember | None = None
    dependents: list[InquiredMember] = []
    problems: list[Finding] = []


class EligibilityResponse(msgspec.Struct, kw_only=True):
    """One subscriber of a 271 with the dependents answered about; none where source or receiver were rejected."""

    header: TransactionHeader
    source: Participant | None = None
    receiver: Participant | None = None
    subscriber: CoveredMember | None = None
    dependents: list[CoveredMember] = []
    problems: list[Finding] = []

    @property
    def rejections(self) -> list[Rejection]:
        """Every reason not to answer, at whatever level it stands."""
        found: list[Rejection] = []
        for participant in (self.source, self.receiver):
            if participant is not None:
                found += participant.rejections + participant.party_rejections
        for member in (self.subscriber, *self.dependents):
            if member is not None:
                found += member.rejections
                found += [rejection for benefit in member.benefits for rejection in benefit.rejections]
        return found
