"""What we ask of a card processor, in our words; `StripeGateway` is the one that answers.

A checkout happens on the processor's own page, so card data never reaches us. Money that moved is learned from
events, which come at least once and in no promised order; reading a checkout is for sweeping up after lost events.
Descriptions and metadata travel to the processor and from there to bank statements and receipts: no clinical words.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec

from kernel.errors import Conflict, Invalid, Unauthenticated, Unavailable


class GatewayUnavailable(Unavailable):
    """The processor did not answer, or not in time. What was asked may have happened: ask again, with the same id."""

    slug = "card-processor-unavailable"


class GatewayRefused(Conflict):
    """The processor understood and refused; asking again changes nothing. `code` is its own word for the reason."""

    slug = "card-processor-refused"

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class BadWebhookSignature(Unauthenticated):
    """An event that the processor did not sign with our secret, or signed more than five minutes ago."""

    slug = "webhook-signature"


class UnreadableEvent(Invalid):
    """An event in a shape we do not know; keep it, and read it again once we do."""

    slug = "card-event-unreadable"


class CheckoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One payment a patient means to make. Asking twice for the same intent opens one checkout.

    Every value must come from the stored intent, the expiry included: an intent that is asked for again with other
    values is refused.
    """

    intent_id: UUID
    amount_cents: int
    currency: str
    description: str
    """What the payer reads beside the amount, such as "Bill 1042"; no clinical words."""
    payee_name: str
    """The practice, as its patients know it."""
    success_url: str
    """Where the payer returns after paying; ``{CHECKOUT_SESSION_ID}`` is replaced by the checkout's id."""
    cancel_url: str
    expires_at: datetime
    """30 minutes to 24 hours after the intent was made."""
    metadata: Mapping[str, str]
    """Ids that help to find our records again, at most 49 pairs; never names, never clinical words."""
    payer_email: str | None = None
    connected_account: str | None = None
    """The practice's own account with the processor, where money goes to it directly."""


class CheckoutPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the payer."""

    id: str
    url: str | None
    """None when the checkout has ended, which asking again after payment or expiry tells."""
    expires_at: datetime


class CheckoutState(StrEnum):
    """How far a checkout has come."""

    OPEN = "open"
    PAID = "paid"
    PENDING = "pending"
    """Completed by the payer, while the money is still on its way."""
    EXPIRED = "expired"


class CardPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Money taken from a card."""

    payment_id: str
    charge_id: str
    amount_cents: int
    card_brand: str | None
    card_last4: str | None


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout as the processor knows it now."""

    id: str
    state: CheckoutState
    intent_id: UUID | None
    amount_cents: int
    currency: str
    expires_at: datetime
    payment: CardPayment | None
    """Present once paid."""


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Money to give back to the card it came from. Asking twice for the same refund gives it back once."""

    refund_id: UUID
    payment_id: str
    amount_cents: int
    metadata: Mapping[str, str]
    connected_account: str | None = None


class RefundState(StrEnum):
    """How far a refund has come."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as the processor knows it."""

    id: str
    state: RefundState
    payment_id: str
    charge_id: str
    amount_cents: int
    currency: str


class CardEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something the processor says happened. `id` is the same each time it is told."""

    id: str
    kind: str
    """The processor's own name for it."""
    occurred_at: datetime
    connected_account: str | None


class CheckoutCompleted(CardEvent, frozen=True, kw_only=True):
    """The payer finished a checkout; `is_paid` says whether the money is there already."""

    checkout_id: str
    intent_id: UUID | None
    payment_id: str | None
    amount_cents: int
    currency: str
    is_paid: bool


class CheckoutExpired(CardEvent, frozen=True, kw_only=True):
    """A checkout ended unpaid."""

    checkout_id: str
    intent_id: UUID | None


class PaymentSucceeded(CardEvent, frozen=True, kw_only=True):
    """A payment went through."""

    payment_id: str
    intent_id: UUID | None
    charge_id: str | None
    amount_cents: int
    currency: str


class PaymentDeclined(CardEvent, frozen=True, kw_only=True):
    """A card was tried and refused; nothing was taken, and the payer may try another."""

    payment_id: str
    intent_id: UUID | None
    decline_code: str | None


class ChargeSucceeded(CardEvent, frozen=True, kw_only=True):
    """Money was taken from a card; what a receipt shows of it."""

    charge_id: str
    payment_id: str | None
    intent_id: UUID | None
    amount_cents: int
    currency: str
    card_brand: str | None
    card_last4: str | None


class ChargeRefunded(CardEvent, frozen=True, kw_only=True):
    """A charge was refunded, in part or whole. `refunded_cents` counts all its refunds so far, so a late or repeated
    event cannot add up wrongly."""

    charge_id: str
    payment_id: str | None
    intent_id: UUID | None
    refunded_cents: int
    charged_cents: int
    currency: str


class UnhandledEvent(CardEvent, frozen=True, kw_only=True):
    """An event of a kind we do nothing about."""


class CardGateway(Protocol):
    """A card processor. Every call may raise `GatewayUnavailable` or `GatewayRefused`."""

    EVENT_TOLERANCE_SECONDS: ClassVar[int]
    """How old a signature may be."""

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutPage:
        """Open the hosted page for an intent, or find the one already open for it."""
        ...

    async def read_checkout(self, checkout_id: str, *, connected_account: str | None = None) -> Checkout:
        """What became of a checkout."""
        ...

    async def refund(self, request: RefundRequest) -> Refund:
        """Give money back; never more than is left of the payment."""
        ...

    def receive_event(self, payload: bytes, signature: str | None) -> CardEvent:
        """Check who sent an event, and read it.

        Raises:
            BadWebhookSignature: The processor did not send this, or too long ago.
            UnreadableEvent: It did, in a shape we do not know.
        """
        ...

    def read_event(self, payload: bytes) -> CardEvent:
        """Read an event that was checked when it arrived and kept since.

        Raises:
            UnreadableEvent: A shape we do not know.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
