"""Every charge is somebody's; what is not shows as unexplained and is not hidden in any other figure."""

import datetime as dt

import msgspec
import pytest
from tests.payments.books import Answer, Books, answer

from kernel.ids import new_id
from ledger.public import Account, PostedTransfer
from payments.remittance.content import KeptAdjustment
from reports.equation import Breakdown, Equation, equation


def a_practice() -> Books:
    """A visit paid in part by the insurer and the patient, one denied, one not answered, and a surplus by card."""
    books = Books()
    books.charge("A", [20_000])
    books.charge("B", [9_500])
    books.charge("C", [4_000])
    paid = Answer(12_000, (KeptAdjustment("CO", "45", 6_000), KeptAdjustment("PR", "2", 2_000)))
    denied = Answer(0, (KeptAdjustment("CO", "197", 9_500),))
    books.pay("T1", 12_000, [answer(books.claims["A"], "1", [paid]), answer(books.claims["B"], "4", [denied])])
    books.card(1_500)
    books.card(700)
    return books


def test_the_six_figures_and_what_they_are_made_of() -> None:
    books = a_practice()
    figures, parts = equation(books.charged_cents, books.transfers())
    assert figures == Equation(
        charge_cents=33_500,
        discount_cents=6_000,
        insurer_cents=25_500,
        patient_cents=2_000,
        written_off_cents=0,
        unexplained_cents=0,
    )
    assert parts == Breakdown(
        insurer_paid_cents=12_000,
        insurer_open_cents=13_500,
        patient_paid_cents=2_000,
        patient_open_cents=0,
        unapplied_cents=200,
        recoupment_cents=0,
    )


def test_a_write_off_moves_from_the_patient_to_written_off() -> None:
    books = a_practice()
    claim = books.claims["B"]
    transfers = [*books.transfers(), transfer(Account.WRITE_OFF_TIMELY_FILING, Account.INSURANCE_1, 9_500, claim.id)]
    figures, _ = equation(books.charged_cents, transfers)
    assert (figures.written_off_cents, figures.insurer_cents, figures.unexplained_cents) == (9_500, 16_000, 0)


@pytest.mark.parametrize("place", range(6))
def test_a_transfer_that_went_missing_shows_to_the_cent_or_as_its_other_side(place: int) -> None:
    books = a_practice()
    transfers = books.transfers()
    lost = transfers.pop(place)
    whole, short = equation(books.charged_cents, books.transfers()), equation(books.charged_cents, transfers)
    assert short != whole
    assert short[0].unexplained_cents == (lost.amount_cents if lost.credit is Account.CHARGES else 0)


def test_a_charge_that_was_never_posted_is_unexplained() -> None:
    books = a_practice()
    assert equation(books.charged_cents + 1, books.transfers())[0].unexplained_cents == 1


def test_money_of_an_insurer_that_belongs_to_no_claim_explains_no_charge() -> None:
    books = a_practice()
    before, _ = equation(books.charged_cents, books.transfers())
    held = transfer(Account.REMITTANCE_CLEARING, Account.UNAPPLIED_PAYER, 5_000, None)
    after, parts = equation(books.charged_cents, [*books.transfers(), held])
    assert after == before
    assert parts.unapplied_cents == 5_200


def transfer(debit: Account, credit: Account, cents: int, group_id: object) -> PostedTransfer:
    """One more transfer."""
    return msgspec.convert(
        {
            "entry_id": new_id(),
            "fact": "",
            "kind": "",
            "source": "",
            "posted_date": dt.date(2026, 9, 30),
            "debit": debit,
            "credit": credit,
            "amount_cents": cents,
            "group_id": group_id,
            "item_id": new_id(),
            "party_id": None,
            "reason": "",
        },
        PostedTransfer,
    )
