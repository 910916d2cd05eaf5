"""Checkout sessions as Stripe's own library opens, reads, lists and ends them."""

import time

import pytest
import stripe
from tests.plugins.stripe_sandbox import StripeSandbox
from tests.sandbox.stripe.shop import CANCEL_URL, SUCCESS_URL, Shop


async def test_a_new_session_is_open_and_carries_what_the_caller_sent(shop: Shop, sandbox: StripeSandbox) -> None:
    opened = await shop.open(customer_email="pat@example.com")
    session = await shop.v1.checkout.sessions.retrieve_async(opened.id, {"expand": ["line_items"]})
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (8640, "usd")
    assert session.client_reference_id == "intent-1"
    assert session.metadata is not None
    assert session.metadata["bill"] == "1042"
    assert (session.success_url, session.cancel_url) == (SUCCESS_URL, CANCEL_URL)
    assert session.customer_email == "pat@example.com"
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.line_items is not None
    assert [(line.description, line.quantity, line.amount_total) for line in session.line_items.data] == [
        ("Bill 1042", 1, 8640)
    ]


async def test_lines_add_up_by_quantity(shop: Shop) -> None:
    price = {"currency": "usd", "product_data": {"name": "Installment"}}
    session = await shop.open(
        line_items=[
            {"quantity": 3, "price_data": {**price, "unit_amount": 2880}},
            {"quantity": 1, "price_data": {**price, "unit_amount": 105}},
        ]
    )
    lines = await shop.v1.checkout.sessions.line_items.list_async(session.id)
    assert [line.amount_total for line in lines.data] == [8640, 105]
    assert session.amount_total == 8745


async def test_sessions_are_listed_newest_first_in_pages(shop: Shop) -> None:
    made = [(await shop.open()).id for _ in range(3)]
    first = await shop.v1.checkout.sessions.list_async({"limit": 2})
    rest = await shop.v1.checkout.sessions.list_async({"limit": 2, "starting_after": first.data[-1].id})
    assert [session.id for session in first.data] == made[:0:-1]
    assert rest.data[0].id == made[0]
    assert first.has_more


async def test_an_open_session_can_be_ended_once(shop: Shop) -> None:
    session = await shop.open()
    ended = await shop.v1.checkout.sessions.expire_async(session.id)
    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        await shop.v1.checkout.sessions.expire_async(session.id)


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"mode": "subscription"}, "mode", None),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"customer_email": "pat"}, "customer_email", "email_invalid"),
        ({"metadata": {"k" * 41: "v"}}, "metadata[" + "k" * 41 + "]", None),
        ({"sucess_url": "http://127.0.0.1/"}, "sucess_url", "parameter_unknown"),
        ({"payment_intent_data": {"metadat": {"a": "b"}}}, "payment_intent_data[metadat]", "parameter_unknown"),
    ],
)
async def test_a_faulty_parameter_is_named(
    shop: Shop, changes: dict[str, object], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.open(**changes)
    assert (refusal.value.http_status, refusal.value.param, refusal.value.code) == (400, param, code)


@pytest.mark.parametrize(
    ("unit_amount", "code"), [(49, "amount_too_small"), (50, None), (12.5, "parameter_invalid_integer")]
)
async def test_an_amount_is_whole_cents_and_at_least_fifty(shop: Shop, unit_amount: float, code: str | None) -> None:
    line = {"currency": "usd", "unit_amount": unit_amount, "product_data": {"name": "Bill"}}
    changes = {"line_items": [{"quantity": 1, "price_data": line}]}
    if code is None:
        assert (await shop.open(**changes)).amount_total == unit_amount
    else:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await shop.open(**changes)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("minutes", "answer"), [(20, "refused"), (31, "accepted"), (23 * 60, "accepted"), (25 * 60, "refused")]
)
async def test_a_session_lives_half_an_hour_to_a_day(shop: Shop, minutes: int, answer: str) -> None:
    expires_at = int(time.time()) + minutes * 60
    if answer == "accepted":
        assert (await shop.open(expires_at=expires_at)).expires_at == expires_at
    else:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await shop.open(expires_at=expires_at)
        assert refusal.value.param == "expires_at"


async def test_a_connected_accounts_session_is_found_under_that_account_alone(shop: Shop) -> None:
    session = await shop.open(account="acct_juniper")
    found = await shop.v1.checkout.sessions.retrieve_async(session.id, options={"stripe_account": "acct_juniper"})
    assert found.id == session.id
    for other in ({}, {"stripe_account": "acct_harbor"}):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await shop.v1.checkout.sessions.retrieve_async(session.id, options=other)  # type: ignore[arg-type]
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@pytest.mark.parametrize("key", ["sk_live_real", "pk_test_public", "nonsense"])
async def test_only_test_mode_secret_keys_are_taken(sandbox: StripeSandbox, key: str) -> None:
    caller = Shop(sandbox.url, api_key=key)
    with pytest.raises(stripe.AuthenticationError) as refusal:
        await caller.open()
    await caller.close()
    assert refusal.value.http_status == 401
    assert key not in str(refusal.value)


async def test_an_address_that_is_not_spoken_is_refused_in_stripes_shape(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"Unrecognized request URL \(GET: /v1/customers/cus_1\)"):
        await shop.v1.customers.retrieve_async("cus_1")
