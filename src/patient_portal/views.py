"""What each patient page shows, and what each form asks: typed values, complete before a template sees them.

Amounts are integer cents from the ledger. A bill checks its own sum when it is made: a page that would show numbers
that do not add up is refused here and never reaches a patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from patient_portal.explain import Reason
from patient_portal.words import Words
from patient_portal.words_en import ENGLISH
from ui.error_pages import ErrorWords
from ui.formatting import money
from ui.forms import FieldMessages, Form, bind, cents_from_text
from ui.money_bar import Segment, segments
from ui.pages import Audience, Shell


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bill is from and whom to call; the billing company itself where no practice is known yet."""

    name: str
    phone: str
    phone_hours: str | None = None
    mail_lines: tuple[str, ...] = ()
    billing_company: str | None = None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds every page. `text_size_url` switches between standard and larger text and comes back here."""

    practice: Practice
    text_size_url: str
    large_text: bool = False
    words: Words = ENGLISH


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Every patient page has a frame."""

    frame: Frame

    @property
    def shell(self) -> Shell:
        """The frame as the base layout wants it."""
        return Shell(
            audience=Audience.PATIENT,
            language=self.frame.words.language,
            skip_words=self.frame.words.common.skip,
            large_text=self.frame.large_text,
        )


# --- Opening a bill -------------------------------------------------------------------------------------------------


class BirthDateForm(msgspec.Struct, frozen=True, kw_only=True):
    """The check behind a link: the link names the bill, the date of birth opens it."""

    birth_month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    birth_day: Annotated[int, msgspec.Meta(ge=1, le=31)]
    birth_year: Annotated[int, msgspec.Meta(ge=1880, le=2200)]


class BillCodeForm(msgspec.Struct, frozen=True, kw_only=True):
    """The same check for someone who has the paper bill."""

    bill_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z \-]{3,31}$")]
    birth_month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    birth_day: Annotated[int, msgspec.Meta(ge=1, le=31)]
    birth_year: Annotated[int, msgspec.Meta(ge=1880, le=2200)]


OpenForm = BirthDateForm | BillCodeForm


class OpenBillPage(Page, frozen=True, kw_only=True):
    """Asks who is there. Shows the practice, and neither a name nor an amount."""

    form: Form[BirthDateForm] | Form[BillCodeForm]
    action_url: str

    @property
    def asks_code(self) -> bool:
        return "bill_code" in self.form.values


def read_birth_date(posted: Mapping[str, str], words: Words) -> Form[BirthDateForm]:
    """The posted check of a link, with a date that exists or an error that says what to look at."""
    form = bind(BirthDateForm, posted, _open_messages(words))
    return form if _exists(form.result) else form.with_error("birth_day", words.open.birth_date_wrong)


def read_bill_code(posted: Mapping[str, str], words: Words) -> Form[BillCodeForm]:
    """The posted check of a paper bill."""
    form = bind(BillCodeForm, posted, _open_messages(words))
    return form if _exists(form.result) else form.with_error("birth_day", words.open.birth_date_wrong)


def birth_date(answer: OpenForm) -> date:
    """The date a checked form names."""
    return date(answer.birth_year, answer.birth_month, answer.birth_day)


def _exists(answer: OpenForm | None) -> bool:
    if answer is None:
        return True
    try:
        birth_date(answer)
    except ValueError:
        return False
    return True


def _open_messages(words: Words) -> dict[str, FieldMessages]:
    text = words.open
    return {
        "bill_code": FieldMessages(text.bill_code_missing, text.bill_code_wrong),
        "birth_month": FieldMessages(text.month_missing, text.month_wrong),
        "birth_day": FieldMessages(text.day_missing, text.day_wrong),
        "birth_year": FieldMessages(text.year_missing, text.year_wrong),
    }


# --- The bill -------------------------------------------------------------------------------------------------------


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service in our own plain words; `share_cents` is None while a plan is still deciding."""

    name: str
    charge_cents: int
    share_cents: int | None = None
    code: str | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit and what was done; `provider` is empty where none is on record."""

    service_date: date
    services: tuple[Service, ...]
    provider: str = ""


class InsurerPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What one plan paid; zero is worth showing, because it says that the plan answered."""

    insurer: str
    amount_cents: int
    paid_date: date | None = None


class WithInsurer(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan has not decided yet, and the patient should not pay."""

    insurer: str
    amount_cents: int


class BillState(StrEnum):
    """What the page answers first."""

    OWED = "owed"
    PENDING = "pending"
    PAID = "paid"
    CREDIT = "credit"


