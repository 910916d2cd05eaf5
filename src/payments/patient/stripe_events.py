"""Stripe's events in our words, pure: https://docs.stripe.com/api/events/types.

Decodes only the fields we use, so that a newer API version with more of them still reads.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypedDict
from uuid import UUID

import msgspec

from payments.patient.gateway import (
    CardEvent,
    ChargeRefunded,
    ChargeSucceeded,
    CheckoutCompleted,
    CheckoutExpired,
    PaymentDeclined,
    PaymentSucceeded,
    UnhandledEvent,
    UnreadableEvent,
)

INTENT_KEY = "intent_id"
"""The metadata under which our intent's id travels on the session, the payment and, by Stripe, the charge."""


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Envelope(msgspec.Struct):
    id: str
    type: str
    created: int
    data: _Data
    account: str | None = None


class _Session(msgspec.Struct):
    id: str
    amount_total: int
    currency: str
    payment_status: str
    client_reference_id: str | None = None
    payment_intent: str | None = None


class _PaymentError(msgspec.Struct):
    code: str | None = None
    decline_code: str | None = None


class _PaymentIntent(msgspec.Struct):
    id: str
    amount_received: int
    currency: str
    metadata: dict[str, str]
    latest_charge: str | None = None
    last_payment_error: _PaymentError | None = None


class _Card(msgspec.Struct):
    brand: str | None = None
    last4: str | None = None


class _MethodDetails(msgspec.Struct):
    card: _Card | None = None


class _Charge(msgspec.Struct):
    id: str
    amount: int
    amount_refunded: int
    currency: str
    metadata: dict[str, str]
    payment_intent: str | None = None
    payment_method_details: _MethodDetails | None = None


class _Common(TypedDict):
    id: str
    kind: str
    occurred_at: datetime
    connected_account: str | None


def card_event(payload: bytes) -> CardEvent:
    """The event a payload tells of; `UnhandledEvent` for kinds we do nothing about.

    Raises:
        UnreadableEvent: Not JSON, or a field we need is missing or of another type. Names the field, never its value.
    """
    try:
        envelope = msgspec.json.decode(payload, type=_Envelope)
        common = _Common(
            id=envelope.id,
            kind=envelope.type,
            occurred_at=datetime.fromtimestamp(envelope.created, UTC),
            connected_account=envelope.account,
        )
        reader = _READERS.get(envelope.type)
        return UnhandledEvent(**common) if reader is None else reader(common, envelope.data.object)
    except msgspec.MsgspecError as fault:
        raise UnreadableEvent(f"The card processor's event cannot be read: {fault}.") from fault


def our_intent(text: str | None) -> UUID | None:
    """Our intent's id; None for payments that were not made through us."""
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _checkout_completed(common: _Common, raw: msgspec.Raw) -> CardEvent:
    session = msgspec.json.decode(raw, type=_Session)
    return CheckoutCompleted(
        **common,
        checkout_id=session.id,
        intent_id=our_intent(session.client_reference_id),
        payment_id=session.payment_intent,
        amount_cents=session.amount_total,
        currency=session.currency,
        is_paid=session.payment_status == "paid",
    )


def _checkout_expired(common: _Common, raw: msgspec.Raw) -> CardEvent:
    session = msgspec.json.decode(raw, type=_Session)
    return CheckoutExpired(**common, checkout_id=session.id, intent_id=our_intent(session.client_reference_id))


def _payment_succeeded(common: _Common, raw: msgspec.Raw) -> CardEvent:
    payment = msgspec.json.decode(raw, type=_PaymentIntent)
    return PaymentSucceeded(
        **common,
        payment_id=payment.id,
        intent_id=our_intent(payment.metadata.get(INTENT_KEY)),
        charge_id=payment.latest_charge,
        amount_cents=payment.amount_received,
        currency=payment.currency,
    )


def _payment_declined(common: _Common, raw: msgspec.Raw) -> CardEvent:
    payment = msgspec.json.decode(raw, type=_PaymentIntent)
    error = payment.last_payment_error
    return PaymentDeclined(
        **common,
        payment_id=payment.id,
        intent_id=our_intent(payment.metadata.get(INTENT_KEY)),
        decline_code=None if error is None else error.decline_code or error.code,
    )


def _charge_succeeded(common: _Common, raw: msgspec.Raw) -> CardEvent:
    charge = msgspec.json.decode(raw, type=_Charge)
    card = None if charge.payment_method_details is None else charge.payment_method_details.card
    return ChargeSucceeded(
        **common,
        charge_id=charge.id,
        payment_id=charge.payment_intent,
        intent_id=our_intent(charge.metadata.get(INTENT_KEY)),
        amount_cents=charge.amount,
        currency=charge.currency,
        card_brand=None if card is None else card.brand,
        card_last4=None if card is None else card.last4,
    )


def _charge_refunded(common: _Common, raw: msgspec.Raw) -> CardEvent:
    charge = msgspec.json.decode(raw, type=_Charge)
    return ChargeRefunded(
        **common,
        charge_id=charge.id,
        payment_id=charge.payment_intent,
        intent_id=our_intent(charge.metadata.get(INTENT_KEY)),
        refunded_cents=charge.amount_refunded,
        charged_cents=charge.amount,
        currency=charge.currency,
    )


_READERS: dict[str, Callable[[_Common, Any], CardEvent]] = {
    "charge.refunded": _charge_refunded,
    "charge.succeeded": _charge_succeeded,
    "checkout.session.completed": _checkout_completed,
    "checkout.session.expired": _checkout_expired,
    "payment_intent.payment_failed": _payment_declined,
    "payment_intent.succeeded": _payment_succeeded,
}
