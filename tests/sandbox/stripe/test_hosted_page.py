"""The hosted page by plain form posts, as a browser without script sends them."""

import asyncio

import pytest
import stripe
from tests.plugins.stripe_sandbox import (
    DECLINED_NUMBER,
    GOOD_CARD,
    INSUFFICIENT_FUNDS_NUMBER,
    StripeSandbox,
    WebhookReceiver,
)
from tests.sandbox.stripe.shop import CANCEL_URL, Shop


async def charges_of(shop: Shop, sandbox: StripeSandbox, session_id: str) -> list[tuple[str, int]]:
    """Status and captured cents of every charge the session's payment made, told by its events."""
    session = await shop.v1.checkout.sessions.retrieve_async(session_id)
    events = await shop.v1.events.list_async({"types": ["charge.succeeded", "payment_intent.payment_failed"]})
    told = []
    for event in events.data:
        subject = event.data.object
        payment = subject["payment_intent"] if subject["object"] == "charge" else subject["id"]
        if payment == session.payment_intent:
            charge_id = subject["id"] if subject["object"] == "charge" else subject["latest_charge"]
            charge = await shop.v1.charges.retrieve_async(charge_id)
            told.append((charge.status, charge.amount_captured))
    return told


async def test_the_page_shows_who_what_and_how_much(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    page = sandbox.show(session.url or "")
    assert page.status == 200
    for words in ("Juniper Family Medicine", "Bill 1042", "$86.40", "Test mode", f'href="{CANCEL_URL}"'):
        assert words in page.html
    assert "<script" not in page.html


async def test_what_the_caller_wrote_is_shown_as_text(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open(branding_settings={"display_name": "<b>Bold</b> & Sons"})
    page = sandbox.show(session.url or "")
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in page.html
    assert "<b>Bold" not in page.html


async def test_a_good_card_pays_and_returns_to_the_caller(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    answer = sandbox.submit(session.url or "", GOOD_CARD)
    assert (answer.status, answer.location) == (303, f"http://127.0.0.1:9/paid?checkout={session.id}")
    paid = await shop.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    payment = paid.payment_intent
    assert isinstance(payment, stripe.PaymentIntent)
    assert (payment.status, payment.amount_received, payment.metadata["intent_id"]) == ("succeeded", 8640, "intent-1")
    charge = payment.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.amount_captured, charge.metadata["intent_id"]) == (True, 8640, "intent-1")
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.last4 == "4242"
    balance = await shop.v1.balance_transactions.retrieve_async(str(charge.balance_transaction))
    assert (balance.amount, balance.fee, balance.net) == (8640, 281, 8359)  # 2.9 % of $86.40 is $2.51, and $0.30


@pytest.mark.parametrize(
    ("number", "words", "decline_code"),
    [
        (DECLINED_NUMBER, "Your card was declined", "generic_decline"),
        (INSUFFICIENT_FUNDS_NUMBER, "insufficient funds", "insufficient_funds"),
        ("4111 1111 1111 1111", "takes test cards only", "test_mode_live_card"),
    ],
)
async def test_a_declined_card_says_so_keeps_what_was_typed_and_takes_nothing(
    shop: Shop, sandbox: StripeSandbox, number: str, words: str, decline_code: str
) -> None:
    session = await shop.open()
    answer = sandbox.submit(session.url or "", {**GOOD_CARD, "card_number": number})
    assert answer.status == 402
    assert words in answer.html
    assert "You have not been charged" in answer.html
    for kept in ("email", "card_expiry", "billing_name", "billing_postal_code"):
        assert f'value="{GOOD_CARD[kept]}"' in answer.html
    assert f'value="{number}' not in answer.html
    assert 'value="123"' not in answer.html

    still = await shop.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["payment_intent"]})
    assert (still.status, still.payment_status) == ("open", "unpaid")
    payment = still.payment_intent
    assert isinstance(payment, stripe.PaymentIntent)
    assert (payment.status, payment.amount_received) == ("requires_payment_method", 0)
    assert payment.last_payment_error is not None
    assert payment.last_payment_error.decline_code == decline_code
    assert await charges_of(shop, sandbox, session.id) == [("failed", 0)]


