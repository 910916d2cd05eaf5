"""How an enrollment may move, as one table."""

from collections.abc import Mapping

from credentialing.errors import IllegalEnrollmentMove

MOVES: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"approved", "refused"}),
    "refused": frozenset({"requested"}),
    "approved": frozenset({"ended"}),
    "ended": frozenset({"requested"}),
}


def move(state: str, to: str) -> str:
    """The new state. Raises IllegalEnrollmentMove, naming the moves that are allowed."""
    allowed = MOVES.get(state, frozenset())
    if to not in allowed:
        choices = " or ".join(sorted(allowed)) or "nothing"
        raise IllegalEnrollmentMove(f"an enrollment that is {state} can become {choices}, not {to}")
    return to
