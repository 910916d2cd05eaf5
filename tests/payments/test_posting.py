"""Whatever a payer decides, the books close: by line, by claim and by payment."""

import uuid

import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st
from tests.payments.books import FIRST_DAY, Answer, Books, answer, taken_back

from kernel.ids import named_id
from ledger.accounts import INSURANCE, Account
from payments.adjustments.policy import AdjustmentCode, Effect, effect_of
from payments.posting import LineDecision, clearing_moved, decisions, provider_adjustment_entry, unknown_codes
from payments.remittance.content import KeptAdjustment, KeptClaim, KeptLine
from reports.equation import equation

CODES = st.sampled_from(
    ["CO-45", "CO-253", "PI-45", "PR-1", "PR-2", "PR-3", "CO-16", "CO-50", "OA-18", "PI-204"],
)
"""What a first payer sends; the later payers' OA-23 has tests of its own."""


@st.composite
def splits(draw: st.DrawFn, charge_cents: int, codes: st.SearchStrategy[str] = CODES) -> Answer:
    """A charge that is paid and adjusted away to the cent, as a balanced 835 has it."""
    left, adjustments = charge_cents, []
    for code in draw(st.lists(codes, max_size=4)):
        amount = draw(st.integers(0, left))
        adjustments.append(KeptAdjustment(*code.split("-"), amount))
        left -= amount
    return Answer(left, tuple(adjustments))


charges = st.lists(st.integers(0, 500_000), min_size=1, max_size=5)


@st.composite
def first_decisions(draw: st.DrawFn) -> tuple[list[int], list[Answer]]:
    """A claim's charges, and a balanced answer to each."""
    cents = draw(charges.filter(any))
    return cents, [draw(splits(one)) for one in cents]


def cents_of(lines: list[Answer], effect: Effect) -> int:
    return sum(
        one.amount_cents
        for line in lines
        for one in line.adjustments
        if effect_of(AdjustmentCode(one.group, one.reason)) is effect
    )


@given(first_decisions())
@sampling(max_examples=200, deadline=None)
def test_a_charge_is_what_was_paid_discounted_left_to_the_patient_and_open(
    case: tuple[list[int], list[Answer]],
) -> None:
    cents, lines = case
    books = Books()
    claim = books.charge("A", cents)
    paid = sum(line.paid_cents for line in lines)
    assert books.pay("T1", paid, [answer(claim, "1", lines)]).difference_cents == 0
    figures, parts = equation(books.charged_cents, books.transfers())
    assert figures.unexplained_cents == 0
    assert parts.insurer_paid_cents == paid
    assert parts.insurer_open_cents == cents_of(lines, Effect.OPEN)
    assert parts.patient_open_cents == cents_of(lines, Effect.PATIENT)
    assert figures.discount_cents == cents_of(lines, Effect.CONTRACTUAL) + cents_of(lines, Effect.SEQUESTRATION)


@given(first_decisions(), st.data())
@sampling(max_examples=200, deadline=None)
def test_a_reversal_and_correction_leave_only_the_correction(
    case: tuple[list[int], list[Answer]], data: st.DataObject
) -> None:
    cents, lines = case
    corrected = [data.draw(splits(one)) for one in cents]
    once, twice = Books(), Books()
    for books in (once, twice):
        books.charge("A", cents)
    once.pay("T1", sum(one.paid_cents for one in corrected), [answer(once.claims["A"], "1", corrected)])
    first = answer(twice.claims["A"], "1", lines)
    twice.pay("T1", first.paid_cents, [first])
    correction = answer(twice.claims["A"], "1", corrected)
    plan = twice.pay("T2", correction.paid_cents - first.paid_cents, [correction, taken_back(first)])
    assert (plan.held, plan.difference_cents) == ((), 0)
    assert twice.totals() == once.totals()


@st.composite
def second_decisions(draw: st.DrawFn) -> tuple[list[int], list[Answer], list[Answer]]:
    """A claim with two payers: the second one decides on what the first one left, and repeats its discount or OA-23."""
    cents, first, second = draw(charges.filter(any)), [], []
    for one in cents:
        line = draw(splits(one, st.sampled_from(["CO-45", "CO-253", "PR-1", "PR-2"])))
        asked = sum(cas.amount_cents for cas in line.adjustments if cas.group == "PR")
        rest = draw(splits(asked, st.sampled_from(["CO-45", "PR-2", "CO-29"])))
        before = KeptAdjustment(*draw(st.sampled_from([("OA", "23"), ("CO", "45")])), one - asked)
        first.append(line)
        second.append(Answer(rest.paid_cents, (before, *rest.adjustments)))
    return cents, first, second


