"""The patient's pages: open a bill, understand it, pay it. No account, no script needed, nothing personal in an address."""

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from directory.public import payers_by_id, providers_by_npi
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import TooMany, Unauthenticated
from kernel.http.headers import request_id_of
from kernel.http.problems import problem_of, refusal_headers
from kernel.http.scoping import AnyRequest, request_scope, requires
from kernel.ids import new_id
from kernel.settings import Settings
from patient_portal import views
from patient_portal.billing import bill_page
from patient_portal.permissions import PAY_BILL, READ_BILL
from patient_portal.words_en import ENGLISH
from patients.public import read_patient
from payments.public import SMALLEST_CENTS, PaymentState, patient_account, payment_state, start_payment
from tenancy.public import (
    BillDoor,
    bill_practice,
    by_code,
    by_link,
    leaving_scope,
    open_bill,
    practice_profile,
    session_cookie,
    session_token,
    visitor_of,
)
from ui.error_pages import error_words
from ui.formatting import phone
from ui.forms import Form, blank
from ui.pages import page_headers, render

TEXT_COOKIE = "billwright_text"
PROCESSOR = "Stripe"

Html = Response[str]


def answer_page(request: AnyRequest, error: Exception) -> Html:
    """The exception handler of every page: the same refusals as the API, in words for people."""
    problem = problem_of(error, request_id_of(request.scope))
    if isinstance(error, Unauthenticated):
        return Response("", status_code=303, headers={"Location": "/bill", "Cache-Control": "no-store"})
    page = views.ErrorPage(
        frame=_office(request),
        said=error_words(problem.status),
        request_id=problem.request_id,
        bill_url="/bill/account",
    )
    html = render("patient_portal/error.html", page)
    return Response(html, status_code=problem.status, headers={**page_headers(), **refusal_headers(error)})


