"""What a plan posts, what it holds back and why, and what its digest stands for."""

from collections.abc import Callable

import msgspec
import pytest
from tests.payments.books import Answer, Books, answer, taken_back

from payments.remittance.content import KeptAdjustment, KeptClaim
from payments.remittance.posting_plan import PostingPlan, ProviderRow

DISCOUNT = KeptAdjustment("CO", "45", 4_000)
PAID = Answer(6_000, (DISCOUNT,))
CORRECTED = Answer(5_000, (DISCOUNT, KeptAdjustment("PR", "2", 1_000)))


def books_with_a_claim(*, payers: int = 1) -> Books:
    books = Books()
    books.charge("A", [10_000], payers=payers)
    return books


def paid(books: Books, line: Answer = PAID, status_code: str = "1") -> KeptClaim:
    return answer(books.claims["A"], status_code, [line])


def reasons(plan: PostingPlan) -> list[str]:
    return [row.reason for row in plan.held]


def test_a_reversal_comes_before_its_correction_wherever_it_stands_in_the_file() -> None:
    books = books_with_a_claim()
    first = paid(books)
    books.pay("T1", 6_000, [first])
    plan = books.plan("T2", -1_000, [paid(books, CORRECTED), taken_back(first)])
    assert [(one.position, one.reverses is not None) for one in plan.claims] == [(2, True), (1, False)]
    assert (plan.held, plan.difference_cents) == ((), 0)


HELD: dict[str, Callable[[KeptClaim], KeptClaim]] = {
    "the match is not certain": lambda kept: msgspec.structs.replace(kept, charge_cents=9_999),
    "part of this claim payment could not be read": lambda kept: msgspec.structs.replace(kept, unread=("CAS03",)),
    "fits none of the claim's lines": lambda kept: msgspec.structs.replace(
        kept, lines=(msgspec.structs.replace(kept.lines[0], control_number="", procedure_code="99499"),)
    ),
    "nobody has decided what CR-45 means": lambda kept: msgspec.structs.replace(
        kept, lines=(msgspec.structs.replace(kept.lines[0], adjustments=(KeptAdjustment("CR", "45", 4_000),)),)
    ),
    "a later payer answers before": lambda kept: msgspec.structs.replace(kept, status_code="2"),
    "the decision this reverses is not in the books": taken_back,
}


@pytest.mark.parametrize("reason", HELD)
def test_a_row_is_held_with_its_reason_and_its_money_is_unapplied(reason: str) -> None:
    books = books_with_a_claim()
    assert books.plan("T1", 6_000, [paid(books)]).held == ()
    kept = HELD[reason](paid(books))
    plan = books.plan("T1", kept.paid_cents, [kept])
    assert plan.claims == ()
    assert len(plan.held) == 1
    assert reason in plan.held[0].reason
    assert plan.difference_cents == 0
    (unapplied,) = plan.others
    assert unapplied.fact.endswith(":held:1")
    assert unapplied.transfers[0].amount_cents == 6_000


def test_a_second_decision_waits_for_the_reversal_of_the_first() -> None:
    books = books_with_a_claim()
    books.pay("T1", 6_000, [paid(books)])
    assert "was not reversed" in reasons(books.plan("T2", 5_000, [paid(books, CORRECTED)]))[0]


def test_a_correction_is_held_with_a_reversal_that_is_held() -> None:
    books = books_with_a_claim()
    first = paid(books)
    books.pay("T1", 6_000, [first])
    other_amounts = msgspec.structs.replace(taken_back(first), patient_cents=-1)
    plan = books.plan("T2", -1_000, [other_amounts, paid(books, CORRECTED)])
    assert plan.claims == ()
    assert "takes back other amounts" in reasons(plan)[0]
    assert "was not reversed" in reasons(plan)[1]


def test_a_decision_is_taken_back_once() -> None:
    books = books_with_a_claim()
    first = paid(books)
    books.pay("T1", 6_000, [first])
    plan = books.plan("T2", -12_000, [taken_back(first), taken_back(first)])
    assert len(plan.claims) == 1
    assert "takes back already" in reasons(plan)[0]


def test_a_claim_is_decided_once_a_payment() -> None:
    books = books_with_a_claim()
    plan = books.plan("T1", 12_000, [paid(books), paid(books)])
    assert [one.position for one in plan.claims] == [1]
    assert "more than once" in reasons(plan)[0]


def test_a_later_payer_cannot_make_the_patient_owe_more() -> None:
    books = books_with_a_claim(payers=2)
    books.pay("T1", 5_000, [paid(books, CORRECTED)])
    asked_for_ten = Answer(0, (KeptAdjustment("OA", "23", 9_000), KeptAdjustment("PR", "1", 1_000)))
    asked_for_more = Answer(0, (KeptAdjustment("OA", "23", 8_500), KeptAdjustment("PR", "1", 1_500)))
    assert books.plan("T2", 0, [paid(books, asked_for_ten, "2")]).held == ()
    assert "leaves the patient 5.00 more" in reasons(books.plan("T2", 0, [paid(books, asked_for_more, "2")]))[0]


def test_a_predetermination_moves_nothing_and_stops_nothing() -> None:
    books = books_with_a_claim()
    foretold = paid(books, Answer(0, (KeptAdjustment("OA", "101", 10_000),)), "25")
    plan = books.plan("T1", 6_000, [foretold, paid(books)])
    assert [one.entry is None for one in plan.claims] == [True, False]
    assert (plan.held, plan.difference_cents) == ((), 0)


@pytest.mark.parametrize("amount", [5_999, 6_001, 0])
def test_a_plan_says_by_how_much_it_misses_the_payment(amount: int) -> None:
    books = books_with_a_claim()
    assert books.plan("T1", amount, [paid(books)]).difference_cents == amount - 6_000


def test_provider_adjustments_are_part_of_the_sum() -> None:
    books = books_with_a_claim()
    rows = [ProviderRow(1, "WO", "A1", 2_000), ProviderRow(2, "L6", "", -30), ProviderRow(3, "CS", "", 0)]
    plan = books.plan("T1", 4_030, [paid(books)], rows)
    assert plan.difference_cents == 0
    assert [entry.fact[-5:] for entry in plan.others] == ["plb:1", "plb:2"]


def test_the_digest_is_the_same_for_the_same_plan_and_another_for_any_other() -> None:
    books = books_with_a_claim(payers=2)
    plan = books.plan("T1", 6_000, [paid(books)])
    assert books.plan("T1", 6_000, [paid(books)]).digest == plan.digest
    others = [
        books.plan("T1", 5_000, [paid(books, CORRECTED)]),
        books.plan("T2", 6_000, [paid(books)]),
        books.plan("T1", 6_000, [paid(books)], [ProviderRow(1, "WO", "", 1)]),
        books.plan("T1", 6_000, [taken_back(paid(books))]),
    ]
    assert len({plan.digest, *(other.digest for other in others)}) == 5


def test_a_plan_is_another_once_the_books_have_moved() -> None:
    books = books_with_a_claim()
    before = books.plan("T2", 6_000, [paid(books)])
    books.pay("T1", 6_000, [paid(books)])
    assert books.plan("T2", 6_000, [paid(books)]).digest != before.digest
