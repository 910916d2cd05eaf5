"""What an 835 says, as values: a payment, its claim payments with service lines, and provider-level adjustments.

Amounts are integer cents with the sign the payer sent. Lists keep the order of the file. `kept` holds every segment
that has no typed place, `problems` what could not be read; a value with problems must not be posted unseen.
"""

import datetime as dt
from decimal import Decimal

import msgspec

from edi.parties import Amount, DatedFact, Party, Reference, find_amount, find_date, find_reference
from edi.procedures import Adjustment, Procedure
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.segment import Segment


class BankAccount(msgspec.Struct, gc=False):
    """One side of the money transfer in BPR."""

    routing_qualifier: str = ""
    routing_number: str = ""
    account_qualifier: str = ""
    account_number: str = ""


class Quantity(msgspec.Struct, gc=False):
    """QTY with the qualifier that says what is counted."""

    qualifier: str
    quantity: Decimal | None


class RemarkCode(msgspec.Struct, gc=False):
    """LQ: `qualifier` HE for a remittance advice remark code (RARC), RX for a pharmacy reject code."""

    qualifier: str
    code: str


class Payment(msgspec.Struct, kw_only=True, gc=False):
    """The head of one 835: how much is paid, how, when, by whom, to whom."""

    payment_cents: int
    """BPR02; never negative in a valid file."""
    trace_number: str = ""
    """TRN02: check or EFT number; with `payer_identifier` it joins the bank deposit."""
    payer_identifier: str = ""
    """TRN03: 1 followed by the payer's tax id."""
    payer_supplement: str = ""
    handling_code: str = "I"
    credit_debit: str = "C"
    method_code: str = "ACH"
    """ACH, CHK, NON (no payment), BOP, FWT."""
    format_code: str = ""
    payer_account: BankAccount | None = None
    originator_id: str = ""
    originator_supplement: str = ""
    payee_account: BankAccount | None = None
    payment_date: dt.date | None = None
    payer: Party | None = None
    payee: Party | None = None
    references: list[Reference] = []
    dates: list[DatedFact] = []
    transaction: TransactionSet | None = None
    byte_start: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []

    @property
    def production_date(self) -> dt.date | None:
        """DTM*405: the payer's cutoff for this remittance."""
        return find_date(self.dates, "405")

    @property
    def payee_npi(self) -> str:
        """NPI of the payee, empty when identified by tax id."""
        return self.payee.npi if self.payee else ""

    @property
    def payee_tax_id(self) -> str:
        """Tax id of the payee, from its own identifier or from REF*TJ."""
        if self.payee is None:
            return ""
        return self.payee.identifier if self.payee.id_qualifier == "FI" else self.payee.reference("TJ")


class ClaimGroup(msgspec.Struct, gc=False):
    """LX with its provider summaries (TS3, TS2), whose elements are kept as sent."""

    number: str = ""
    provider_summary: list[str] = []
    supplemental_summary: list[str] = []


class InpatientAdjudication(msgspec.Struct, gc=False):
    """MIA as sent: `elements[0]` is MIA01."""

    elements: list[str]

    @property
    def remark_codes(self) -> list[str]:
        """Claim-level remark codes: MIA05 and MIA20 to MIA23."""
        return [self.elements[at] for at in (4, 19, 20, 21, 22) if at < len(self.elements) and self.elements[at]]


class OutpatientAdjudication(msgspec.Struct, gc=False):
    """MOA as sent: `elements[0]` is MOA01."""

    elements: list[str]

    @property
    def remark_codes(self) -> list[str]:
        """Claim-level remark codes: MOA03 to MOA07."""
        return [code for code in self.elements[2:7] if code]


