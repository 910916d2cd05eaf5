"""A claim payment as it is kept: everything posting needs, in one value that is stored with the row it came from."""

import datetime as dt

import msgspec

from edi.procedures import Adjustment
from edi.remittance import ClaimPayment, ServicePayment


class KeptAdjustment(msgspec.Struct, frozen=True):
    """One reason of a CAS segment; the amount is what it takes off the charge."""

    group: str
    reason: str
    amount_cents: int
    quantity: int | None = None


class KeptLine(msgspec.Struct, frozen=True):
    """What was decided about one service line."""

    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    submitted_code: str
    charge_cents: int
    paid_cents: int
    service_date: dt.date | None
    adjustments: tuple[KeptAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()


class KeptClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one claim. `adjustments` are those at claim level."""

    claim_number: str
    payer_claim_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    adjustments: tuple[KeptAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[KeptLine, ...] = ()
    unread: tuple[str, ...] = ()
    """What could not be read, in words; a claim with any of these waits for a person."""

    @property
    def is_reversal(self) -> bool:
        """Whether every amount takes an earlier decision back."""
        return self.status_code == "22"

    @property
    def is_predetermination(self) -> bool:
        """Whether this only tells what would be decided: no money, no effect on what is owed."""
        return self.status_code == "25"


def keep(payment: ClaimPayment) -> KeptClaim:
    """Reduce a parsed claim payment to what is kept with its row."""
    return KeptClaim(
        claim_number=payment.control_number,
        payer_claim_number=payment.payer_claim_number,
        status_code=payment.status_code,
        charge_cents=payment.charge_cents,
        paid_cents=payment.paid_cents,
        patient_cents=payment.patient_responsibility_cents or 0,
        adjustments=_adjustments(payment.adjustments),
        remarks=tuple(payment.remark_codes),
        lines=tuple(_line(line) for line in payment.lines),
        unread=tuple(problem.message for problem in payment.problems),
    )


def _line(line: ServicePayment) -> KeptLine:
    return KeptLine(
        control_number=line.control_number,
        procedure_code=line.procedure.code,
        modifiers=line.procedure.modifiers,
        submitted_code=line.submitted_procedure.code if line.submitted_procedure else "",
        charge_cents=line.charge_cents,
        paid_cents=line.paid_cents,
        service_date=line.service_date,
        adjustments=_adjustments(line.adjustments),
        remarks=tuple(remark.code for remark in line.remarks),
    )


def _adjustments(adjustments: list[Adjustment]) -> tuple[KeptAdjustment, ...]:
    return tuple(
        KeptAdjustment(one.group, one.reason, one.amount_cents, None if one.quantity is None else int(one.quantity))
        for one in adjustments
    )
