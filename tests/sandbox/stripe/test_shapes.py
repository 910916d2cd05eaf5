"""Every object has the fields and types Stripe documents, by two sources.

Stripe's published fixtures (https://github.com/stripe/openapi, `fixtures3.json`) show keys and types; they are not part
of this project, so `STRIPE_FIXTURES` names a copy and the comparison is skipped without one. Stripe's Python library
declares which fields are never null; it is always here.
"""

import json
import os
import typing
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe.checkout import Session
from tests.plugins.stripe_sandbox import DECLINED_NUMBER, GOOD_CARD, StripeSandbox
from tests.sandbox.stripe.shop import Shop

Objects = dict[str, dict[str, Any]]

KINDS: dict[str, type[stripe.StripeObject]] = {
    "checkout.session": Session,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
}
STATES = ("open", "paid", "declined")

EXPANDED_ONLY = {("charge", "refunds")}
"""Fields of the fixtures that Stripe leaves out unless they are expanded."""

FREE_FORM = {"metadata", "payment_method_options", "object", "previous_attributes", "last_payment_error"}
"""Objects whose keys depend on the caller or on what happened; the fixtures show them empty or cut short."""


@pytest.fixture
async def objects(shop: Shop, sandbox: StripeSandbox) -> dict[str, Objects]:
    """One object of every kind for each state, as JSON."""
    return {state: await objects_of(shop, sandbox, state) for state in STATES}


async def objects_of(shop: Shop, sandbox: StripeSandbox, state: str) -> Objects:
    session = await shop.open(customer_email="pat@example.com")
    if state != "open":
        number = DECLINED_NUMBER if state == "declined" else GOOD_CARD["card_number"]
        sandbox.submit(session.url or "", {**GOOD_CARD, "card_number": number})
    session = await shop.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["line_items"]})
    assert session.line_items is not None
    found: list[Any] = [session, session.line_items.data[0]]
    if session.payment_intent is not None:
        payment = await shop.v1.payment_intents.retrieve_async(str(session.payment_intent))
        charge = await shop.v1.charges.retrieve_async(str(payment.latest_charge))
        found += [payment, charge, (await shop.v1.events.list_async({"limit": 1})).data[0]]
        if charge.paid:
            refund = await shop.v1.refunds.create_async({"charge": charge.id, "amount": 100})
            found.append(refund)
            found.append(await shop.v1.balance_transactions.retrieve_async(str(refund.balance_transaction)))
    plain = [json.loads(str(one)) for one in found]
    return {one["object"]: one for one in plain}


@pytest.mark.parametrize("state", STATES)
async def test_fields_the_library_never_expects_null_are_there(objects: dict[str, Objects], state: str) -> None:
    for kind, body in objects[state].items():
        for name, declared in KINDS[kind].__annotations__.items():
            if name.startswith("_") or typing.get_origin(declared) is typing.ClassVar or name == "OBJECT_NAME":
                continue
            may_be_null = type(None) in typing.get_args(declared)
            assert may_be_null or body.get(name) is not None, f"{kind}.{name}"


@pytest.mark.parametrize("state", STATES)
async def test_keys_and_types_are_those_of_the_published_fixtures(objects: dict[str, Objects], state: str) -> None:
    fixtures = published_fixtures()
    for kind, body in objects[state].items():
        declared = set(KINDS[kind].__annotations__)
        # The fixtures leave out some fields that the library of the same version declares.
        ours = {name: value for name, value in body.items() if name in fixtures[kind] or name not in declared}
        ours.pop("line_items", None)
        missing = {name for name in fixtures[kind] if name not in body and (kind, name) not in EXPANDED_ONLY}
        assert missing == set(), f"{kind} lacks fields"
        assert differences(kind, ours, fixtures[kind]) == []


async def test_a_decline_is_told_in_the_librarys_fields(objects: dict[str, Objects]) -> None:
    error = objects["declined"]["payment_intent"]["last_payment_error"]
    assert set(error) <= set(stripe.PaymentIntent.LastPaymentError.__annotations__)
    assert set(error["payment_method"]) <= set(stripe.PaymentMethod.__annotations__)
    assert error["payment_method"]["card"]["last4"] == "0002"


async def test_every_kind_is_compared(objects: dict[str, Objects]) -> None:
    assert set(objects["paid"]) == set(KINDS)


def published_fixtures() -> Objects:
    path = Path(os.environ.get("STRIPE_FIXTURES", "fixtures3.json"))
    if not path.is_file():
        pytest.skip("set STRIPE_FIXTURES to a copy of Stripe's fixtures3.json to compare shapes")
    fixtures: Objects = json.loads(path.read_text(encoding="utf-8"))["resources"]
    return fixtures


def differences(where: str, ours: Any, theirs: Any) -> list[str]:
    """Where an answer has a key that Stripe does not know, or a value of another type; null goes with any."""
    if ours is None or theirs is None:
        return []
    if type(ours) is not type(theirs):
        return [f"{where} is {type(ours).__name__}, not {type(theirs).__name__}"]
    if isinstance(ours, dict):
        unknown = [f"{where}.{name} is not Stripe's" for name in ours if name not in theirs]
        below = [differences(f"{where}.{name}", value, theirs.get(name)) for name, value in shared(ours, theirs)]
        return unknown + [fault for faults in below for fault in faults]
    if isinstance(ours, list) and ours and theirs:
        return [fault for item in ours for fault in differences(f"{where}[]", item, theirs[0])]
    return []


def shared(ours: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in ours.items() if name in theirs and name not in FREE_FORM]
