"""Events reach a real receiver, signed, again after failures, and once more when asked."""

from typing import Any

import pytest
import stripe
from tests.plugins.stripe_sandbox import DECLINED_NUMBER, GOOD_CARD, Delivery, StripeSandbox, WebhookReceiver
from tests.sandbox.stripe.shop import Shop


def verified(delivery: Delivery, secret: str) -> stripe.Event:
    """The event, if Stripe's own library accepts its signature."""
    return stripe.Webhook.construct_event(delivery.payload, delivery.signature, secret, api_key="sk_test_shop")  # type: ignore[no-any-return]


async def test_a_payment_is_told_in_three_signed_events(
    shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    session = await shop.open()
    sandbox.submit(session.url or "", GOOD_CARD)
    paid = await shop.v1.checkout.sessions.retrieve_async(session.id)

    def about_this_payment(event: dict[str, Any]) -> bool:
        subject = event["data"]["object"]
        return paid.payment_intent in {subject["id"], subject.get("payment_intent")}

    kinds = ("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")
    told = [
        verified(delivery, sandbox.webhook_secret) for delivery in receiver.wait_for(*kinds, where=about_this_payment)
    ]
    assert [event.type for event in told] == list(kinds)
    assert [event.data.object["object"] for event in told] == ["charge", "payment_intent", "checkout.session"]
    assert told[2].data.object["payment_status"] == "paid"
    kept = await shop.v1.events.retrieve_async(told[2].id)
    assert (kept.type, kept.data.object["id"]) == ("checkout.session.completed", session.id)


async def test_a_changed_body_or_another_secret_fails_verification(
    shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    session = await shop.open()
    await shop.v1.checkout.sessions.expire_async(session.id)
    (delivery,) = receiver.wait_for(
        "checkout.session.expired", where=lambda event: event["data"]["object"]["id"] == session.id
    )
    assert verified(delivery, sandbox.webhook_secret).type == "checkout.session.expired"
    changed = delivery._replace(payload=delivery.payload.replace(b"8640", b"1"))
    for forged, secret in ((changed, sandbox.webhook_secret), (delivery, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            verified(forged, secret)


async def test_a_decline_is_told(shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    session = await shop.open()
    sandbox.submit(session.url or "", {**GOOD_CARD, "card_number": DECLINED_NUMBER})
    declined = await shop.v1.checkout.sessions.retrieve_async(session.id)
    (delivery,) = receiver.wait_for(
        "payment_intent.payment_failed", where=lambda event: event["data"]["object"]["id"] == declined.payment_intent
    )
    assert delivery.event["data"]["object"]["last_payment_error"]["decline_code"] == "generic_decline"


async def test_an_event_of_a_connected_account_names_it(shop: Shop, receiver: WebhookReceiver) -> None:
    session = await shop.open(account="acct_juniper")
    await shop.v1.checkout.sessions.expire_async(session.id, options={"stripe_account": "acct_juniper"})
    (delivery,) = receiver.wait_for(
        "checkout.session.expired", where=lambda event: event["data"]["object"]["id"] == session.id
    )
    assert delivery.event["account"] == "acct_juniper"


async def test_a_receiver_that_fails_is_told_again_until_it_accepts(
    shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    receiver.refuse_next = 3
    session = await shop.open()
    await shop.v1.checkout.sessions.expire_async(session.id)
    (delivery,) = receiver.wait_for(
        "checkout.session.expired", where=lambda event: event["data"]["object"]["id"] == session.id
    )
    assert receiver.refuse_next == 0
    assert verified(delivery, sandbox.webhook_secret).id == delivery.event["id"]


async def test_an_event_can_be_delivered_again(shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    session = await shop.open()
    await shop.v1.checkout.sessions.expire_async(session.id)
    (first,) = receiver.wait_for(
        "checkout.session.expired", where=lambda event: event["data"]["object"]["id"] == session.id
    )
    event_id = first.event["id"]
    assert sandbox.redeliver(event_id) == {"event": event_id, "receiver_status": 200}
    again = [delivery for delivery in receiver.of_kind("checkout.session.expired") if delivery.event["id"] == event_id]
    assert len(again) == 2
    assert verified(again[1], sandbox.webhook_secret).data.object["id"] == session.id
    assert sandbox.redeliver(session.id)["error"]["code"] == "resource_missing"
