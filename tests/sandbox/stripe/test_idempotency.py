"""The same key and request happen once; the same key with another request is refused."""

import asyncio
import http.client
import json

import pytest
import stripe
from tests.plugins.stripe_sandbox import GOOD_CARD, StripeSandbox
from tests.sandbox.stripe.shop import Shop


async def test_the_same_request_gets_the_same_answer_marked_as_replayed(shop: Shop) -> None:
    first = await shop.open(key="same-request")
    again = await shop.open(key="same-request")
    assert first.last_response.headers.get("idempotent-replayed") is None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert json.loads(again.last_response.body) == json.loads(first.last_response.body)
    listed = await shop.v1.checkout.sessions.list_async({"limit": 100})
    assert [session.id for session in listed.data].count(first.id) == 1


async def test_requests_at_the_same_moment_make_one_session(shop: Shop) -> None:
    sessions = await asyncio.gather(*(shop.open(key="at-once") for _ in range(5)))
    assert len({session.id for session in sessions}) == 1


async def test_other_parameters_under_the_same_key_are_refused(shop: Shop) -> None:
    await shop.open(key="other-parameters")
    with pytest.raises(stripe.IdempotencyError) as refusal:
        await shop.open(key="other-parameters", client_reference_id="intent-2")
    assert refusal.value.http_status == 400
    assert refusal.value.error is not None
    assert refusal.value.error.type == "idempotency_error"


async def test_another_address_under_the_same_key_is_refused(shop: Shop) -> None:
    session = await shop.open(key="other-address")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await shop.v1.checkout.sessions.expire_async(session.id, options={"idempotency_key": "other-address"})


async def test_a_key_belongs_to_one_account(shop: Shop) -> None:
    platform = await shop.open(key="per-account")
    connected = await shop.open(key="per-account", account="acct_juniper")
    assert platform.id != connected.id


async def test_a_request_that_was_not_understood_may_be_mended_under_its_key(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await shop.open(key="mended", success_url=None)
    assert (await shop.open(key="mended")).status == "open"


async def test_a_refusal_is_remembered_like_an_answer(shop: Shop, sandbox: StripeSandbox) -> None:
    session = await shop.open()
    assert session.url is not None
    sandbox.submit(session.url, GOOD_CARD)
    paid = await shop.v1.checkout.sessions.retrieve_async(session.id)
    params = {"payment_intent": str(paid.payment_intent), "amount": 9000}
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refusal:
            await shop.v1.refunds.create_async(params, {"idempotency_key": "refused"})  # type: ignore[arg-type]
        assert refusal.value.headers is not None
        assert refusal.value.headers.get("idempotent-replayed") == replayed


async def test_without_a_key_every_request_is_its_own(sandbox: StripeSandbox) -> None:
    def opened() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)
        body = (
            "mode=payment&success_url=http%3A%2F%2F127.0.0.1%2F&line_items[0][quantity]=1"
            "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100"
            "&line_items[0][price_data][product_data][name]=Bill"
        )
        connection.request("POST", "/v1/checkout/sessions", body, {"Authorization": "Bearer sk_test_shop"})
        session = json.loads(connection.getresponse().read())
        connection.close()
        return str(session["id"])

    assert opened() != opened()