class ServicePayment(msgspec.Struct, gc=False):
    """One SVC loop: what was paid for one service line."""

    procedure: Procedure
    charge_cents: int
    paid_cents: int
    revenue_code: str = ""
    paid_units: Decimal | None = None
    """None where not stated; the guide then means 1."""
    submitted_procedure: Procedure | None = None
    """SVC06: the procedure of the claim, when the payer paid another one (bundling, recoding)."""
    submitted_units: Decimal | None = None
    adjustments: list[Adjustment] = []
    dates: list[DatedFact] = []
    references: list[Reference] = []
    amounts: list[Amount] = []
    quantities: list[Quantity] = []
    remarks: list[RemarkCode] = []
    byte_start: int = 0
    byte_end: int = 0
    segment: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []

    @property
    def control_number(self) -> str:
        """REF*6R: the line control number of the claim, when one was sent."""
        return find_reference(self.references, "6R")

    @property
    def service_date(self) -> dt.date | None:
        """DTM*472, or the start of a period in DTM*150."""
        return find_date(self.dates, "472") or find_date(self.dates, "150")

    @property
    def service_end_date(self) -> dt.date | None:
        """DTM*151, or the single service date."""
        return find_date(self.dates, "151") or self.service_date

    @property
    def allowed_cents(self) -> int | None:
        """AMT*B6 where the payer states it."""
        return find_amount(self.amounts, "B6")


class ClaimPayment(msgspec.Struct, gc=False):
    """One CLP loop: what was decided about one claim."""

    control_number: str
    """CLP01: the patient control number (CLM01) of the claim."""
    status_code: str
    """CLP02: 1 primary, 2 secondary, 3 tertiary, 4 denied, 19-21 and 23 forwarded, 22 reversal, 25 predetermination."""
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int | None = None
    filing_code: str = ""
    payer_claim_number: str = ""
    """CLP07: with the payer, the key of this decision."""
    facility_code: str = ""
    frequency_code: str = ""
    patient_status: str = ""
    drg_code: str = ""
    drg_weight: Decimal | None = None
    discharge_fraction: Decimal | None = None
    exchange_code: str = ""
    group: ClaimGroup | None = None
    adjustments: list[Adjustment] = []
    parties: list[Party] = []
    inpatient: InpatientAdjudication | None = None
    outpatient: OutpatientAdjudication | None = None
    references: list[Reference] = []
    dates: list[DatedFact] = []
    contacts: list[Segment] = []
    """PER segments as sent."""
    amounts: list[Amount] = []
    quantities: list[Quantity] = []
    lines: list[ServicePayment] = []
    byte_start: int = 0
    byte_end: int = 0
    segment: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []

    def party(self, role: str) -> Party | None:
        """The first party in this role: QC patient, IL subscriber, 74 corrected patient, 82 rendering provider,
        TT crossover carrier, PR corrected priority payer, GB other subscriber.
        """
        return next((party for party in self.parties if party.role == role), None)

    @property
    def patient(self) -> Party | None:
        """NM1*QC."""
        return self.party("QC")

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22: every amount is the negative of an earlier decision."""
        return self.status_code == "22"

    @property
    def is_predetermination(self) -> bool:
        """CLP02 = 25: no money, no effect on receivables."""
        return self.status_code == "25"

    @property
    def is_forwarded(self) -> bool:
        """CLP02 = 19, 20, 21 or 23: the payer sent the claim on; it is not to be billed again."""
        return self.status_code in ("19", "20", "21", "23")

    @property
    def remark_codes(self) -> list[str]:
        """Claim-level remark codes of MIA and MOA."""
        codes = self.inpatient.remark_codes if self.inpatient else []
        return codes + (self.outpatient.remark_codes if self.outpatient else [])


class ProviderAdjustment(msgspec.Struct, gc=False):
    """One pair of a PLB segment. A positive amount lowers the payment, a negative one raises it (x12.org RFI 2184)."""

    provider_id: str
    fiscal_period: dt.date | None
    reason: str
    """PLB03-1: WO recovery, FB forward balance, L6 interest, CS adjustment, 72 returned payment, and so on."""
    reference: str
    amount_cents: int
    byte_start: int = 0
    segment: int = 0


class PaymentClose(msgspec.Struct, kw_only=True, gc=False):
    """What stands after the last claim of an 835, with the totals of what was read."""

    provider_adjustments: list[ProviderAdjustment] = []
    claim_count: int = 0
    claim_paid_cents: int = 0
    byte_end: int = 0
    kept: list[Segment] = []
    problems: list[Finding] = []

    @property
    def provider_adjustment_cents(self) -> int:
        """Sum of the PLB amounts."""
        return sum(adjustment.amount_cents for adjustment in self.provider_adjustments)


class Remittance(msgspec.Struct, gc=False):
    """One whole 835 transaction set."""

    payment: Payment
    claims: list[ClaimPayment]
    close: PaymentClose
