"""The life cycle of a claim, as one table of allowed moves.

A claim that a payer rejected was never adjudicated: it is fixed and sent again as new. One that was denied was adjudicated: it is
corrected with the payer's number or appealed. Acknowledgments that come late never move a claim back.
"""

from collections.abc import Mapping

from claims.errors import IllegalClaimMove

ANSWERED = frozenset({"ready", "held", "denied", "patient", "closed"})
"""Where an adjudication can lead: to the next payer (scrubbed again), back to the biller, to the patient, or to the end."""

MOVES: Mapping[str, frozenset[str]] = {
    "": frozenset({"held", "ready"}),
    "held": frozenset({"ready"}),
    "ready": frozenset({"held", "queued"}),
    "queued": frozenset({"sent"}),
    "sent": frozenset({"file_accepted", "accepted", "rejected"}) | ANSWERED,
    "file_accepted": frozenset({"accepted", "rejected"}) | ANSWERED,
    "accepted": ANSWERED,
    "rejected": frozenset({"held", "ready"}),
    "denied": ANSWERED | {"accepted"},
    "patient": ANSWERED | {"accepted"},
    "closed": ANSWERED | {"accepted"},
}
"""From a decided state, `accepted` is where a reversal puts the claim: its payer owes an answer again."""

STATES = tuple(state for state in MOVES if state)


def move(state: str, to: str) -> str:
    """The new state. Raises IllegalClaimMove, naming what is allowed."""
    allowed = MOVES.get(state, frozenset())
    if to not in allowed:
        raise IllegalClaimMove(
            f"a claim that is {state} can become {', '.join(sorted(allowed)) or 'nothing'}, not {to}"
        )
    return to