async def test_another_card_may_be_tried_after_a_decline(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    sandbox.submit(session.url or "", {**GOOD_CARD, "card_number": DECLINED_NUMBER})
    assert sandbox.submit(session.url or "", GOOD_CARD).status == 303
    assert sorted(await charges_of(shop, sandbox, session.id)) == [("failed", 0), ("succeeded", 8640)]


async def test_a_double_submit_charges_once(shop: Shop, sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    session = await shop.open()
    clicks = [asyncio.to_thread(sandbox.submit, session.url or "", GOOD_CARD) for _ in range(4)]
    answers = await asyncio.gather(*clicks)
    assert {(answer.status, answer.location) for answer in answers} == {
        (303, f"http://127.0.0.1:9/paid?checkout={session.id}")
    }
    assert await charges_of(shop, sandbox, session.id) == [("succeeded", 8640)]
    receiver.wait_for("checkout.session.completed", where=lambda event: event["data"]["object"]["id"] == session.id)
    events = await shop.v1.events.list_async({"type": "checkout.session.completed"})
    assert [event.data.object["id"] for event in events.data].count(session.id) == 1


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("card_number", "4242 4242 4242 4241", "has a wrong digit"),
        ("card_number", "", "Enter the card number"),
        ("card_expiry", "13 / 39", "as month and year"),
        ("card_expiry", "01 / 20", "has expired"),
        ("card_cvc", "12", "Enter 3 or 4 digits"),
        ("email", "pat", "like name@example.com"),
        ("billing_name", " ", "Enter the name on the card"),
        ("billing_postal_code", "6061", "ZIP code with 5 digits"),
    ],
)
async def test_a_faulty_field_is_named_and_no_card_is_tried(
    shop: Shop, sandbox: StripeSandbox, field: str, typed: str, words: str
) -> None:
    session = await shop.open()
    answer = sandbox.submit(session.url or "", {**GOOD_CARD, field: typed})
    assert answer.status == 422
    assert f'<a href="#{field}">' in answer.html
    assert words in answer.html
    assert "<title>Error: " in answer.html
    assert (await shop.v1.checkout.sessions.retrieve_async(session.id)).payment_intent is None


async def test_the_callers_email_address_is_kept_whatever_is_posted(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open(customer_email="billed@example.com")
    sandbox.submit(session.url or "", {**GOOD_CARD, "email": "other@example.com"})
    paid = await shop.v1.checkout.sessions.retrieve_async(session.id)
    assert paid.customer_details is not None
    assert paid.customer_details.email == "billed@example.com"


async def test_an_ended_page_says_why_and_takes_no_card(shop: Shop, sandbox: StripeSandbox) -> None:
    paid, expired = await shop.open(), await shop.open()
    sandbox.submit(paid.url or "", GOOD_CARD)
    await shop.v1.checkout.sessions.expire_async(expired.id)
    assert "You have already paid" in sandbox.show(paid.url or "").html
    assert "This page has expired" in sandbox.show(expired.url or "").html
    assert sandbox.submit(expired.url or "", GOOD_CARD).status == 410
    assert (await shop.v1.checkout.sessions.retrieve_async(expired.id)).payment_intent is None
    assert sandbox.show(f"{sandbox.url}/c/pay/cs_test_nobody").status == 404


async def test_no_card_number_or_security_code_is_kept(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    sandbox.submit(session.url or "", {**GOOD_CARD, "card_cvc": "9173"})
    kept = b"".join(file.read_bytes() for file in sandbox.state.iterdir())
    assert b"4242" in kept
    assert b"42424242" not in kept
    assert b"9173" not in kept
