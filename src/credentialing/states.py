"""How an enrollment may move, as one table.

A state that can become itself corrects its date; ended or refused to approved is a payer that changes its mind.
"""

from collections.abc import Mapping

from credentialing.errors import IllegalEnrollmentMove

MOVES: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"approved", "refused"}),
    "refused": frozenset({"approved"}),
    "approved": frozenset({"approved", "ended"}),
    "ended": frozenset({"approved", "ended"}),
}


def move(state: str, to: str) -> str:
    """The new state. Raises IllegalEnrollmentMove, naming the moves that are allowed."""
    allowed = MOVES[state]
    if to not in allowed:
        choices = " or ".join(sorted(allowed))
        raise IllegalEnrollmentMove(f"an enrollment that is {state} can become {choices}, not {to}")
    return to