@given(second_decisions())
@sampling(max_examples=200, deadline=None)
def test_a_second_payer_closes_what_the_first_one_left(case: tuple[list[int], list[Answer], list[Answer]]) -> None:
    cents, first, second = case
    books = Books()
    claim = books.charge("A", cents, payers=2)
    books.pay("T1", sum(line.paid_cents for line in first), [answer(claim, "1", first)])
    left = sum(books.open_cents(Account.INSURANCE_2, line.id) for line in claim.lines)
    if claim.order == 1:  # the first payer left nothing to ask for
        return
    plan = books.pay("T2", sum(line.paid_cents for line in second), [answer(claim, "2", second)])
    assert (plan.held, plan.difference_cents) == ((), 0)
    open_with_second = sum(books.open_cents(Account.INSURANCE_2, line.id) for line in claim.lines)
    patient = sum(books.open_cents(Account.PATIENT, line.id) for line in claim.lines)
    assert open_with_second == cents_of(second, Effect.OPEN)
    assert patient == cents_of(second, Effect.PATIENT) <= left
    assert all(item.balance_cents > 0 for item in books.open_items())
    assert equation(books.charged_cents, books.transfers())[0].unexplained_cents == 0


LINES = tuple(named_id("line", place) for place in range(6))


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=6).filter(any), st.data())
@sampling(max_examples=200, deadline=None)
def test_a_claim_answered_without_lines_closes_on_every_line(cents: list[int], data: st.DataObject) -> None:
    whole = data.draw(splits(sum(cents)))
    kept = kept_claim(sum(cents), whole)
    decided = decisions(kept, {}, dict(zip(LINES, cents, strict=False)))
    assert sum(line.paid_cents for line in decided) == whole.paid_cents
    assert all(closes(line) and line.paid_cents >= 0 for line in decided)


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=5), st.data())
@sampling(max_examples=200, deadline=None)
def test_a_claim_level_adjustment_lowers_what_the_lines_were_paid(cents: list[int], data: st.DataObject) -> None:
    books = Books()
    claim = books.charge("A", cents)
    lines = [data.draw(splits(one)) for one in cents]
    by_lines = answer(claim, "1", lines)
    withheld = data.draw(st.integers(0, by_lines.paid_cents))
    whole = Answer(by_lines.paid_cents - withheld, (KeptAdjustment("CO", "253", withheld),))
    kept = kept_claim(claim.charge_cents, whole, lines=by_lines.lines)
    assert books.pay("T1", kept.paid_cents, [kept]).difference_cents == 0
    assert books.totals().get(Account.REMITTANCE_CLEARING, 0) == kept.paid_cents
    assert books.totals().get(Account.SEQUESTRATION, 0) == withheld + sum(
        one.amount_cents for line in lines for one in line.adjustments if one.reason == "253"
    )
    assert all(item.balance_cents > 0 for item in books.open_items())


def kept_claim(charge_cents: int, whole: Answer, *, lines: tuple[KeptLine, ...] = ()) -> KeptClaim:
    """A decision about a claim as a whole."""
    return KeptClaim(
        claim_number="A",
        payer_claim_number="",
        status_code="1",
        charge_cents=charge_cents,
        paid_cents=whole.paid_cents,
        patient_cents=0,
        adjustments=whole.adjustments,
        lines=lines,
    )


def closes(line: LineDecision) -> bool:
    return line.charge_cents == line.paid_cents + sum(one.amount_cents for one in line.adjustments)


@pytest.mark.parametrize(
    ("reason", "amount", "debit", "credit"),
    [
        ("WO", 5_000, Account.RECOUPMENT, Account.REMITTANCE_CLEARING),
        ("WO", -5_000, Account.REMITTANCE_CLEARING, Account.RECOUPMENT),
        ("FB", -5_000, Account.REMITTANCE_CLEARING, Account.RECOUPMENT),
        ("L6", -125, Account.REMITTANCE_CLEARING, Account.INTEREST),
        ("72", 5_000, Account.PROVIDER_ADJUSTMENTS, Account.REMITTANCE_CLEARING),
        ("CS", -900, Account.REMITTANCE_CLEARING, Account.PROVIDER_ADJUSTMENTS),
    ],
)
def test_a_positive_provider_adjustment_lowers_the_payment(
    reason: str, amount: int, debit: Account, credit: Account
) -> None:
    entry = provider_adjustment_entry(
        reason=reason,
        amount_cents=amount,
        payer_id=uuid.UUID(int=1),
        fact="remittance:1:plb:1",
        posted_date=FIRST_DAY,
        source="",
    )
    (transfer,) = entry.transfers
    assert (transfer.debit, transfer.credit, transfer.amount_cents) == (debit, credit, abs(amount))
    assert clearing_moved([entry]) == -amount


def test_only_groups_nobody_knows_wait_for_a_person() -> None:
    known = tuple(KeptAdjustment(group, "999", 1) for group in ("CO", "PR", "OA", "PI"))
    line = LineDecision(LINES[0], 10, 4, (*known, KeptAdjustment("CR", "45", 1), KeptAdjustment("", "45", 1)))
    assert unknown_codes([line]) == ["-45", "CR-45"]
    assert {effect_of(AdjustmentCode(one.group, one.reason)) for one in known} == {Effect.OPEN, Effect.PATIENT}


def test_an_unread_reason_never_becomes_a_discount() -> None:
    claim = (books := Books()).charge("A", [10_000])
    books.pay("T1", 0, [answer(claim, "4", [Answer(0, (KeptAdjustment("CO", "A1", 10_000),))])])
    assert books.totals() == {INSURANCE[0]: 10_000, Account.CHARGES: -10_000}