class BillController(Controller):
    """A patient's bill."""

    path = "/bill"
    include_in_schema = False
    exception_handlers = {Exception: answer_page}  # noqa: RUF012

    @get()
    async def ask_code(self, request: AnyRequest) -> Html:
        """Ask for the code from the paper bill, and the date of birth."""
        return _page(
            "open", views.OpenBillPage(frame=_office(request), form=blank(views.BillCodeForm), action_url="/bill")
        )

    @post(status_code=303)
    async def open_with_code(self, request: AnyRequest) -> Html:
        """Check code and date of birth."""
        posted = await _posted(request)
        form = views.read_bill_code(posted, ENGLISH)
        frame = _office(request)
        if form.result is None:
            return _page("open", views.OpenBillPage(frame=frame, form=form, action_url="/bill"), status=422)
        door = by_code(request.app.state.sessions, form.result.bill_code)
        return await _open(request, form, door, frame, "/bill")

    @get("/link/{code:str}")
    async def ask_birth_date(self, request: AnyRequest, code: FromPath[str]) -> Html:
        """A link names the bill; only the date of birth is asked."""
        return await _ask_birth_date(request, by_code(request.app.state.sessions, code), f"/bill/link/{code}")

    @post("/link/{code:str}", status_code=303)
    async def open_with_link(self, request: AnyRequest, code: FromPath[str]) -> Html:
        """Check the date of birth behind a link."""
        return await _open_with_date(request, by_code(request.app.state.sessions, code), f"/bill/link/{code}")

    @get("/once/{token:str}")
    async def ask_birth_date_once(self, request: AnyRequest, token: FromPath[str]) -> Html:
        """A link that opens the bill once; looking at it does not use it up."""
        return await _ask_birth_date(request, by_link(request.app.state.sessions, token), f"/bill/once/{token}")

    @post("/once/{token:str}", status_code=303)
    async def open_once(self, request: AnyRequest, token: FromPath[str]) -> Html:
        """Check the date of birth behind a link that opens once."""
        return await _open_with_date(request, by_link(request.app.state.sessions, token), f"/bill/once/{token}")

    @get("/account", guards=[requires(READ_BILL)])
    async def read(self, request: AnyRequest, tx: NamedDependency[Tx]) -> Html:
        """The bill, explained."""
        return _page("bill", await _bill(request, tx))

    @get("/pay", guards=[requires(PAY_BILL)])
    async def choose(self, request: AnyRequest, tx: NamedDependency[Tx]) -> Html:
        """Choose how much to pay."""
        bill = await _bill(request, tx)
        if bill.balance_cents <= 0:
            return Response("", status_code=303, headers={"Location": "/bill/account"})
        return _page("pay", _pay_page(bill, blank(views.PayForm, choice="all")), checkout=_checkout_origin(request))

    @post("/pay", guards=[requires(PAY_BILL)], status_code=303, dependencies={})
    async def pay(self, request: AnyRequest) -> Html:
        """Go to the checkout page of the card processor; two taps of one form go to the same one."""
        posted = await _posted(request)
        database, scope = request.app.state.database, request_scope(request)
        async with open_transaction(database, scope) as tx:
            bill = await _bill(request, tx)
        form, cents = views.read_payment(
            posted, balance_cents=bill.balance_cents, least_cents=SMALLEST_CENTS, words=ENGLISH
        )
        attempt = posted.get("attempt_key", "")
        if cents is None or not attempt:
            page = _pay_page(bill, form, attempt)
            return _page("pay", page, status=422, checkout=_checkout_origin(request))
        public_url = _settings(request).web.public_url
        payment = await start_payment(
            database,
            scope,
            request.app.state.gateway,
            amount_cents=cents,
            idempotency_key=attempt,
            success_url=f"{public_url}/bill/payments/{{PAYMENT_ID}}",
            cancel_url=f"{public_url}/bill/payments/{{PAYMENT_ID}}",
        )
        target = payment.checkout_url or f"/bill/payments/{payment.id}"
        headers = {**page_headers(checkout_origin=_checkout_origin(request)), "Location": target}
        return Response("", status_code=303, headers=headers)

    @get("/payments/{payment_id:uuid}", guards=[requires(READ_BILL)])
    async def payment(self, request: AnyRequest, tx: NamedDependency[Tx], payment_id: FromPath[uuid.UUID]) -> Html:
        """What became of a payment: the receipt, or where it stands. Loading it again pays nothing."""
        state = await payment_state(tx, payment_id)
        bill = await _bill(request, tx)
        return _payment_page(state, bill)

    @post("/end", status_code=303)
    async def end(self, request: AnyRequest) -> Redirect:
        """Close the bill."""
        if token := session_token(request):
            await request.app.state.sessions.end(token, leaving_scope(request))
        return Redirect("/bill", status_code=303)

    @get("/text/{size:str}")
    async def text_size(self, request: AnyRequest, size: FromPath[str]) -> Html:
        """Larger or standard text, kept in a cookie; back to the page it was asked from, or to the start."""
        target = "/bill/account" if request.user is not None else "/bill"
        cookie = Cookie(
            key=TEXT_COOKIE,
            value="large" if size == "large" else "standard",
            path="/bill",
            httponly=True,
            samesite="lax",
        )
        return Response("", status_code=303, headers={"Location": target}, cookies=[cookie])


def _page(template: str, page: views.Page, *, status: int = 200, checkout: str | None = None) -> Html:
    html = render(f"patient_portal/{template}.html", page)
    return Response(html, status_code=status, headers=page_headers(checkout_origin=checkout))


def _settings(request: AnyRequest) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _checkout_origin(request: AnyRequest) -> str:
    return _settings(request).stripe.checkout_origin


def _is_large(request: AnyRequest) -> bool:
    return request.cookies.get(TEXT_COOKIE) == "large"


def _frame(request: AnyRequest, practice: views.Practice) -> views.Frame:
    large = _is_large(request)
    url = "/bill/text/standard" if large else "/bill/text/large"
    return views.Frame(practice=practice, text_size_url=url, large_text=large, words=ENGLISH)


def _office(request: AnyRequest) -> views.Frame:
    web = _settings(request).web
    return _frame(request, views.Practice(name=web.office_name, phone=web.office_phone, phone_hours=web.office_hours))


async def _ask_birth_date(request: AnyRequest, door: BillDoor, action_url: str) -> Html:
    frame = await _frame_behind(request, door)
    if frame is None:
        return _call_us(request, views.CallReason.LINK_EXPIRED)
    form = blank(views.BirthDateForm)
    return _page("open", views.OpenBillPage(frame=frame, form=form, action_url=action_url))


