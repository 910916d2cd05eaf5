"""The card gateway against the stand-in: what our own code may rely on."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.plugins.stripe_sandbox import (
    DECLINED_NUMBER,
    GOOD_CARD,
    StripeSandbox,
    WebhookReceiver,
    free_port,
)

from kernel.ids import new_id
from payments.patient.gateway import (
    BadWebhookSignature,
    CardGateway,
    ChargeRefunded,
    ChargeSucceeded,
    CheckoutCompleted,
    CheckoutExpired,
    CheckoutPage,
    CheckoutRequest,
    CheckoutState,
    GatewayRefused,
    GatewayUnavailable,
    PaymentDeclined,
    PaymentSucceeded,
    RefundRequest,
    RefundState,
    UnhandledEvent,
    UnreadableEvent,
)
from payments.patient.stripe_gateway import StripeGateway

EXPIRES_AT = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> Iterator[StripeSandbox]:
    with StripeSandbox(tmp_path_factory.mktemp("stripe-gateway"), receiver.url) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: StripeSandbox) -> AsyncIterator[CardGateway]:
    running = StripeGateway(api_key="sk_test_billwright", webhook_secret=sandbox.webhook_secret, api_base=sandbox.url)
    yield running
    await running.close()


def bill(intent_id: UUID, **changes: Any) -> CheckoutRequest:
    """A request for one bill of $86.40."""
    request = CheckoutRequest(
        intent_id=intent_id,
        amount_cents=8640,
        currency="usd",
        description="Bill 1042",
        payee_name="Juniper Family Medicine",
        success_url="http://127.0.0.1:9/paid?checkout={CHECKOUT_SESSION_ID}",
        cancel_url="http://127.0.0.1:9/bill",
        expires_at=EXPIRES_AT,
        metadata={"statement": "1042"},
        payer_email="pat@example.com",
    )
    return msgspec.structs.replace(request, **changes)


def pay(sandbox: StripeSandbox, page: CheckoutPage, number: str = GOOD_CARD["card_number"]) -> None:
    assert page.url is not None
    sandbox.submit(page.url, {**GOOD_CARD, "card_number": number})


async def test_an_intent_opens_one_page_however_often_it_is_asked_for(
    gateway: CardGateway, sandbox: StripeSandbox
) -> None:
    intent_id = new_id()
    first = await gateway.open_checkout(bill(intent_id))
    again = await gateway.open_checkout(bill(intent_id))
    assert first == again
    assert first.expires_at == EXPIRES_AT
    assert first.url is not None
    page = sandbox.show(first.url)
    for words in ("Juniper Family Medicine", "Bill 1042", "$86.40", "pat@example.com"):
        assert words in page.html

    with pytest.raises(GatewayRefused) as refusal:
        await gateway.open_checkout(bill(intent_id, amount_cents=100))
    assert refusal.value.code == "idempotency_error"
    assert (await gateway.open_checkout(bill(new_id()))).id != first.id


async def test_a_checkout_is_open_then_paid_with_what_a_receipt_needs(
    gateway: CardGateway, sandbox: StripeSandbox
) -> None:
    intent_id = new_id()
    page = await gateway.open_checkout(bill(intent_id))
    before = await gateway.read_checkout(page.id)
    assert (before.state, before.intent_id, before.payment) == (CheckoutState.OPEN, intent_id, None)
    pay(sandbox, page)
    after = await gateway.read_checkout(page.id)
    assert (after.state, after.amount_cents, after.currency) == (CheckoutState.PAID, 8640, "usd")
    assert after.payment is not None
    assert (after.payment.amount_cents, after.payment.card_brand, after.payment.card_last4) == (8640, "visa", "4242")


async def test_a_declined_checkout_stays_open(gateway: CardGateway, sandbox: StripeSandbox) -> None:
    page = await gateway.open_checkout(bill(new_id()))
    pay(sandbox, page, DECLINED_NUMBER)
    checkout = await gateway.read_checkout(page.id)
    assert (checkout.state, checkout.payment) == (CheckoutState.OPEN, None)


async def test_a_refund_is_given_once_and_never_above_the_payment(gateway: CardGateway, sandbox: StripeSandbox) -> None:
    page = await gateway.open_checkout(bill(new_id()))
    pay(sandbox, page)
    payment = (await gateway.read_checkout(page.id)).payment
    assert payment is not None
    request = RefundRequest(
        refund_id=new_id(), payment_id=payment.payment_id, amount_cents=8000, metadata={"credit": "7"}
    )
    first = await gateway.refund(request)
    assert (first.state, first.amount_cents, first.charge_id) == (RefundState.SUCCEEDED, 8000, payment.charge_id)
    assert await gateway.refund(request) == first

    with pytest.raises(GatewayRefused) as refusal:
        await gateway.refund(msgspec.structs.replace(request, refund_id=new_id(), amount_cents=641))
    assert refusal.value.code == "invalid_amount"
    rest = await gateway.refund(msgspec.structs.replace(request, refund_id=new_id(), amount_cents=640))
    assert rest.amount_cents == 640
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.refund(msgspec.structs.replace(request, refund_id=new_id(), amount_cents=1))
    assert refusal.value.code == "charge_already_refunded"


async def test_a_practices_own_account_keeps_its_checkouts(gateway: CardGateway, sandbox: StripeSandbox) -> None:
    page = await gateway.open_checkout(bill(new_id(), connected_account="acct_juniper"))
    pay(sandbox, page)
    found = await gateway.read_checkout(page.id, connected_account="acct_juniper")
    assert found.state is CheckoutState.PAID
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.read_checkout(page.id)
    assert refusal.value.code == "resource_missing"


async def test_events_tell_of_our_intent_what_happened(
    gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    intent_id = new_id()
    page = await gateway.open_checkout(bill(intent_id, connected_account="acct_juniper"))
    pay(sandbox, page, DECLINED_NUMBER)
    pay(sandbox, page)
    payment = (await gateway.read_checkout(page.id, connected_account="acct_juniper")).payment
    assert payment is not None
    await gateway.refund(
        RefundRequest(
            refund_id=new_id(),
            payment_id=payment.payment_id,
            amount_cents=640,
            metadata={},
            connected_account="acct_juniper",
        )
    )

    def ours(event: dict[str, Any]) -> bool:
        subject = event["data"]["object"]
        return str(intent_id) in {subject.get("client_reference_id"), subject["metadata"].get("intent_id")}

    declined, succeeded, charged, completed, refunded = (
        gateway.receive_event(delivery.payload, delivery.signature)
        for delivery in receiver.wait_for(
            "payment_intent.payment_failed",
            "payment_intent.succeeded",
            "charge.succeeded",
            "checkout.session.completed",
            "charge.refunded",
            where=ours,
        )
    )
    events = (declined, succeeded, charged, completed, refunded)
    assert {event.connected_account for event in events} == {"acct_juniper"}
    assert len({event.id for event in events}) == 5
    assert isinstance(declined, PaymentDeclined)
    assert (declined.intent_id, declined.decline_code) == (intent_id, "generic_decline")
    assert isinstance(succeeded, PaymentSucceeded)
    assert (succeeded.intent_id, succeeded.amount_cents, succeeded.charge_id) == (intent_id, 8640, payment.charge_id)
    assert isinstance(charged, ChargeSucceeded)
    assert (charged.intent_id, charged.card_brand, charged.card_last4) == (intent_id, "visa", "4242")
    assert isinstance(completed, CheckoutCompleted)
    assert (completed.intent_id, completed.payment_id, completed.is_paid) == (intent_id, payment.payment_id, True)
    assert isinstance(refunded, ChargeRefunded)
    assert (refunded.intent_id, refunded.refunded_cents, refunded.charged_cents) == (intent_id, 640, 8640)


async def test_only_what_the_processor_signed_just_now_is_received(
    gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    page = await gateway.open_checkout(bill(new_id()))
    pay(sandbox, page)
    (delivery,) = receiver.wait_for(
        "checkout.session.completed", where=lambda event: event["data"]["object"]["id"] == page.id
    )
    assert isinstance(gateway.receive_event(delivery.payload, delivery.signature), CheckoutCompleted)
    stale = delivery.signature.replace("t=1", "t=0", 1)
    changed = delivery.payload.replace(b"8640", b"9640")
    forgeries: list[tuple[bytes, str | None]] = [
        (changed, delivery.signature),
        (delivery.payload, stale),
        (delivery.payload, "t=1,v1=00"),
        (delivery.payload, ""),
        (delivery.payload, None),
        (b"\xff\xfe", delivery.signature),
    ]
    for payload, signature in forgeries:
        with pytest.raises(BadWebhookSignature):
            gateway.receive_event(payload, signature)
    # Kept since it arrived, an event is read without its signature, whose time has passed by then.
    assert gateway.read_event(delivery.payload).id == delivery.event["id"]


def test_an_event_we_do_not_handle_is_named_and_one_we_cannot_read_is_refused() -> None:
    gateway = StripeGateway(api_key="sk_test_x", webhook_secret="whsec_x", api_base="http://127.0.0.1:9")
    event: dict[str, Any] = {"id": "evt_1", "type": "payout.paid", "created": 1, "data": {"object": {"id": "po_1"}}}
    unhandled = gateway.read_event(msgspec.json.encode(event))
    assert isinstance(unhandled, UnhandledEvent)
    assert (unhandled.id, unhandled.kind) == ("evt_1", "payout.paid")
    expired = {"id": "cs_1", "amount_total": 1, "currency": "usd", "payment_status": "unpaid"}
    event.update(type="checkout.session.expired", data={"object": {**expired, "client_reference_id": "not ours"}})
    foreign = gateway.read_event(msgspec.json.encode(event))
    assert isinstance(foreign, CheckoutExpired)
    assert foreign.intent_id is None
    for unreadable in (b"{", b"[]", msgspec.json.encode({**event, "data": {"object": {"id": "cs_1"}}})):
        with pytest.raises(UnreadableEvent):
            gateway.read_event(unreadable)


async def test_a_processor_that_does_not_answer_is_unavailable_and_the_same_request_works_later(
    gateway: CardGateway,
) -> None:
    request = bill(new_id())
    unreachable = StripeGateway(
        api_key="sk_test_x", webhook_secret="whsec_x", api_base=f"http://127.0.0.1:{free_port()}"
    )
    with pytest.raises(GatewayUnavailable):
        await unreachable.open_checkout(request)
    await unreachable.close()
    assert (await gateway.open_checkout(request)).url is not None


async def test_a_refusal_names_a_code_and_repeats_nothing_the_payer_typed(
    gateway: CardGateway, sandbox: StripeSandbox
) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        await gateway.open_checkout(bill(new_id(), payer_email="pat at example"))
    assert refusal.value.code == "email_invalid"
    assert "pat" not in str(refusal.value)
    assert (await gateway.open_checkout(bill(new_id()))).url is not None
    stranger = StripeGateway(api_key="sk_live_x", webhook_secret="whsec_x", api_base=sandbox.url)
    with pytest.raises(GatewayRefused):
        await stranger.open_checkout(bill(new_id()))
    await stranger.close()
