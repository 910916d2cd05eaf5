"""Stripe behind `CardGateway`: the only module that imports its library. An idempotency key goes with every change."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import httpx
import stripe
from stripe.checkout import Session
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from payments.patient.gateway import (
    BadWebhookSignature,
    CardEvent,
    CardPayment,
    Checkout,
    CheckoutPage,
    CheckoutRequest,
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    Refund,
    RefundRequest,
    RefundState,
)
from payments.patient.stripe_events import INTENT_KEY, card_event, our_intent

_Answer = TypeVar("_Answer")

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
# One more try after a lost connection or a 5xx; beyond that our own jobs retry, with no request held open.
_RETRIES = 1
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class StripeGateway:
    """One per process; it keeps connections open until `close`."""

    EVENT_TOLERANCE_SECONDS: ClassVar[int] = 300

    def __init__(self, *, api_key: str, webhook_secret: str, api_base: str = stripe.DEFAULT_API_BASE) -> None:
        self._http = _HttpxClient()
        self._stripe = stripe.StripeClient(
            api_key, base_addresses={"api": api_base}, http_client=self._http, max_network_retries=_RETRIES
        )
        self._webhook_secret = webhook_secret

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutPage:
        """See `CardGateway.open_checkout`."""
        session = await _asked(
            "open a checkout",
            self._stripe.v1.checkout.sessions.create_async(
                _session_params(request), _options(request.connected_account, str(request.intent_id))
            ),
        )
        return CheckoutPage(id=session.id, url=session.url, expires_at=_moment(session.expires_at))

    async def read_checkout(self, checkout_id: str, *, connected_account: str | None = None) -> Checkout:
        """See `CardGateway.read_checkout`."""
        session = await _asked(
            "read a checkout",
            self._stripe.v1.checkout.sessions.retrieve_async(
                checkout_id, {"expand": ["payment_intent.latest_charge"]}, _options(connected_account)
            ),
        )
        return Checkout(
            id=session.id,
            state=_state(session),
            intent_id=our_intent(session.client_reference_id),
            amount_cents=session.amount_total or 0,
            currency=session.currency or "",
            expires_at=_moment(session.expires_at),
            payment=_payment(session),
        )

    async def refund(self, request: RefundRequest) -> Refund:
        """See `CardGateway.refund`."""
        params: RefundCreateParams = {
            "payment_intent": request.payment_id,
            "amount": request.amount_cents,
            "metadata": {**request.metadata, "refund_id": str(request.refund_id)},
        }
        refund = await _asked(
            "refund a payment",
            self._stripe.v1.refunds.create_async(params, _options(request.connected_account, str(request.refund_id))),
        )
        return Refund(
            id=refund.id,
            state=_REFUND_STATES.get(refund.status or "", RefundState.PENDING),
            payment_id=request.payment_id,
            charge_id=_id_of(refund.charge),
            amount_cents=refund.amount,
            currency=refund.currency,
        )

    def receive_event(self, payload: bytes, signature: str | None) -> CardEvent:
        """See `CardGateway.receive_event`."""
        try:
            stripe.WebhookSignature.verify_header(
                payload, signature, self._webhook_secret, self.EVENT_TOLERANCE_SECONDS
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as fault:
            raise BadWebhookSignature(
                "This event is not signed by the card processor with our secret, or was signed too long ago."
            ) from fault
        return card_event(payload)

    def read_event(self, payload: bytes) -> CardEvent:
        """See `CardGateway.read_event`."""
        return card_event(payload)

    async def close(self) -> None:
        """See `CardGateway.close`."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library leaves it without annotations


class _HttpxClient(stripe.HTTPXClient):
    """The library's own client, except that it hands over a body as httpx wants it: the library's way is deprecated."""

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None
    ) -> list[Any]:
        return [(method, url), {"headers": headers, "content": post_data or b"", "timeout": _TIMEOUT}]


async def _asked(what: str, answer: Awaitable[_Answer]) -> _Answer:
    """Stripe's answer, or its failure as one of ours. Stripe's sentences may repeat what the payer typed, so only
    its codes travel on."""
    try:
        return await answer
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as failure:
        raise GatewayUnavailable(f"The card processor could not be reached to {what}. Try again later.") from failure
    except stripe.StripeError as refusal:
        code = refusal.code or _refusal_code(refusal)
        raise GatewayRefused(f"The card processor refused to {what} ({code}).", code=code) from refusal


def _refusal_code(refusal: stripe.StripeError) -> str:
    """A word for refusals that Stripe gives no code: the parameter at fault, or the kind of error."""
    if isinstance(refusal, stripe.InvalidRequestError) and refusal.param:
        return f"invalid_{refusal.param}"
    kind = None if refusal.error is None else refusal.error.type
    return str(kind or "refused")


def _session_params(request: CheckoutRequest) -> SessionCreateParams:
    intent_id = str(request.intent_id)
    metadata = {**request.metadata, INTENT_KEY: intent_id}
    params: SessionCreateParams = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.currency,
                    "unit_amount": request.amount_cents,
                    "product_data": {"name": request.description},
                },
            }
        ],
        "client_reference_id": intent_id,
        "metadata": metadata,
        "payment_intent_data": {"description": request.description, "metadata": metadata},
        "branding_settings": {"display_name": request.payee_name},
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
    }
    if request.payer_email is not None:
        params["customer_email"] = request.payer_email
    return params


def _options(connected_account: str | None, idempotency_key: str | None = None) -> stripe.RequestOptions:
    options: stripe.RequestOptions = {}
    if idempotency_key is not None:
        options["idempotency_key"] = idempotency_key
    if connected_account is not None:
        options["stripe_account"] = connected_account
    return options


def _state(session: Session) -> CheckoutState:
    if session.status == "complete":
        return CheckoutState.PENDING if session.payment_status == "unpaid" else CheckoutState.PAID
    return CheckoutState.EXPIRED if session.status == "expired" else CheckoutState.OPEN


def _payment(session: Session) -> CardPayment | None:
    """The money a paid session took; its payment and charge were asked for in full."""
    payment = session.payment_intent
    if session.payment_status != "paid" or not isinstance(payment, stripe.PaymentIntent):
        return None
    charge = payment.latest_charge
    assert isinstance(charge, stripe.Charge)
    card = None if charge.payment_method_details is None else charge.payment_method_details.card
    return CardPayment(
        payment_id=payment.id,
        charge_id=charge.id,
        amount_cents=payment.amount_received,
        card_brand=None if card is None else card.brand,
        card_last4=None if card is None else card.last4,
    )


def _id_of(charge: str | stripe.Charge | None) -> str:
    return charge.id if isinstance(charge, stripe.Charge) else charge or ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
