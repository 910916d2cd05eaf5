"""Why an amount changed, in words: worked examples, unknown codes, and sums that always come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patient_portal.explain import Adjustment, explain, explain_one
from patient_portal.words_en import ENGLISH


@pytest.mark.parametrize(
    ("group", "code", "title", "sentence"),
    [
        ("CO", "45", "Lower price", "Your plan has a lower price for this care. You do not pay this."),
        ("PR", "1", "Your deductible", "Each year you pay this much first. After that, your plan starts to help."),
        ("PR", "2", "Your coinsurance", "You and your plan each pay a part of the cost. This is your part."),
        ("PR", "3", "Your copay", "Your plan has a set price that you pay for this kind of visit."),
        (
            "CO",
            "97",
            "Part of another service",
            "Your plan counts this as a part of another service on the same day. You do not pay this.",
        ),
        ("CO", "197", "No approval first", "Your plan wanted to say yes before this visit. You do not pay this."),
        ("OA", "23", "Other plan paid", "Your other plan took care of this part. You do not pay this."),
        ("PR", "96", "Not in your plan", "Your plan does not pay for this service. This part is yours to pay."),
        ("CO", "96", "Not in your plan", "Your plan does not pay for this service. You do not pay this."),
    ],
)
def test_the_code_says_why_and_the_group_says_who_pays(group: str, code: str, title: str, sentence: str) -> None:
    reason = explain_one(Adjustment(group, code, 1200), ENGLISH)
    assert (reason.title, reason.sentence) == (title, sentence)
    assert (reason.code, reason.amount_cents) == (f"{group}-{code}", 1200)


def test_a_code_without_words_of_ours_is_shown_with_a_promise_to_explain() -> None:
    reason = explain_one(Adjustment("CO", "999", 100), ENGLISH)
    assert reason.sentence == (
        "Your plan gave the code CO-999. Call us and we will tell you more. You do not pay this."
    )


def test_a_group_we_do_not_know_promises_nothing_about_who_pays() -> None:
    reason = explain_one(Adjustment("CR", "45", 100), ENGLISH)
    assert reason.sentence.endswith("We are still checking this part.")


def test_lines_that_read_alike_become_one_part_and_plan_rules_come_first() -> None:
    answer = [
        Adjustment("PR", "96", 9000),
        Adjustment("PR", "2", 640),
        Adjustment("CO", "45", 5000),
        Adjustment("PR", "2", 2000),
        Adjustment("CO", "45", 3600),
        Adjustment("CO", "253", 40),
        Adjustment("PR", "1", 6000),
        Adjustment("PR", "3", 0),
    ]
    told = explain([answer], taken_off_cents=8640, share_cents=17640, words=ENGLISH)
    assert [(part.title, part.amount_cents) for part in told.share] == [
        ("Your deductible", 6000),
        ("Your coinsurance", 2640),
        ("Not in your plan", 9000),
    ]
    assert [(part.code, part.amount_cents) for part in told.taken_off] == [("CO-45", 8640)]


def test_two_plans_the_second_has_the_last_word_about_the_share() -> None:
    first = [Adjustment("CO", "45", 8000), Adjustment("PR", "1", 5000), Adjustment("PR", "2", 1400)]
    second = [Adjustment("OA", "23", 13600), Adjustment("CO", "97", 400), Adjustment("PR", "3", 1000)]
    told = explain([first, second], taken_off_cents=8400, share_cents=1000, words=ENGLISH)
    assert [(part.title, part.amount_cents) for part in told.share] == [("Your copay", 1000)]
    assert [(part.code, part.amount_cents) for part in told.taken_off] == [("CO-45", 8000), ("CO-97", 400)]


def test_what_no_answer_explains_is_a_part_of_its_own() -> None:
    told = explain([[Adjustment("PR", "3", 2500)]], taken_off_cents=0, share_cents=2000, words=ENGLISH)
    assert [(part.title, part.amount_cents, part.code) for part in told.share] == [
        ("Your copay", 2500, "PR-3"),
        ("Other changes", -500, ""),
    ]


def test_without_a_plan_a_lower_price_is_ours_and_the_share_needs_no_reason() -> None:
    told = explain([], taken_off_cents=6000, share_cents=12000, words=ENGLISH)
    assert [(part.title, part.amount_cents) for part in told.taken_off] == [("Our discount", 6000)]
    assert told.share == ()
    assert explain([], taken_off_cents=0, share_cents=12000, words=ENGLISH).taken_off == ()


ADJUSTMENTS = st.builds(
    Adjustment,
    st.sampled_from(["CO", "PR", "OA", "PI", "CR"]),
    st.sampled_from(["1", "2", "3", "23", "45", "97", "197", "253", "999", "P14"]),
    st.integers(-50_000, 500_000),
)


@given(
    st.lists(st.lists(ADJUSTMENTS, max_size=12), min_size=1, max_size=3),
    st.integers(-(10**6), 10**6),
    st.integers(0, 10**6),
)
def test_parts_always_sum_to_what_the_ledger_states(
    answers: list[list[Adjustment]], taken_off_cents: int, share_cents: int
) -> None:
    told = explain(answers, taken_off_cents=taken_off_cents, share_cents=share_cents, words=ENGLISH)
    assert sum(part.amount_cents for part in told.taken_off) == taken_off_cents
    assert sum(part.amount_cents for part in told.share) == share_cents
    assert all(part.amount_cents for part in (*told.taken_off, *told.share))
