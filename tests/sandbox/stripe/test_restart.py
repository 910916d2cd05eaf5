"""What was answered stays true when the stand-in is killed, and the same requests make the same ids anywhere."""

import http.client
import sqlite3
from pathlib import Path

import pytest
from tests.plugins.stripe_sandbox import GOOD_CARD, StripeSandbox, WebhookReceiver, free_port
from tests.sandbox.stripe.shop import Shop


async def test_everything_survives_kill_9(tmp_path: Path, receiver: WebhookReceiver) -> None:
    sandbox = StripeSandbox(tmp_path, receiver.url)
    sandbox.start()
    shop = Shop(sandbox.url)
    try:
        paid = await shop.open(key="paid-before")
        waiting = await shop.open(key="open-before")
        sandbox.submit(paid.url or "", GOOD_CARD)
        sandbox.kill()
        sandbox.start()
        assert (await shop.v1.checkout.sessions.retrieve_async(paid.id)).payment_status == "paid"
        assert (await shop.open(key="open-before")).id == waiting.id
        assert sandbox.submit(paid.url or "", GOOD_CARD).status == 303
        payments = await shop.v1.payment_intents.list_async()
        assert [payment.amount_received for payment in payments.data] == [8640]
        assert sandbox.submit(waiting.url or "", GOOD_CARD).status == 303
    finally:
        await shop.close()
        sandbox.kill()


async def test_an_event_not_yet_delivered_is_delivered_after_the_restart(tmp_path: Path) -> None:
    with WebhookReceiver() as receiver:
        sandbox = StripeSandbox(tmp_path, receiver.url)
        receiver.refuse_next = 1_000_000
        with sandbox:
            shop = Shop(sandbox.url)
            session = await shop.open()
            await shop.v1.checkout.sessions.expire_async(session.id)
            await shop.close()
            sandbox.kill()
            assert receiver.deliveries == []
            receiver.refuse_next = 0
            sandbox.start()
            (delivery,) = receiver.wait_for("checkout.session.expired")
            assert delivery.event["data"]["object"]["id"] == session.id


async def test_a_session_whose_time_ran_out_while_stopped_has_expired(
    tmp_path: Path, receiver: WebhookReceiver
) -> None:
    with StripeSandbox(tmp_path, receiver.url) as sandbox:
        shop = Shop(sandbox.url)
        overdue, open_still = await shop.open(), await shop.open()
        assert sandbox.stop() == 0
        with sqlite3.connect(sandbox.state / "stripe.sqlite3") as database:
            database.execute("UPDATE object SET body = json_set(body, '$.expires_at', 1) WHERE id = ?", (overdue.id,))
        database.close()
        sandbox.start()
        receiver.wait_for("checkout.session.expired", where=lambda event: event["data"]["object"]["id"] == overdue.id)
        assert (await shop.v1.checkout.sessions.retrieve_async(overdue.id)).status == "expired"
        assert (await shop.v1.checkout.sessions.retrieve_async(open_still.id)).status == "open"
        await shop.close()


@pytest.mark.slow
def test_it_ends_with_zero_while_visitors_hold_their_connections(tmp_path: Path) -> None:
    """Taking the interpreter apart under open connections aborted one stop in fifteen."""
    codes = []
    for _ in range(8):
        sandbox = StripeSandbox(tmp_path, "http://127.0.0.1:9/")
        sandbox.start()
        visitors = [http.client.HTTPConnection("127.0.0.1", sandbox.port) for _ in range(3)]
        for visitor in visitors:
            visitor.request("GET", "/c/pay/cs_test_nobody")
            assert visitor.getresponse().read()
        codes.append(sandbox.stop())
        for visitor in visitors:
            visitor.close()
    assert codes == [0] * 8


def test_a_port_in_use_is_not_shared(tmp_path: Path, sandbox: StripeSandbox, receiver: WebhookReceiver) -> None:
    second = StripeSandbox(tmp_path, receiver.url, sandbox.port)
    with pytest.raises(RuntimeError, match="did not start"):
        second.start()
    assert sandbox.show(f"{sandbox.url}/c/pay/cs_test_nobody").status == 404


async def test_the_same_requests_make_the_same_ids_on_an_empty_folder(
    tmp_path: Path, receiver: WebhookReceiver
) -> None:
    seen = []
    for run in ("first", "second"):
        with StripeSandbox(tmp_path / run, receiver.url, free_port()) as sandbox:
            shop = Shop(sandbox.url)
            session = await shop.open(key="intent-of-the-demo")
            sandbox.submit(session.url or "", GOOD_CARD)
            paid = await shop.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["payment_intent"]})
            payment = paid.payment_intent
            assert payment is not None
            refund = await shop.v1.refunds.create_async(
                {"payment_intent": payment.id, "amount": 100},  # type: ignore[union-attr]
                {"idempotency_key": "refund-of-the-demo"},
            )
            events = await shop.v1.events.list_async()
            seen.append([session.id, payment.id, refund.charge, refund.id, refund.balance_transaction])  # type: ignore[union-attr]
            seen[-1] += [event.id for event in events.data]
            await shop.close()
    assert len(seen[0]) == 9
    assert seen[0] == seen[1]
