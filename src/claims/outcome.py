"""Where a claim goes after a payer has decided, pure."""

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and a decision about it that is in the books. Open amounts in cents, over all lines of the claim."""

    with_order: int
    """The payer the claim is with: 1 the first."""
    decided_by_order: int
    is_reversal: bool
    crossed_over: bool
    next_order: int | None
    """A further payer that has not decided yet."""
    open_insurance_cents: int
    open_patient_cents: int
    left_for_next_cents: int
    """What this payer left to others (its patient responsibility)."""


class Outcome(msgspec.Struct, frozen=True):
    """The state to go to, the payer to be with, and the reason for the history."""

    state: str
    payer_order: int
    reason: str


def decide(standing: Standing) -> Outcome | None:
    """The one place that says what an adjudication does to a claim; None when it does nothing.

    A reversal puts the claim back before the payer that took its decision back. A decision of another payer than the one the claim
    is with leaves it there. What a payer left goes to the next one first: billed by us, unless the payer sent it on itself
    (crossover). Whatever no payer took stays with the biller as a denial and is never written off by itself.
    """
    order = standing.decided_by_order
    if standing.is_reversal:
        if order > standing.with_order:
            return None
        return Outcome("accepted", order, "the payer took its decision back; its correction is awaited")
    if order != standing.with_order:
        return None
    if standing.next_order is not None and min(standing.left_for_next_cents, standing.open_insurance_cents) > 0:
        if standing.crossed_over:
            return Outcome("accepted", standing.next_order, "the payer sent the claim on to the next one")
        return Outcome("ready", standing.next_order, "answered; the next payer is asked for the rest")
    if standing.open_insurance_cents > 0:
        return Outcome("denied", order, "the payer did not take all of it; the rest is open with insurance")
    if standing.open_patient_cents > 0:
        return Outcome("patient", order, "insurance is done; the rest is the patient's")
    return Outcome("closed", order, "nothing is open")
