"""Every patient page in every state, from made-up bills: for the tests, and to look at.

`python -m tests.patient_portal.gallery FOLDER` writes the pages as files that a browser opens.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import msgspec

from patient_portal import views
from patient_portal.explain import Adjustment, explain
from patient_portal.words_en import ENGLISH
from ui.error_pages import error_words
from ui.forms import blank
from ui.pages import render
from ui.static_files import PREFIX, all_static

PRACTICE = views.Practice(
    name="Juniper Family Medicine",
    phone="(555) 014-0110",
    phone_hours="Monday to Friday, 8 am to 6 pm",
    mail_lines=("Juniper Family Medicine", "PO Box 1040", "Fairview, NY 10001"),
    billing_company="Harbor Billing",
)
FRAME = views.Frame(practice=PRACTICE, text_size_url="?text=large")

OCTOBER_VISIT = views.Visit(
    service_date=date(2026, 10, 21),
    provider="Dr. Amara Osei",
    services=(
        views.Service(name="Office visit", charge_cents=21000, share_cents=7640, code="99214"),
        views.Service(name="Heart tracing (ECG)", charge_cents=7500, share_cents=1000, code="93000"),
        views.Service(name="Urine test", charge_cents=2500, share_cents=0, code="81003"),
    ),
)
AUGUST_VISIT = views.Visit(
    service_date=date(2026, 8, 4),
    provider="Dr. Leon Abara",
    services=(views.Service(name="Physical therapy session", charge_cents=18000, code="97110"),),
)


def _with_shares(visit: views.Visit, *shares_cents: int | None) -> views.Visit:
    services = tuple(
        msgspec.structs.replace(service, share_cents=cents)
        for service, cents in zip(visit.services, shares_cents, strict=True)
    )
    return msgspec.structs.replace(visit, services=services)


_EXPLAINED = explain(
    [
        [
            Adjustment("CO", "45", 8600),
            Adjustment("CO", "97", 2000),
            Adjustment("PR", "1", 6000),
            Adjustment("PR", "2", 2640),
        ]
    ],
    taken_off_cents=10600,
    share_cents=8640,
    words=ENGLISH,
)
OWED = views.BillPage(
    frame=FRAME,
    bill_number="STM-20931",
    account_number="JUN-10482",
    visits=(OCTOBER_VISIT,),
    taken_off=_EXPLAINED.taken_off,
    insurer_payments=(views.InsurerPayment(insurer="Bluestone", amount_cents=11760, paid_date=date(2026, 11, 17)),),
    share_parts=_EXPLAINED.share,
    balance_cents=8640,
    due_date=date(2026, 12, 15),
    pay_url="/pay",
)

_TWO_PLANS = explain(
    [
        [
            Adjustment("CO", "45", 15000),
            Adjustment("PR", "1", 9000),
            Adjustment("PR", "2", 6000),
        ],
        [
            Adjustment("OA", "23", 34000),
            Adjustment("CO", "253", 600),
            Adjustment("PR", "3", 2500),
            Adjustment("PR", "96", 3000),
            Adjustment("PR", "999", 1234),
        ],
    ],
    taken_off_cents=15600,
    share_cents=6734,
    words=ENGLISH,
)
LONG_NAMES = views.BillPage(
    frame=msgspec.structs.replace(
        FRAME,
        practice=msgspec.structs.replace(
            PRACTICE, name="Northeastern Women’s Health and Maternal-Fetal Medicine Associates of Fairview"
        ),
    ),
    bill_number="STM-20932",
    account_number="NWH-00017",
    visits=(_with_shares(AUGUST_VISIT, 5500), _with_shares(OCTOBER_VISIT, 1234, 0, 0)),
    taken_off=_TWO_PLANS.taken_off,
    insurer_payments=(
        views.InsurerPayment(
            insurer="Great Lakes Mutual Benefit Cooperative", amount_cents=19000, paid_date=date(2026, 11, 2)
        ),
        views.InsurerPayment(insurer="Bluestone", amount_cents=7666, paid_date=date(2026, 11, 17)),
    ),
    share_parts=_TWO_PLANS.share,
    forgiven_cents=1000,
    already_paid_cents=2500,
    balance_cents=3234,
    due_date=date(2026, 12, 15),
    pay_url="/pay",
)

PENDING = views.BillPage(
    frame=FRAME,
    bill_number="STM-20933",
    account_number="JUN-10482",
    visits=(_with_shares(OCTOBER_VISIT, None, None, None),),
    with_insurer=views.WithInsurer(insurer="Bluestone", amount_cents=31000),
    balance_cents=0,
)
PAID = msgspec.structs.replace(
    OWED, already_paid_cents=8640, balance_cents=0, due_date=None, pay_url=None, last_paid_date=date(2026, 12, 1)
)
CREDIT = msgspec.structs.replace(PAID, already_paid_cents=10000, balance_cents=-1360)
_OWN_PRICE = explain([], taken_off_cents=6000, share_cents=12000, words=ENGLISH)
NO_PLAN = views.BillPage(
    frame=FRAME,
    bill_number="STM-20934",
    account_number="JUN-10990",
    visits=(_with_shares(AUGUST_VISIT, 12000),),
    taken_off=_OWN_PRICE.taken_off,
    no_plan=True,
    balance_cents=12000,
    due_date=date(2026, 12, 15),
    pay_url="/pay",
)

NO_PROVIDER = msgspec.structs.replace(
    PENDING, visits=tuple(msgspec.structs.replace(visit, provider="") for visit in PENDING.visits)
)
NO_VISIT = views.BillPage(frame=FRAME, bill_number="STM-20935", account_number="JUN-11201", visits=(), balance_cents=0)

OPEN_LINK = views.OpenBillPage(frame=FRAME, form=blank(views.BirthDateForm), action_url="/open")
OPEN_CODE = views.OpenBillPage(frame=FRAME, form=blank(views.BillCodeForm), action_url="/open")
OPEN_WRONG = views.OpenBillPage(
    frame=FRAME,
    form=views.read_bill_code({"bill_code": "K7QM-42XD-9HTR", "birth_month": "13", "birth_day": "3"}, ENGLISH),
    action_url="/open",
)

PAY = views.PayPage(
    frame=FRAME,
    form=blank(views.PayForm, choice="all"),
    balance_cents=8640,
    least_cents=500,
    processor="Stripe",
    attempt_key="019aa4b0-demo",
    action_url="/pay",
    bill_url="/bill",
)
PAY_WRONG = msgspec.structs.replace(
    PAY,
    form=views.read_payment({"choice": "part", "part": "200"}, balance_cents=8640, least_cents=500, words=ENGLISH)[0],
)
RECEIPT = views.ReceiptPage(
    frame=FRAME,
    receipt_number="R-48213",
    bill_number="STM-20931",
    amount_cents=4000,
    paid_date=date(2026, 12, 1),
    method="Visa ending in 4242",
    left_cents=4640,
    bill_url="/bill",
    due_date=date(2026, 12, 15),
    email="p…@example.com",
)
RECEIPT_FULL = msgspec.structs.replace(RECEIPT, amount_cents=8640, left_cents=0, due_date=None, email=None)
PENDING_CARD = views.PendingPage(frame=FRAME, amount_cents=8640, by_bank=False, check_url="?", bill_url="/bill")


def _declined(reason: views.DeclineReason) -> views.DeclinedPage:
    return views.DeclinedPage(frame=FRAME, reason=reason, balance_cents=8640, pay_url="/pay", bill_url="/bill")


def large(page: views.Page) -> views.Page:
    """The same page in larger text."""
    return msgspec.structs.replace(page, frame=msgspec.structs.replace(page.frame, large_text=True))


def _error(status: int) -> views.ErrorPage:
    office = views.Practice(name="Harbor Billing", phone="(555) 014-0110", phone_hours="Monday to Friday, 8 am to 6 pm")
    return views.ErrorPage(
        frame=views.Frame(practice=office, text_size_url="?text=large"),
        said=error_words(status),
        request_id="019aa4b0-7c1e-7d4a-8985-ba77e03f10d8",
        bill_url="/bill/account",
    )


PAGES: dict[str, tuple[str, views.Page]] = {
    "bill-no-provider": ("bill.html", NO_PROVIDER),
    "bill-no-visit": ("bill.html", NO_VISIT),
    "open-link": ("open.html", OPEN_LINK),
    "open-code": ("open.html", OPEN_CODE),
    "open-wrong": ("open.html", OPEN_WRONG),
    "bill-owed": ("bill.html", OWED),
    "bill-owed-large": ("bill.html", large(OWED)),
    "bill-long": ("bill.html", LONG_NAMES),
    "bill-pending": ("bill.html", PENDING),
    "bill-paid": ("bill.html", PAID),
    "bill-credit": ("bill.html", CREDIT),
    "bill-no-plan": ("bill.html", NO_PLAN),
    "pay": ("pay.html", PAY),
    "pay-wrong": ("pay.html", PAY_WRONG),
    "pay-large": ("pay.html", large(PAY)),
    "pay-small": ("pay.html", msgspec.structs.replace(PAY, balance_cents=300)),
    "receipt": ("receipt.html", RECEIPT),
    "receipt-full": ("receipt.html", RECEIPT_FULL),
    "payment-pending": ("pending.html", PENDING_CARD),
    "payment-pending-bank": ("pending.html", msgspec.structs.replace(PENDING_CARD, by_bank=True)),
    "declined-card": ("declined.html", _declined(views.DeclineReason.CARD)),
    "declined-expired": ("declined.html", _declined(views.DeclineReason.EXPIRED)),
    "declined-left": ("declined.html", _declined(views.DeclineReason.LEFT)),
    "call-expired": (
        "call_us.html",
        views.CallUsPage(frame=FRAME, reason=views.CallReason.LINK_EXPIRED, open_url="/open"),
    ),
    "call-locked": ("call_us.html", views.CallUsPage(frame=FRAME, reason=views.CallReason.LOCKED)),
    "call-not-found": (
        "call_us.html",
        views.CallUsPage(frame=FRAME, reason=views.CallReason.NOT_FOUND, open_url="/open"),
    ),
    **{f"error-{status}": ("error.html", _error(status)) for status in (400, 404, 429, 500, 503)},
}


def render_pages() -> dict[str, str]:
    """HTML by page name."""
    return {name: render(f"patient_portal/{template}", view) for name, (template, view) in PAGES.items()}


def write_pages(folder: Path) -> None:
    """The pages and what they load, with addresses made relative so that they open straight from the folder."""
    for file in all_static():
        path = folder / file.url.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content.replace(f'url("{PREFIX}'.encode(), b'url("'))
    for name, html in render_pages().items():
        (folder / f"{name}.html").write_text(html.replace(f'"{PREFIX}', f'"{PREFIX[1:]}'), "utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
