"""What earlier payers decided about a claim, as the next payer has to be told it, pure."""

import datetime as dt
import uuid

import msgspec


class PriorAdjustment(msgspec.Struct, frozen=True):
    """One reason why a payer did not pay all of a line: group, reason code, cents taken off, units if any."""

    group: str
    reason: str
    amount_cents: int
    quantity: int | None = None


class PriorLine(msgspec.Struct, frozen=True):
    """What a payer decided about one of our lines."""

    line_id: uuid.UUID
    charge_cents: int
    paid_cents: int
    adjustments: tuple[PriorAdjustment, ...] = ()

    @property
    def accounted_cents(self) -> int:
        """What it paid and what it took off."""
        return self.paid_cents + sum(one.amount_cents for one in self.adjustments)


class PriorDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A payer's decision that is in force: its last one that was not taken back."""

    payer_order: int
    payer_id: uuid.UUID
    patient_cents: int
    paid_date: dt.date
    lines: tuple[PriorLine, ...]

    @property
    def paid_cents(self) -> int:
        """What it paid for all lines (AMT*D of the claim to the next payer, RFI 1294)."""
        return sum(line.paid_cents for line in self.lines)
