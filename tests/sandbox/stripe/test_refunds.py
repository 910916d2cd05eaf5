"""Refunds: in parts or whole, never above the charge."""

import pytest
import stripe
from tests.plugins.stripe_sandbox import DECLINED_NUMBER, GOOD_CARD, StripeSandbox, WebhookReceiver
from tests.sandbox.stripe.shop import Shop


@pytest.fixture
async def payment_id(shop: Shop, sandbox: StripeSandbox) -> str:
    """A payment of $86.40 that went through."""
    session = await shop.open()
    sandbox.submit(session.url or "", GOOD_CARD)
    return str((await shop.v1.checkout.sessions.retrieve_async(session.id)).payment_intent)


async def test_parts_of_a_charge_come_back_until_nothing_is_left(
    shop: Shop, payment_id: str, receiver: WebhookReceiver
) -> None:
    part = await shop.v1.refunds.create_async(
        {"payment_intent": payment_id, "amount": 640, "reason": "requested_by_customer", "metadata": {"case": "7"}}
    )
    assert (part.amount, part.status, part.reason) == (640, "succeeded", "requested_by_customer")
    charge = await shop.v1.charges.retrieve_async(str(part.charge))
    assert (charge.amount_refunded, charge.refunded) == (640, False)

    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$80\.01\) is greater than .* \(\$80\.00\)"):
        await shop.v1.refunds.create_async({"charge": charge.id, "amount": 8001})
    rest = await shop.v1.refunds.create_async({"charge": charge.id})
    assert rest.amount == 8000
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.v1.refunds.create_async({"charge": charge.id})
    assert refusal.value.code == "charge_already_refunded"

    charge = await shop.v1.charges.retrieve_async(charge.id)
    assert (charge.amount_refunded, charge.refunded) == (8640, True)
    found = await shop.v1.refunds.retrieve_async(part.id)
    assert (found.id, found.amount, found.payment_intent) == (part.id, 640, payment_id)
    moved = await shop.v1.balance_transactions.list_async({"type": "refund", "source": part.id})
    assert [(entry.amount, entry.net) for entry in moved.data] == [(-640, -640)]
    (told,) = receiver.wait_for(
        "charge.refunded", where=lambda event: event["data"]["object"]["amount_refunded"] == 8640
    )
    assert told.event["data"]["previous_attributes"] == {"amount_refunded": 640, "refunded": False}


async def test_the_same_refund_asked_for_twice_is_given_once(shop: Shop, payment_id: str) -> None:
    options: stripe.RequestOptions = {"idempotency_key": f"refund of {payment_id}"}
    first = await shop.v1.refunds.create_async({"payment_intent": payment_id, "amount": 5000}, options)
    again = await shop.v1.refunds.create_async({"payment_intent": payment_id, "amount": 5000}, options)
    assert first.id == again.id
    charge = await shop.v1.charges.retrieve_async(str(first.charge))
    assert charge.amount_refunded == 5000


@pytest.mark.parametrize("amount", [0, -100, 8641])
async def test_an_amount_outside_the_charge_changes_nothing(shop: Shop, payment_id: str, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.v1.refunds.create_async({"payment_intent": payment_id, "amount": amount})
    assert refusal.value.param == "amount"
    payment = await shop.v1.payment_intents.retrieve_async(payment_id, {"expand": ["latest_charge"]})
    assert isinstance(payment.latest_charge, stripe.Charge)
    assert payment.latest_charge.amount_refunded == 0


async def test_what_was_never_taken_cannot_be_given_back(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    sandbox.submit(session.url or "", {**GOOD_CARD, "card_number": DECLINED_NUMBER})
    declined = await shop.v1.checkout.sessions.retrieve_async(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await shop.v1.refunds.create_async({"payment_intent": str(declined.payment_intent)})


async def test_another_accounts_payment_does_not_exist(shop: Shop, payment_id: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.v1.refunds.create_async({"payment_intent": payment_id}, {"stripe_account": "acct_harbor"})
    assert (refusal.value.http_status, refusal.value.code) == (400, "resource_missing")
