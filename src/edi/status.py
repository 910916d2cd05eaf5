"""Claim status (276/277, 005010X212): what became of a claim the payer has taken, asked and answered.

Amounts are integer cents. The acknowledgment of a file of claims is another guide: see `edi.ack_277ca`.
"""

import datetime as dt
from decimal import Decimal

import msgspec

from edi.hierarchy import TransactionHeader
from edi.parties import Amount, DatedFact, Party, Reference, find_reference
from edi.party_forms import Trace
from edi.procedures import Procedure
from edi.x12.findings import Finding
from edi.x12.segment import Segment


class StatusCode(msgspec.Struct, frozen=True):
    """One composite of STC: health care claim status category, status code, and whom it concerns."""

    category: str = ""
    """A acknowledged, P pending, F finalized (F0, F1 paid, F2 denied, F3 revised, F4 complete), R, D, E."""
    code: str = ""
    entity: str = ""
    code_list: str = ""
    """RX where the code is an NCPDP reject code."""


class StatusInformation(msgspec.Struct, kw_only=True):
    """STC: one status, with up to two further codes."""

    status: StatusCode | None = None
    date: dt.date | None = None
    """STC02: the day the status took effect."""
    action: str = ""
    charge_cents: int | None = None
    """STC04."""
    paid_cents: int | None = None
    """STC05."""
    adjudication_date: dt.date | None = None
    method: str = ""
    """STC07: CHK check, ACH, NON no payment."""
    payment_date: dt.date | None = None
    """STC08: day of the check or transfer."""
    payment_number: str = ""
    """STC09: check or transfer number."""
    second: StatusCode | None = None
    third: StatusCode | None = None
    text: str = ""

    @property
    def is_finalized(self) -> bool:
        """Whether the payer has finished with the claim."""
        return self.status is not None and self.status.category.startswith("F")


class LineInquiry(msgspec.Struct, kw_only=True):
    """SVC of a 276: a service asked about."""

    procedure: Procedure | None = None
    charge_cents: int | None = None
    revenue_code: str = ""
    units: Decimal | None = None
    references: list[Reference] = []
    """FJ: our line control number."""
    dates: list[DatedFact] = []
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []


class LineAnswer(msgspec.Struct, kw_only=True):
    """SVC of a 277: a service and its statuses."""

    procedure: Procedure | None = None
    charge_cents: int | None = None
    paid_cents: int | None = None
    revenue_code: str = ""
    units: Decimal | None = None
    statuses: list[StatusInformation] = []
    references: list[Reference] = []
    dates: list[DatedFact] = []
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []


class ClaimInquiry(msgspec.Struct, kw_only=True):
    """A claim asked about."""

    trace: Trace | None = None
    references: list[Reference] = []
    """1K payer's claim number, BLT bill type, EJ patient account, LU location, D9 clearinghouse, XZ prescription."""
    amounts: list[Amount] = []
    """T3: the charge."""
    dates: list[DatedFact] = []
    """472: days of service."""
    lines: list[LineInquiry] = []
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []


class ClaimAnswer(msgspec.Struct, kw_only=True):
    """A claim answered about. More than one answers a question that fits several claims."""

    trace: Trace | None = None
    """TRN02 repeats the question's."""
    statuses: list[StatusInformation] = []
    references: list[Reference] = []
    dates: list[DatedFact] = []
    lines: list[LineAnswer] = []
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []

    @property
    def payer_claim_number(self) -> str:
        """REF 1K."""
        return find_reference(self.references, "1K")

    @property
    def patient_account(self) -> str:
        """REF EJ."""
        return find_reference(self.references, "EJ")


class LevelAnswer(msgspec.Struct, kw_only=True):
    """TRN and STC at the receiver or provider level: why nothing below was searched."""

    trace: Trace | None = None
    statuses: list[StatusInformation] = []
    kept: list[Segment] = []


class StatusParticipant(msgspec.Struct, kw_only=True):
    """The payer, the information receiver, or the provider of service."""

    party: Party | None = None
    answers: list[LevelAnswer] = []
    """In a 277, of the receiver or the provider."""
    kept: list[Segment] = []


class InquiredPatient(msgspec.Struct, kw_only=True):
    """A subscriber or dependent whose claims are asked about; a subscriber who is not the patient has no claims."""

    party: Party | None = None
    claims: list[ClaimInquiry] = []
    kept: list[Segment] = []


class AnsweredPatient(msgspec.Struct, kw_only=True):
    """A subscriber or dependent whose claims are answered about."""

    party: Party | None = None
    claims: list[ClaimAnswer] = []
    kept: list[Segment] = []


class StatusRequest(msgspec.Struct, kw_only=True):
    """One subscriber of a 276. Consecutive values share `header`, `source`, `receiver` and `provider`."""

    header: TransactionHeader
    source: StatusParticipant | None = None
    receiver: StatusParticipant | None = None
    provider: StatusParticipant | None = None
    subscriber: InquiredPatient | None = None
    dependents: list[InquiredPatient] = []
    problems: list[Finding] = []


class StatusResponse(msgspec.Struct, kw_only=True):
    """One subscriber of a 277; none where receiver or provider were answered instead."""

    header: TransactionHeader
    source: StatusParticipant | None = None
    receiver: StatusParticipant | None = None
    provider: StatusParticipant | None = None
    subscriber: AnsweredPatient | None = None
    dependents: list[AnsweredPatient] = []
    problems: list[Finding] = []
