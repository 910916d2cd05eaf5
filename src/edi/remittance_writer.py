"""Writes 835s (005010X221A1): what a payer says, for tests, simulators and re-reading what was read."""

from collections.abc import Sequence

from edi.address_text import write_address
from edi.guide.library import segment_ranks
from edi.parties import DatedFact, Party, Reference
from edi.procedure_text import procedure_text
from edi.procedures import Adjustment
from edi.remittance import (
    ClaimGroup,
    ClaimPayment,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from edi.x12.envelope import Envelope
from edi.x12.errors import ValueRefusedError
from edi.x12.segment import Segment
from edi.x12.values import CENTS_TEXT, DATE_TEXT, format_quantity
from edi.x12.writer import InterchangeWriter, KeptSegments

_TRIOS = 6
_PAIRS = 6


def write_835(envelope: Envelope, remittances: Sequence[Remittance], *, first_set: int = 1) -> bytes:
    """One interchange, one set per remittance, numbered from `first_set`. Raises X12Error for a value without an X12 form."""
    out = InterchangeWriter(envelope, "835", "835")
    for number, one in enumerate(remittances, start=first_set):
        out.begin_set(f"{number:04}")
        _head(out, one.payment)
        written: ClaimGroup | None = None
        for claim in one.claims:
            group = claim.group or _ONLY_GROUP
            if group is not written:
                _group(out, group)
                written = group
            _claim(out, claim)
        _provider_adjustments(out, one.close)
        _kept(out, "", one.close.kept).rest()
        out.end_set()
    return out.content()


_ONLY_GROUP = ClaimGroup("1")
"""For claims that were made without one: LX is required before the first CLP."""


def _group(out: InterchangeWriter, group: ClaimGroup) -> None:
    out.add("LX", group.number)
    for name, summary in (("TS3", group.provider_summary), ("TS2", group.supplemental_summary)):
        if summary:
            out.add(name, *summary)


def _head(out: InterchangeWriter, payment: Payment) -> None:
    if payment.payment_cents < 0:
        raise ValueRefusedError("BPR02 cannot be negative: forward the balance with PLB FB (x12.org RFI 222)")
    payer, payee = payment.payer_account, payment.payee_account
    bank = [
        *(
            [payer.routing_qualifier, payer.routing_number, payer.account_qualifier, payer.account_number]
            if payer
            else [""] * 4
        ),
        payment.originator_id,
        payment.originator_supplement,
        *(
            [payee.routing_qualifier, payee.routing_number, payee.account_qualifier, payee.account_number]
            if payee
            else [""] * 4
        ),
    ]
    out.add(
        "BPR",
        payment.handling_code,
        CENTS_TEXT[payment.payment_cents],
        payment.credit_debit,
        payment.method_code,
        payment.format_code,
        *bank,
        DATE_TEXT[payment.payment_date],
    )
    out.add("TRN", "1", payment.trace_number, payment.payer_identifier, payment.payer_supplement)
    waiting = _kept(out, "", payment.kept)
    waiting.before("REF")
    _references(out, payment.references)
    _dates(out, payment.dates)
    for party, loop in ((payment.payer, "1000A"), (payment.payee, "1000B")):
        if party is not None:
            _party(out, party, loop)
    waiting.rest()


def _kept(out: InterchangeWriter, loop: str, kept: Sequence[Segment]) -> KeptSegments:
    return KeptSegments(out, segment_ranks("835", loop), kept)


def _references(out: InterchangeWriter, references: Sequence[Reference]) -> None:
    for one in references:
        if one.related:
            out.add_kept(Segment(["REF", one.qualifier, one.value, one.description, one.related]))
        else:
            out.add("REF", one.qualifier, one.value, one.description)


def _party(out: InterchangeWriter, party: Party, loop: str) -> None:
    out.add("N1", party.role, party.name, party.id_qualifier, party.identifier)
    if party.address is not None:
        write_address(out, party.address)
    _references(out, party.references)
    for contact in party.contacts:
        numbers = [text for one in contact.numbers for text in (one.kind, one.number)]
        out.add("PER", contact.function, contact.name, *numbers)
    _kept(out, loop, party.kept).rest()


def _dates(out: InterchangeWriter, dates: Sequence[DatedFact]) -> None:
    for fact in dates:
        out.add("DTM", fact.qualifier, DATE_TEXT[fact.date])


def _claim(out: InterchangeWriter, claim: ClaimPayment) -> None:
    patient = claim.patient_responsibility_cents
    out.add(
        "CLP",
        claim.control_number,
        claim.status_code,
        CENTS_TEXT[claim.charge_cents],
        CENTS_TEXT[claim.paid_cents],
        "" if patient is None else CENTS_TEXT[patient],
        claim.filing_code,
        claim.payer_claim_number,
        claim.facility_code,
        claim.frequency_code,
        claim.patient_status,
        claim.drg_code,
        format_quantity(claim.drg_weight),
        format_quantity(claim.discharge_fraction),
        claim.exchange_code,
    )
    _adjustments(out, claim.adjustments)
    for party in claim.parties:
        name = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
        out.add("NM1", party.role, party.entity_type, *name, party.id_qualifier, party.identifier)
    if claim.inpatient is not None:
        out.add("MIA", *claim.inpatient.elements)
    if claim.outpatient is not None:
        out.add("MOA", *claim.outpatient.elements)
    waiting = _kept(out, "2100", claim.kept)
    waiting.before("REF")
    _references(out, claim.references)
    _dates(out, claim.dates)
    for contact in claim.contacts:
        out.add(*contact.elements)
    for amount in claim.amounts:
        out.add("AMT", amount.qualifier, CENTS_TEXT[amount.cents])
    for quantity in claim.quantities:
        out.add("QTY", quantity.qualifier, format_quantity(quantity.quantity))
    waiting.rest()
    for line in claim.lines:
        _line(out, line)


def _line(out: InterchangeWriter, line: ServicePayment) -> None:
    paid = procedure_text(out, line.procedure)
    submitted = procedure_text(out, line.submitted_procedure) if line.submitted_procedure else ""
    out.add(
        "SVC",
        paid,
        CENTS_TEXT[line.charge_cents],
        CENTS_TEXT[line.paid_cents],
        line.revenue_code,
        format_quantity(line.paid_units),
        submitted,
        format_quantity(line.submitted_units),
    )
    _dates(out, line.dates)
    _adjustments(out, line.adjustments)
    _references(out, line.references)
    for amount in line.amounts:
        out.add("AMT", amount.qualifier, CENTS_TEXT[amount.cents])
    for quantity in line.quantities:
        out.add("QTY", quantity.qualifier, format_quantity(quantity.quantity))
    for remark in line.remarks:
        out.add("LQ", remark.qualifier, remark.code)
    _kept(out, "2110", line.kept).rest()


def _adjustments(out: InterchangeWriter, adjustments: Sequence[Adjustment]) -> None:
    """CAS segments: consecutive reasons of one group share a segment, six at most."""
    at = 0
    while at < len(adjustments):
        group, elements = adjustments[at].group, list[str]()
        while at < len(adjustments) and adjustments[at].group == group and len(elements) < 3 * _TRIOS:
            one = adjustments[at]
            elements += [one.reason, CENTS_TEXT[one.amount_cents], format_quantity(one.quantity)]
            at += 1
        out.add("CAS", group, *elements)


def _provider_adjustments(out: InterchangeWriter, close: PaymentClose) -> None:
    """PLB segments: consecutive pairs of one provider and fiscal period share a segment, six at most."""
    pending: list[ProviderAdjustment] = []
    for one in close.provider_adjustments:
        if one.amount_cents == 0:
            raise ValueRefusedError("a PLB amount cannot be zero (x12.org RFI 2184)")
        same = pending and (pending[0].provider_id, pending[0].fiscal_period) == (one.provider_id, one.fiscal_period)
        if pending and (not same or len(pending) == _PAIRS):
            _plb(out, pending)
            pending = []
        pending.append(one)
    if pending:
        _plb(out, pending)


def _plb(out: InterchangeWriter, pairs: Sequence[ProviderAdjustment]) -> None:
    elements = [
        text for one in pairs for text in (out.composite(one.reason, one.reference), CENTS_TEXT[one.amount_cents])
    ]
    out.add("PLB", pairs[0].provider_id, DATE_TEXT[pairs[0].fiscal_period], *elements)
