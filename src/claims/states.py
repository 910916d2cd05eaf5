"""The life cycle of a claim, as one table of allowed moves.

A claim that a payer rejected was never adjudicated: it is fixed and sent again as new. One that was denied was adjudicated: it is
corrected with the payer's number or appealed. Acknowledgments that come late never move a claim back; a payer's decision is a
fact and is taken up wherever the claim stands.
"""

from collections.abc import Mapping

from claims.errors import IllegalClaimMove

DECIDED = frozenset({"accepted", "ready", "denied", "patient", "closed"})
"""Where a decision leads: back before the payer (reversal, crossover), to the next payer, to the biller, the patient, the end."""

MOVES: Mapping[str, frozenset[str]] = {
    "": frozenset({"held"}),
    "held": DECIDED,
    "ready": frozenset({"held", "queued"}) | DECIDED,
    "queued": frozenset({"sent", "file_accepted", "rejected"}) | DECIDED,
    "sent": frozenset({"file_accepted", "rejected"}) | DECIDED,
    "file_accepted": frozenset({"rejected"}) | DECIDED,
    "accepted": DECIDED,
    "rejected": frozenset({"held"}) | DECIDED,
    "denied": DECIDED,
    "patient": DECIDED,
    "closed": DECIDED,
}
"""A partner may answer before we have noted that a file was handed over, so `queued` takes every answer that `sent` takes."""

STATES = tuple(state for state in MOVES if state)


def move(state: str, to: str) -> str:
    """The new state. Raises IllegalClaimMove, naming what is allowed."""
    allowed = MOVES.get(state, frozenset())
    if to not in allowed:
        raise IllegalClaimMove(
            f"a claim that is {state} can become {', '.join(sorted(allowed)) or 'nothing'}, not {to}"
        )
    return to
