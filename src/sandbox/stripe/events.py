"""Records that something happened, and has it told to the webhook's receiver."""

from typing import Any

from sandbox.stripe.cause import Cause
from sandbox.stripe.clock import now_ms, now_seconds
from sandbox.stripe.ids import derived_id
from sandbox.stripe.objects.event import event
from sandbox.stripe.store import Store

EVENT_TYPES = (
    "charge.refunded",
    "charge.succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
)


def record_event(
    store: Store, cause: Cause, kind: str, subject: dict[str, Any], previous: dict[str, Any] | None = None
) -> None:
    """Keep an event about ``subject`` as it is now, and schedule its delivery, in the caller's transaction."""
    earlier = sum(1 for told in store.children("event", subject["id"]) if told["type"] == kind)
    happened = event(
        event_id=derived_id("event", cause.account, kind, subject["id"], str(earlier)),
        kind=kind,
        subject=subject,
        previous=previous,
        account=cause.account,
        created=now_seconds(),
        request_id=cause.request_id,
        idempotency_key=cause.idempotency_key,
    )
    store.add(happened, account=cause.account, parent=subject["id"])
    store.schedule_delivery(happened["id"], now_ms())