class BillPage(Page, frozen=True, kw_only=True):
    """One bill, explained.

    price − taken off − paid by plans − with a plan = share, and share − forgiven − already paid = balance. Raises
    ValueError when these do not hold, when the reasons or the services do not sum to the share, or when an owed bill has no way
    to pay.
    """

    bill_number: str
    account_number: str
    visits: tuple[Visit, ...]
    balance_cents: int
    taken_off: tuple[Reason, ...] = ()
    insurer_payments: tuple[InsurerPayment, ...] = ()
    with_insurer: WithInsurer | None = None
    share_parts: tuple[Reason, ...] = ()
    forgiven_cents: int = 0
    already_paid_cents: int = 0
    no_plan: bool = False
    due_date: date | None = None
    last_paid_date: date | None = None
    pay_url: str | None = None

    def __post_init__(self) -> None:
        if self.share_cents - self.forgiven_cents - self.already_paid_cents != self.balance_cents:
            raise ValueError("bill: price, reductions and payments do not lead to the balance")
        if self.share_parts and sum(part.amount_cents for part in self.share_parts) != self.share_cents:
            raise ValueError("bill: the reasons do not sum to the share")
        line_shares = [service.share_cents for visit in self.visits for service in visit.services]
        if None not in line_shares and sum(filter(None, line_shares)) != self.share_cents:
            raise ValueError("bill: the shares of the services do not sum to the share")
        if self.state is BillState.OWED and self.pay_url is None:
            raise ValueError("bill: an amount is owed, so the page needs pay_url")

    @property
    def state(self) -> BillState:
        """Owed wins: a part may be due while a plan decides another. A credit waits until plans have answered."""
        if self.balance_cents > 0:
            return BillState.OWED
        if self.with_insurer is not None:
            return BillState.PENDING
        return BillState.CREDIT if self.balance_cents < 0 else BillState.PAID

    @property
    def price_cents(self) -> int:
        return sum(service.charge_cents for visit in self.visits for service in visit.services)

    @property
    def taken_off_cents(self) -> int:
        return sum(reason.amount_cents for reason in self.taken_off)

    @property
    def insurer_paid_cents(self) -> int:
        return sum(payment.amount_cents for payment in self.insurer_payments)

    @property
    def with_insurer_cents(self) -> int:
        return self.with_insurer.amount_cents if self.with_insurer else 0

    @property
    def share_cents(self) -> int:
        """What plans left to the patient, before the patient's own payments."""
        return self.price_cents - self.taken_off_cents - self.insurer_paid_cents - self.with_insurer_cents

    @property
    def shows_share(self) -> bool:
        """Whether the share needs a line of its own, above what was forgiven or paid."""
        return bool(self.forgiven_cents or self.already_paid_cents)

    @property
    def bar(self) -> tuple[Segment, ...]:
        """The price split by who takes care of it."""
        return segments(
            (
                ("discount", self.taken_off_cents),
                ("insurer", self.insurer_paid_cents),
                ("open", self.with_insurer_cents),
                ("patient", self.share_cents),
            )
        )

    @property
    def has_codes(self) -> bool:
        """Whether there is anything to show behind `Show billing codes`."""
        coded_service = any(service.code for visit in self.visits for service in visit.services)
        return coded_service or any(reason.code for reason in (*self.taken_off, *self.share_parts))


# --- Paying ---------------------------------------------------------------------------------------------------------


class PayForm(msgspec.Struct, frozen=True, kw_only=True):
    """How much to pay: all, or a part typed in dollars."""

    choice: Literal["all", "part"]
    part: str = ""


class PayPage(Page, frozen=True, kw_only=True):
    """Chooses an amount, then leads to the checkout page of `processor`.

    `attempt_key` goes out as a hidden field and comes back with the form: two taps carry the same key and pay once.
    """

    form: Form[PayForm]
    balance_cents: int
    least_cents: int
    processor: str
    attempt_key: str
    action_url: str
    bill_url: str

    @property
    def offers_part(self) -> bool:
        """A balance at or below the least amount is paid whole."""
        return self.balance_cents > self.least_cents


def read_payment(
    posted: Mapping[str, str], *, balance_cents: int, least_cents: int, words: Words
) -> tuple[Form[PayForm], int | None]:
    """The posted form and the cents to charge, or None with the reason among the form's errors.

    A part lies between `least_cents` and the balance; a balance below the least can only be paid whole.
    """
    limits = {"least": money(min(least_cents, balance_cents)), "most": money(balance_cents)}
    text = words.pay
    form = bind(PayForm, posted, {"choice": FieldMessages(text.choose_missing, text.choose_missing)})
    if form.result is None:
        return form, None
    if form.result.choice == "all":
        return form, balance_cents
    if not form.result.part:
        return form.with_error("part", text.amount_missing), None
    cents = cents_from_text(form.result.part)
    if cents is None or not min(least_cents, balance_cents) <= cents <= balance_cents:
        return form.with_error("part", text.amount_wrong.format(**limits)), None
    return form, cents


class ReceiptPage(Page, frozen=True, kw_only=True):
    """A payment that went through. `method` and `email` arrive masked; a credit shows as nothing left."""

    receipt_number: str
    bill_number: str
    amount_cents: int
    paid_date: date
    method: str
    left_cents: int
    bill_url: str
    due_date: date | None = None
    email: str | None = None


class PendingPage(Page, frozen=True, kw_only=True):
    """A payment we have not heard the end of; `by_bank` means days rather than minutes."""

    amount_cents: int
    by_bank: bool
    check_url: str
    bill_url: str


class DeclineReason(StrEnum):
    """Why no money moved, as far as a patient can use it."""

    CARD = "card"
    EXPIRED = "expired"
    LEFT = "left"


class DeclinedPage(Page, frozen=True, kw_only=True):
    """A payment that was not made. Nothing was charged, and the page says so first."""

    reason: DeclineReason
    balance_cents: int
    pay_url: str
    bill_url: str


class CallReason(StrEnum):
    """Why the pages cannot go on."""

    LINK_EXPIRED = "link_expired"
    LOCKED = "locked"
    NOT_FOUND = "not_found"


class CallUsPage(Page, frozen=True, kw_only=True):
    """Hands over to a person. `open_url` offers the bill code instead, where that can still help."""

    reason: CallReason
    open_url: str | None = None


class ErrorPage(Page, frozen=True, kw_only=True):
    """Says what happened instead of a page. `request_id` is what the reader tells us and what our log is searched by."""

    said: ErrorWords
    request_id: str
    bill_url: str
