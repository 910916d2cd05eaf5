"""Where a claim goes after a payer has decided, pure."""

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A claim after a decision is in the books. Open amounts in cents, over all its lines."""

    is_reversal: bool
    crossed_over: bool
    has_next_payer: bool
    answers_current_payer: bool
    """Whether the decision is that of the payer the claim is with; an earlier payer's correction leaves the claim where it is."""
    open_insurance_cents: int
    open_patient_cents: int
    left_for_next_cents: int
    """What this payer left to the next one."""


class Outcome(msgspec.Struct, frozen=True):
    """The state to go to, whether the next payer is asked now, and the reason for the history."""

    state: str
    to_next_payer: bool
    reason: str


def decide(standing: Standing) -> Outcome:
    """The one place that says what an adjudication does to a claim.

    A reversal puts the claim back before its payer. What a payer left goes to the next coverage first: billed by us, unless the
    payer sent it on itself (crossover). Then whatever no payer took stays with the biller as a denial, never written off.
    """
    if standing.is_reversal:
        return Outcome(
            "accepted", to_next_payer=False, reason="the payer took its decision back; its correction is awaited"
        )
    if standing.answers_current_payer and standing.has_next_payer and standing.left_for_next_cents > 0:
        if standing.crossed_over:
            return Outcome("accepted", to_next_payer=True, reason="the payer sent the claim on to the next one")
        return Outcome("ready", to_next_payer=True, reason="answered; the next payer is asked for the rest")
    if standing.open_insurance_cents > 0:
        return Outcome(
            "denied", to_next_payer=False, reason="the payer did not pay all of it; the rest is open with insurance"
        )
    if standing.open_patient_cents > 0:
        return Outcome("patient", to_next_payer=False, reason="insurance is done; the rest is the patient's")
    return Outcome("closed", to_next_payer=False, reason="nothing is open")
