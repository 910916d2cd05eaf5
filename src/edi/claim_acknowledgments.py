"""What a 277CA says, as values: what the receiver took and what it sent back, for the file, a provider, a claim, a line.

It only accepts (STC03 WQ) or rejects (U). A rejection above the claims (receiver or provider level) rejects every claim
below it, with or without a status of its own (X12 RFI 2203).
"""

import datetime as dt
from decimal import Decimal

import msgspec

from edi.parties import Party, Reference, find_reference
from edi.procedures import Procedure
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.segment import Segment

ACCEPT, REJECT = "WQ", "U"
REJECTING_CATEGORIES = frozenset({"A3", "A6", "A7", "A8"})


class StatusCode(msgspec.Struct, gc=False):
    """Category (A1 received, A2 accepted, A3, A6, A7, A8 rejected), status code, and whom it concerns."""

    category: str
    code: str
    entity: str = ""


class Status(msgspec.Struct, gc=False):
    """STC. `category`, `code` and `entity` are those of STC01; `more` holds STC10 and STC11."""

    category: str
    code: str
    entity: str = ""
    date: dt.date | None = None
    action: str = ACCEPT
    amount_cents: int | None = None
    text: str = ""
    more: list[StatusCode] = []

    @property
    def is_rejection(self) -> bool:
        """Whether the claim goes back to the biller."""
        return self.action == REJECT or self.category in REJECTING_CATEGORIES


class LineStatus(msgspec.Struct, gc=False, kw_only=True):
    """Loop 2220D: why a service line sends the claim back."""

    procedure: Procedure
    charge_cents: int
    revenue_code: str = ""
    units: Decimal | None = None
    statuses: list[Status] = []
    references: list[Reference] = []
    service_date: dt.date | None = None
    service_end_date: dt.date | None = None
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []

    @property
    def control_number(self) -> str:
        """REF*FJ: our line control number."""
        return find_reference(self.references, "FJ")


class ClaimStatus(msgspec.Struct, kw_only=True, gc=False):
    """What became of one claim."""

    control_number: str
    """TRN02: our CLM01."""
    patient: Party | None = None
    provider: Party | None = None
    """Who billed it, when the answer names several."""
    statuses: list[Status] = []
    payer_claim_number: str = ""
    """REF*1K."""
    references: list[Reference] = []
    """Other numbers, such as REF*D9 of the clearinghouse and REF*BLT."""
    service_date: dt.date | None = None
    service_end_date: dt.date | None = None
    charge_cents: int = 0
    lines: list[LineStatus] = []
    rejected_above: bool = False
    byte_start: int = 0
    byte_end: int = 0
    kept: list[Segment] = []

    @property
    def is_rejected(self) -> bool:
        """Whether the claim was not taken."""
        return self.rejected_above or any(status.is_rejection for status in self.statuses)


class ProviderStatus(msgspec.Struct, kw_only=True, gc=False):
    """Loop 2000C: one billing provider of the file."""

    provider: Party | None = None
    trace: str = "0"
    statuses: list[Status] = []
    kept: list[Segment] = []


class ClaimAcknowledgment(msgspec.Struct, kw_only=True, gc=False):
    """One 277CA."""

    reference: str = ""
    """BHT03 of this answer."""
    created: dt.date | None = None
    created_time: dt.time | None = None
    sender_trace: str = ""
    """TRN02 of the sender; `reference` where empty."""
    received: dt.date | None = None
    """DTP*050: the day the file arrived; `created` where None."""
    processed: dt.date | None = None
    """DTP*009: the day it was looked at; `created` where None."""
    sender: Party | None = None
    receiver: Party | None = None
    provider: Party | None = None
    """The only provider, or the first of `providers`."""
    batch_reference: str = ""
    """TRN02 at the receiver level: BHT03 of the claims file that is answered."""
    statuses: list[Status] = []
    """At receiver level. A rejection here rejects every claim."""
    providers: list[ProviderStatus] = []
    claims: list[ClaimStatus] = []
    transaction: TransactionSet | None = None
    kept: list[Segment] = []
    problems: list[Finding] = []