async def _open_with_date(request: AnyRequest, door: BillDoor, action_url: str) -> Html:
    frame = await _frame_behind(request, door)
    if frame is None:
        return _call_us(request, views.CallReason.LINK_EXPIRED)
    form = views.read_birth_date(await _posted(request), ENGLISH)
    if form.result is None:
        return _page("open", views.OpenBillPage(frame=frame, form=form, action_url=action_url), status=422)
    return await _open(request, form, door, frame, action_url)


async def _frame_behind(request: AnyRequest, door: BillDoor) -> views.Frame | None:
    """Whose bill office it is may be shown before the check; nothing else is."""
    found = await bill_practice(request.app.state.database, door)
    if found is None:
        return None
    hours = _settings(request).web.office_hours
    return _frame(request, views.Practice(name=found.name, phone=phone(found.phone), phone_hours=hours))


def _call_us(request: AnyRequest, reason: views.CallReason, *, status: int = 404) -> Html:
    return _page("call_us", views.CallUsPage(frame=_office(request), reason=reason, open_url="/bill"), status=status)


async def _posted(request: AnyRequest) -> Mapping[str, str]:
    form: Any = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _open(request: AnyRequest, form: Any, door: BillDoor, frame: views.Frame, action_url: str) -> Html:
    try:
        opened = await open_bill(
            request.app.state.database,
            request.app.state.sessions,
            door=door,
            birth_date=views.birth_date(form.result),
            visitor=visitor_of(request),
        )
    except TooMany:
        return _call_us(request, views.CallReason.LOCKED, status=429)
    except Unauthenticated:
        refused: Form[Any] = form.with_error("birth_day", ENGLISH.open.no_match)
        return _page("open", views.OpenBillPage(frame=frame, form=refused, action_url=action_url), status=422)
    cookie = session_cookie(opened.token, _settings(request).web)
    return Response("", status_code=303, headers={"Location": "/bill/account"}, cookies=[cookie])


async def _bill(request: AnyRequest, tx: Tx) -> views.BillPage:
    patient_id = tx.scope.patient_id
    if patient_id is None:
        raise Unauthenticated("open your bill first")
    practice = await practice_profile(tx)
    patient = await read_patient(tx, patient_id)
    providers = {one.id: one for one in (await providers_by_npi(tx)).values()}
    place = f"{practice.city}, {practice.state_code} {practice.zip[:5]}"
    return bill_page(
        await patient_account(tx, patient_id),
        frame=_frame(
            request,
            views.Practice(
                name=practice.name,
                phone=phone(practice.phone),
                phone_hours=_settings(request).web.office_hours,
                mail_lines=(practice.name, practice.address, place),
                billing_company=_settings(request).web.office_name,
            ),
        ),
        account_number=patient.account_number,
        providers=providers,
        payers=await payers_by_id(tx),
        pay_url="/bill/pay",
    )


def _pay_page(bill: views.BillPage, form: Form[views.PayForm], attempt: str = "") -> views.PayPage:
    return views.PayPage(
        frame=bill.frame,
        form=form,
        balance_cents=bill.balance_cents,
        least_cents=SMALLEST_CENTS,
        processor=PROCESSOR,
        attempt_key=attempt or str(new_id()),
        action_url="/bill/pay",
        bill_url="/bill/account",
    )


def _payment_page(payment: PaymentState, bill: views.BillPage) -> Html:
    here = f"/bill/payments/{payment.id}"
    if payment.state == "paid" and payment.settled_at is not None:
        return _page(
            "receipt",
            views.ReceiptPage(
                frame=bill.frame,
                receipt_number=f"R-{str(payment.id)[:8].upper()}",
                bill_number=bill.bill_number,
                amount_cents=payment.amount_cents,
                paid_date=payment.settled_at.date(),
                method="Card",
                left_cents=bill.balance_cents,
                bill_url="/bill/account",
            ),
        )
    if payment.state in {"failed", "expired"}:
        reason = views.DeclineReason.LEFT if payment.state == "expired" else views.DeclineReason.CARD
        declined = views.DeclinedPage(
            frame=bill.frame,
            reason=reason,
            balance_cents=bill.balance_cents,
            pay_url="/bill/pay",
            bill_url="/bill/account",
        )
        return _page("declined", declined)
    pending = views.PendingPage(
        frame=bill.frame, amount_cents=payment.amount_cents, by_bank=False, check_url=here, bill_url="/bill/account"
    )
    return _page("pending", pending)
