"""The table of moves, and where a payer's decision leads."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.errors import IllegalClaimMove
from claims.outcome import Outcome, Standing, decide
from claims.states import DECIDED, MOVES, STATES, move


@pytest.mark.parametrize(
    ("state", "to"), [pair for pair in itertools.product(MOVES, STATES) if pair[1] in MOVES[pair[0]]]
)
def test_a_listed_move_is_made(state: str, to: str) -> None:
    assert move(state, to) == to


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("held", "queued"),
        ("held", "sent"),
        ("queued", "held"),
        ("sent", "queued"),
        ("accepted", "sent"),
        ("accepted", "file_accepted"),
        ("accepted", "rejected"),
        ("denied", "queued"),
        ("patient", "sent"),
        ("closed", "file_accepted"),
        ("closed", "rejected"),
        ("rejected", "queued"),
        ("nowhere", "ready"),
    ],
)
def test_any_other_is_refused_with_what_is_allowed(state: str, to: str) -> None:
    with pytest.raises(IllegalClaimMove, match=f"that is {state} can become .*, not {to}"):
        move(state, to)


def test_a_decision_is_taken_up_wherever_a_claim_stands() -> None:
    assert all(MOVES[state] >= DECIDED for state in STATES if state not in {"held", "ready", "accepted"} | DECIDED)
    assert all(MOVES[state] | {state} >= DECIDED for state in STATES)


def standing(**changes: object) -> Standing:
    """The first of two payers paid its part and left 64.00 to the second."""
    values: dict[str, object] = {
        "with_order": 1,
        "decided_by_order": 1,
        "is_reversal": False,
        "crossed_over": False,
        "next_order": 2,
        "open_insurance_cents": 6_400,
        "open_patient_cents": 0,
        "left_for_next_cents": 6_400,
        **changes,
    }
    return Standing(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "state", "order"),
    [
        ({}, "ready", 2),
        ({"crossed_over": True}, "accepted", 2),
        ({"next_order": None}, "denied", 1),
        ({"left_for_next_cents": 0}, "denied", 1),
        ({"open_insurance_cents": 0, "open_patient_cents": 6_400, "next_order": None}, "patient", 1),
        ({"open_insurance_cents": 0, "next_order": None}, "closed", 1),
        ({"open_insurance_cents": 0}, "closed", 1),
        ({"with_order": 2, "decided_by_order": 2, "next_order": None, "open_insurance_cents": 0}, "closed", 2),
        ({"is_reversal": True}, "accepted", 1),
        ({"is_reversal": True, "with_order": 2}, "accepted", 1),
    ],
)
def test_where_a_decision_leads(changes: dict[str, object], state: str, order: int) -> None:
    outcome = decide(standing(**changes))
    assert outcome is not None
    assert (outcome.state, outcome.payer_order) == (state, order)


@pytest.mark.parametrize(
    "changes",
    [
        {"with_order": 2},
        {"decided_by_order": 2, "next_order": None},
        {"decided_by_order": 2, "next_order": None, "is_reversal": True},
    ],
)
def test_a_decision_of_another_payer_leaves_the_claim_where_it_is(changes: dict[str, object]) -> None:
    assert decide(standing(**changes)) is None


@given(
    st.builds(
        Standing,
        with_order=st.integers(1, 2),
        decided_by_order=st.integers(1, 2),
        is_reversal=st.booleans(),
        crossed_over=st.booleans(),
        next_order=st.none() | st.just(2),
        open_insurance_cents=st.integers(-100, 100),
        open_patient_cents=st.integers(-100, 100),
        left_for_next_cents=st.integers(-100, 100),
    )
)
def test_money_open_with_insurance_never_ends_with_the_patient_or_closed(one: Standing) -> None:
    outcome = decide(one)
    if outcome is not None and one.open_insurance_cents > 0:
        assert outcome.state in {"accepted", "ready", "denied"}
    if isinstance(outcome, Outcome):
        assert outcome.state in DECIDED
