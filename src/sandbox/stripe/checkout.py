"""Checkout sessions: opened by the caller, ended by payment, by the caller, or by time."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sandbox.stripe.cause import Cause
from sandbox.stripe.clock import now_seconds
from sandbox.stripe.errors import invalid_request
from sandbox.stripe.events import record_event
from sandbox.stripe.ids import derived_id
from sandbox.stripe.objects.checkout_session import checkout_session
from sandbox.stripe.objects.line_item import line_item
from sandbox.stripe.params import Params
from sandbox.stripe.store import Store

# https://docs.stripe.com/api/checkout/sessions/create: 30 minutes to 24 hours, by default 24 hours.
_SHORTEST_LIFE_SECONDS = 30 * 60
_LONGEST_LIFE_SECONDS = 24 * 3600
# A caller's clock and ours may differ a little, and the request took time to arrive.
_CLOCK_LEEWAY_SECONDS = 60
# https://docs.stripe.com/currencies: the least and the most a card payment in US dollars may be, in cents.
_LEAST_CENTS = 50
_MOST_CENTS = 99_999_999
_MOST_LINES = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Line(NamedTuple):
    """One line to be paid; amount in cents for one."""

    name: str
    unit_amount_cents: int
    quantity: int
    currency: str


class NewSession(NamedTuple):
    """What a caller asked for, understood and within Stripe's limits."""

    lines: list[Line]
    success_url: str
    cancel_url: str | None
    client_reference_id: str | None
    customer_email: str | None
    display_name: str | None
    metadata: dict[str, str]
    payment_metadata: dict[str, str]
    payment_description: str | None
    expires_at: int | None

    @property
    def amount_cents(self) -> int:
        """What the payer is asked for, in cents."""
        return sum(line.unit_amount_cents * line.quantity for line in self.lines)


def read_new_session(params: Params) -> NewSession:
    """Understand the parameters of a new session.

    Raises:
        StripeError: 400, naming the parameter.
    """
    if params.choice("mode", {"payment"}) is None:
        raise invalid_request("Missing required param: mode.", param="mode", code="parameter_missing")
    params.group("allowed_payment_method_types").choice("0", {"card"})
    payment = params.group("payment_intent_data")
    new = NewSession(
        lines=_read_lines(params),
        success_url=_address(params, "success_url", params.required_text("success_url")),
        cancel_url=None if (text := params.text("cancel_url")) is None else _address(params, "cancel_url", text),
        client_reference_id=params.text("client_reference_id", longest=200),
        customer_email=_email(params),
        display_name=params.group("branding_settings").text("display_name", longest=250),
        metadata=params.metadata(),
        payment_metadata=payment.metadata(),
        payment_description=payment.text("description", longest=1_000),
        expires_at=params.integer("expires_at", most=99_999_999_999),
    )
    params.refuse_unread()
    if not _LEAST_CENTS <= new.amount_cents <= _MOST_CENTS:
        small = new.amount_cents < _LEAST_CENTS
        raise invalid_request(
            "The Checkout Session's total amount must convert to at least 50 cents."
            if small
            else "The Checkout Session's total amount due must be no more than $999,999.99 usd.",
            code="amount_too_small" if small else "amount_too_large",
        )
    return new


def open_session(store: Store, cause: Cause, new: NewSession, base_url: str) -> dict[str, Any]:
    """Make the session, its lines, and what its payment will carry; answers the session.

    Raises:
        StripeError: 400, ``expires_at`` is not between 30 minutes and 24 hours from now.
    """
    created = now_seconds()
    session_id = derived_id("checkout.session", cause.account, cause.seed)
    session = checkout_session(
        session_id=session_id,
        created=created,
        expires_at=_expiry(new.expires_at, created),
        amount_cents=new.amount_cents,
        currency=new.lines[0].currency,
        url=f"{base_url}/c/pay/{session_id}",
        success_url=new.success_url,
        cancel_url=new.cancel_url,
        client_reference_id=new.client_reference_id,
        customer_email=new.customer_email,
        display_name=new.display_name,
        metadata=new.metadata,
    )
    store.add(session, account=cause.account)
    for position, line in enumerate(new.lines):
        origin = (session_id, str(position))
        item = line_item(
            item_id=derived_id("item", *origin),
            price_id=derived_id("price", *origin),
            product_id=derived_id("product", *origin),
            name=line.name,
            unit_amount_cents=line.unit_amount_cents,
            quantity=line.quantity,
            currency=line.currency,
            created=created,
        )
        store.add(item, account=cause.account, parent=session_id)
    intended = {
        "id": f"{session_id}/payment_intent_data",
        "object": "payment_intent_data",
        "description": new.payment_description,
        "metadata": new.payment_metadata,
    }
    store.add(intended, account=cause.account, parent=session_id)
    return session


def expire_session(store: Store, cause: Cause, session: dict[str, Any]) -> dict[str, Any]:
    """End an open session unpaid.

    Raises:
        StripeError: 400, the session is no longer open.
    """
    if session["status"] != "open":
        raise invalid_request(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    session.update(status="expired", url=None)
    store.replace(session)
    record_event(store, cause, "checkout.session.expired", session)
    return session


def expire_overdue(store: Store) -> None:
    """End every open session whose time has run out; the time while the stand-in was stopped counts."""
    with store.transaction():
        for account, session_id in store.overdue_sessions(now_seconds()):
            session = store.get("checkout.session", session_id, account)
            expire_session(store, Cause(account, session_id, None, None), session)


def return_address(session: dict[str, Any]) -> str:
    """Where the payer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _read_lines(params: Params) -> list[Line]:
    lines = [_read_line(group) for group in params.groups("line_items")]
    if not lines:
        raise invalid_request("You must provide at least one line item.", param="line_items", code="parameter_missing")
    if len(lines) > _MOST_LINES:
        raise invalid_request(f"A session may have at most {_MOST_LINES} line items.", param="line_items")
    return lines


def _read_line(group: Params) -> Line:
    price = group.group("price_data")
    product = price.group("product_data")
    product.text("description")
    currency = price.required_text("currency").lower()
    if currency != "usd":
        raise invalid_request(
            f"Invalid currency: {currency}. This stand-in supports: usd", param=price.name("currency")
        )
    return Line(
        name=product.required_text("name", longest=250),
        unit_amount_cents=price.required_integer("unit_amount"),
        quantity=group.required_integer("quantity", least=1, most=999_999),
        currency=currency,
    )


def _address(params: Params, key: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid_request("Not a valid URL", param=params.name(key), code="url_invalid")
    return text


def _email(params: Params) -> str | None:
    text = params.text("customer_email", longest=800)
    if text is not None and not _EMAIL.fullmatch(text):
        raise invalid_request(
            f"Invalid email address: {text}", param=params.name("customer_email"), code="email_invalid"
        )
    return text


def _expiry(asked: int | None, created: int) -> int:
    if asked is None:
        return created + _LONGEST_LIFE_SECONDS
    if asked < created + _SHORTEST_LIFE_SECONDS - _CLOCK_LEEWAY_SECONDS:
        raise invalid_request(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if asked > created + _LONGEST_LIFE_SECONDS + _CLOCK_LEEWAY_SECONDS:
        raise invalid_request(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return asked
