"""What a view accepts: bills that add up, and forms as people fill them in."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from tests.patient_portal.gallery import CREDIT, LONG_NAMES, NO_PLAN, OWED, PAID, PAY, PENDING

from patient_portal import views
from patient_portal.words_en import ENGLISH


@pytest.mark.parametrize(
    ("bill", "state"),
    [
        (OWED, views.BillState.OWED),
        (LONG_NAMES, views.BillState.OWED),
        (NO_PLAN, views.BillState.OWED),
        (PENDING, views.BillState.PENDING),
        (PAID, views.BillState.PAID),
        (CREDIT, views.BillState.CREDIT),
    ],
)
def test_the_balance_decides_what_the_page_answers(bill: views.BillPage, state: views.BillState) -> None:
    assert bill.state is state
    assert (
        bill.price_cents
        - bill.taken_off_cents
        - bill.insurer_paid_cents
        - bill.with_insurer_cents
        - bill.forgiven_cents
        - bill.already_paid_cents
        == bill.balance_cents
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"balance_cents": 8641}, "do not lead to the balance"),
        ({"already_paid_cents": 1}, "do not lead to the balance"),
        ({"share_parts": OWED.share_parts[:1]}, "reasons do not sum"),
        ({"pay_url": None}, "pay_url"),
        (
            {
                "visits": (
                    views.Visit(
                        service_date=date(2026, 10, 21),
                        provider="Dr. Amara Osei",
                        services=(views.Service(name="Office visit", charge_cents=31000, share_cents=1),),
                    ),
                )
            },
            "services do not sum",
        ),
    ],
)
def test_a_bill_that_does_not_add_up_never_becomes_a_page(wrong: dict[str, object], message: str) -> None:
    msgspec.structs.replace(OWED)
    with pytest.raises(ValueError, match=message):
        msgspec.structs.replace(OWED, **wrong)


def test_a_part_due_now_is_owed_although_a_plan_still_decides_another() -> None:
    bill = msgspec.structs.replace(
        PENDING,
        with_insurer=views.WithInsurer(insurer="Bluestone", amount_cents=28500),
        balance_cents=2500,
        pay_url="/pay",
    )
    assert bill.state is views.BillState.OWED


def test_the_patients_piece_of_the_bar_is_the_share() -> None:
    assert [(piece.owner, piece.width) for piece in OWED.bar] == [
        ("discount", "34.19%"),
        ("insurer", "37.94%"),
        ("patient", "27.87%"),
    ]


BIRTH = {"birth_month": "3", "birth_day": "07", "birth_year": "1958"}


def test_a_birth_date_is_read_as_typed() -> None:
    form = views.read_birth_date(BIRTH, ENGLISH)
    assert form.result is not None
    assert views.birth_date(form.result) == date(1958, 3, 7)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"birth_day": "30", "birth_month": "02"}, {"birth_day": "That date does not exist. Check the month and day."}),
        ({"birth_month": "13"}, {"birth_month": "The month must be a number from 1 to 12"}),
        ({"birth_year": "58"}, {"birth_year": "The year must have 4 numbers, like 1958"}),
        (
            {"birth_month": "", "birth_year": ""},
            {"birth_month": "Enter the month of birth", "birth_year": "Enter the year of birth"},
        ),
    ],
)
def test_a_date_that_cannot_be_says_which_part_to_look_at(typed: dict[str, str], errors: dict[str, str]) -> None:
    form = views.read_birth_date({**BIRTH, **typed}, ENGLISH)
    assert form.result is None
    assert form.errors == errors


@pytest.mark.parametrize("code", ["K7QM-42XD-9HTR", "k7qm42xd9htr", " K7QM 42XD 9HTR "])
def test_a_bill_code_may_be_typed_in_any_spacing(code: str) -> None:
    form = views.read_bill_code({**BIRTH, "bill_code": code}, ENGLISH)
    assert form.result is not None
    assert form.result.bill_code == code.strip()


@pytest.mark.parametrize("code", ["K7", "<script>", "K7QM_42XD", "K" * 40])
def test_a_bill_code_that_cannot_be_one_is_refused_before_anyone_looks_it_up(code: str) -> None:
    form = views.read_bill_code({**BIRTH, "bill_code": code}, ENGLISH)
    assert form.errors == {"bill_code": "Check your bill code. It has letters and numbers only."}


@pytest.mark.parametrize(
    ("posted", "cents"),
    [
        ({"choice": "all"}, 8640),
        ({"choice": "all", "part": "5"}, 8640),
        ({"choice": "part", "part": "$40"}, 4000),
        ({"choice": "part", "part": "5.00"}, 500),
        ({"choice": "part", "part": "86.40"}, 8640),
    ],
)
def test_all_or_a_part_becomes_cents(posted: dict[str, str], cents: int) -> None:
    form, chosen = views.read_payment(posted, balance_cents=8640, least_cents=500, words=ENGLISH)
    assert chosen == cents
    assert form.errors == {}


@pytest.mark.parametrize(
    ("posted", "errors"),
    [
        ({}, {"choice": "Choose how much you want to pay"}),
        ({"choice": "none"}, {"choice": "Choose how much you want to pay"}),
        ({"choice": "part"}, {"part": "Enter how much you want to pay"}),
        ({"choice": "part", "part": "4.99"}, {"part": "Enter an amount from $5.00 to $86.40"}),
        ({"choice": "part", "part": "86.41"}, {"part": "Enter an amount from $5.00 to $86.40"}),
        ({"choice": "part", "part": "-5"}, {"part": "Enter an amount from $5.00 to $86.40"}),
        ({"choice": "part", "part": "ten"}, {"part": "Enter an amount from $5.00 to $86.40"}),
    ],
)
def test_an_amount_that_cannot_be_paid_says_what_can(posted: dict[str, str], errors: dict[str, str]) -> None:
    form, chosen = views.read_payment(posted, balance_cents=8640, least_cents=500, words=ENGLISH)
    assert chosen is None
    assert form.errors == errors


def test_a_balance_at_or_below_the_least_is_paid_whole() -> None:
    assert PAY.offers_part
    assert not msgspec.structs.replace(PAY, balance_cents=500).offers_part
    _, chosen = views.read_payment({"choice": "part", "part": "3"}, balance_cents=300, least_cents=500, words=ENGLISH)
    assert chosen == 300
