"""Refunds: from a charge that succeeded, in one or more parts, never more than was charged."""

from typing import Any, NamedTuple

from sandbox.stripe.cause import Cause
from sandbox.stripe.clock import now_seconds
from sandbox.stripe.errors import invalid_request, no_such_object
from sandbox.stripe.events import record_event
from sandbox.stripe.ids import derived_id
from sandbox.stripe.money import dollars
from sandbox.stripe.objects.balance_transaction import balance_transaction
from sandbox.stripe.objects.refund import refund
from sandbox.stripe.params import Params
from sandbox.stripe.store import Store

_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}


class NewRefund(NamedTuple):
    """What a caller asked for. ``amount_cents`` None asks for all that is left."""

    charge_id: str | None
    payment_intent_id: str | None
    amount_cents: int | None
    reason: str | None
    metadata: dict[str, str]


def read_new_refund(params: Params) -> NewRefund:
    """Understand the parameters of a refund.

    Raises:
        StripeError: 400, naming the parameter.
    """
    new = NewRefund(
        charge_id=params.text("charge"),
        payment_intent_id=params.text("payment_intent"),
        amount_cents=params.integer("amount", least=1),
        reason=params.choice("reason", _REASONS),
        metadata=params.metadata(),
    )
    params.refuse_unread()
    if (new.charge_id is None) == (new.payment_intent_id is None):
        raise invalid_request(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    return new


def give_back(store: Store, cause: Cause, new: NewRefund) -> dict[str, Any]:
    """Refund a charge, or part of it; answers the refund.

    Raises:
        StripeError: 400, unknown or failed charge, or more than is left of it.
    """
    charge = _refundable_charge(store, cause.account, new)
    left_cents = charge["amount"] - charge["amount_refunded"]
    amount_cents = left_cents if new.amount_cents is None else new.amount_cents
    if left_cents == 0:
        raise invalid_request(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount_cents > left_cents:
        raise invalid_request(
            f"Refund amount ({dollars(amount_cents)}) is greater than unrefunded amount on charge "
            f"({dollars(left_cents)})",
            param="amount",
        )
    return _record(store, cause, charge, amount_cents, new)


def _refundable_charge(store: Store, account: str, new: NewRefund) -> dict[str, Any]:
    charge_id = new.charge_id
    if new.payment_intent_id is not None:
        intent = store.find("payment_intent", new.payment_intent_id, account)
        if intent is None:
            raise no_such_object("payment_intent", new.payment_intent_id, param="payment_intent", status=400)
        if intent["status"] != "succeeded":
            raise invalid_request(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge_id = intent["latest_charge"]
    assert charge_id is not None
    charge = store.find("charge", charge_id, account)
    if charge is None:
        raise no_such_object("charge", charge_id, param="charge", status=400)
    if charge["status"] != "succeeded":
        raise invalid_request(f"Charge {charge_id} failed, so it cannot be refunded.", param="charge")
    return charge


def _record(store: Store, cause: Cause, charge: dict[str, Any], amount_cents: int, new: NewRefund) -> dict[str, Any]:
    created = now_seconds()
    refund_id = derived_id("refund", cause.account, cause.seed)
    moved = balance_transaction(
        transaction_id=derived_id("balance_transaction", refund_id),
        source_id=refund_id,
        kind="refund",
        amount_cents=-amount_cents,
        fee_cents=0,
        currency=charge["currency"],
        created=created,
    )
    given = refund(
        refund_id=refund_id,
        charge=charge,
        amount_cents=amount_cents,
        balance_transaction_id=moved["id"],
        created=created,
        reason=new.reason,
        metadata=new.metadata,
    )
    before = {"amount_refunded": charge["amount_refunded"]}
    charge["amount_refunded"] += amount_cents
    if charge["amount_refunded"] == charge["amount"]:
        before["refunded"] = False
        charge["refunded"] = True
    store.add(given, account=cause.account, parent=charge["id"])
    store.add(moved, account=cause.account, parent=refund_id)
    store.replace(charge)
    record_event(store, cause, "charge.refunded", charge, previous=before)
    return given
