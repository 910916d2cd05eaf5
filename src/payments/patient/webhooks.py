"""The processor's events: verified, stored, answered; understood by jobs later, in whatever order and however often they come."""

import uuid
from collections.abc import Mapping

import msgspec
from litestar import Controller, Response, post

from audit.public import record
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import AppError
from kernel.http.same_site import PROVED_BY_SIGNATURE
from kernel.http.scoping import AnyRequest
from kernel.inbox import claim, finish, inbox_id, payload_of, receive
from kernel.jobs.outbox import announce
from payments.patient.gateway import (
    CardEvent,
    CardGateway,
    CheckoutCompleted,
    CheckoutExpired,
    PaymentSucceeded,
)
from payments.patient.payments import end_unpaid, settle

SOURCE = "stripe"


class StripeWebhook(Controller):
    """Where the processor calls. The signature is the authentication; there is no session here."""

    path = "/webhooks/stripe"
    tags = ("Webhooks",)

    @post(status_code=202, summary="A card processor event", opt=PROVED_BY_SIGNATURE)
    async def receive_event(self, request: AnyRequest) -> Response[None]:
        """Store a signed event and answer; 401 for one that was not signed with our secret."""
        gateway: CardGateway = request.app.state.gateway
        database: Database = request.app.state.database
        payload = await request.body()
        event = gateway.receive_event(payload, request.headers.get("stripe-signature"))
        scope = Scope(
            audience="intake",
            role="webhook",
            request_id=str(request.state.request_id),
            address=request.client.host if request.client else "",
        )
        async with open_transaction(database, scope) as tx:
            is_new = await receive(tx, SOURCE, event.id, payload)
            record(
                tx,
                "inbox.event.received",
                "inbox_event",
                inbox_id(SOURCE, event.id),
                changed={"source": SOURCE, "is_new": is_new},
            )
        return Response(None, status_code=202)


class _Owner(msgspec.Struct):
    """Our ids in an event's metadata."""

    company_id: uuid.UUID
    practice_id: uuid.UUID
    payment_id: uuid.UUID


class _Object(msgspec.Struct):
    metadata: dict[str, str] = {}


class _Data(msgspec.Struct):
    object: _Object


class _Envelope(msgspec.Struct):
    data: _Data


async def handle_stripe_received(tx: Tx, payload: Mapping[str, str]) -> None:
    """Job (intake): find out whose event it is and hand it to that practice. An event that is not ours is refused and kept."""
    event_id = uuid.UUID(payload["inbox_id"])
    try:
        metadata = msgspec.json.decode(await payload_of(tx, event_id), type=_Envelope).data.object.metadata
        owner = msgspec.convert(metadata, _Owner, strict=False)
    except msgspec.ValidationError:
        await finish(tx, event_id, problem="the event names no payment of ours in its metadata")
        record(tx, "inbox.event.refused", "inbox_event", event_id, outcome="refused")
        return
    await announce(
        tx,
        "payments.card_event.received",
        {"inbox_id": str(event_id), "payment_id": str(owner.payment_id)},
        practice_id=owner.practice_id,
        company_id=owner.company_id,
    )
    await claim(tx, event_id, company_id=owner.company_id, practice_id=owner.practice_id)
    scope = msgspec.structs.replace(tx.scope, company_id=owner.company_id, practice_id=owner.practice_id)
    record(tx.acting(scope), "inbox.event.claimed", "inbox_event", event_id)


async def handle_card_event(tx: Tx, payload: Mapping[str, str], *, gateway: CardGateway) -> None:
    """Job: act on an event of this practice. One family of events settles; the others only tell how a checkout ended."""
    event_id, payment_id = uuid.UUID(payload["inbox_id"]), uuid.UUID(payload["payment_id"])
    try:
        event = gateway.read_event(await payload_of(tx, event_id))
    except AppError as unreadable:
        await finish(tx, event_id, problem=unreadable.message)
        record(tx, "inbox.event.refused", "inbox_event", event_id, outcome="refused")
        return
    await _act(tx, payment_id, event)
    await finish(tx, event_id)


async def _act(tx: Tx, payment_id: uuid.UUID, event: CardEvent) -> None:
    match event:
        case CheckoutCompleted(is_paid=True):
            await settle(
                tx, payment_id, paid_cents=event.amount_cents, gateway_reference=event.payment_id or event.checkout_id
            )
        case PaymentSucceeded():
            await settle(tx, payment_id, paid_cents=event.amount_cents, gateway_reference=event.payment_id)
        case CheckoutExpired():
            await end_unpaid(tx, payment_id, "expired", "the checkout page was not used in time")
        case _:
            return
