"""Takes a card on the hosted page: one charge for an attempt, and never two that succeed for one session."""

from enum import Enum
from typing import Any, NamedTuple

from sandbox.stripe.card_form import CardEntry
from sandbox.stripe.cards import Decline, bank_answer, brand_of
from sandbox.stripe.cause import Cause
from sandbox.stripe.clock import now_seconds
from sandbox.stripe.events import record_event
from sandbox.stripe.ids import derived_id, digest
from sandbox.stripe.objects.balance_transaction import balance_transaction, charge_fee_cents
from sandbox.stripe.objects.charge import charge
from sandbox.stripe.objects.checkout_session import customer_details
from sandbox.stripe.objects.payment_intent import payment_intent
from sandbox.stripe.objects.payment_method import CardOnFile, payment_method
from sandbox.stripe.store import Store


class Outcome(Enum):
    """How an attempt ended."""

    PAID = "paid"
    DECLINED = "declined"
    CLOSED = "closed"


class Attempt(NamedTuple):
    """The outcome, the session afterwards, and the bank's sentence when it declined."""

    outcome: Outcome
    session: dict[str, Any]
    message: str | None = None


def pay(store: Store, account: str, session_id: str, entry: CardEntry) -> Attempt:
    """Try a card on a session, in one transaction.

    A session that is paid already stays as it is and counts as paid: a second click is not a second payment.
    """
    with store.transaction():
        session = store.get("checkout.session", session_id, account)
        if session["status"] == "complete":
            return Attempt(Outcome.PAID, session)
        if session["status"] != "open":
            return Attempt(Outcome.CLOSED, session)
        return _try_card(store, account, session, entry)


def _try_card(store: Store, account: str, session: dict[str, Any], entry: CardEntry) -> Attempt:
    intent = _intent_of(store, account, session, entry)
    attempt_no = str(len(store.children("charge", intent["id"])))
    cause = Cause(account, session["id"], derived_id("request", session["id"], attempt_no), None)
    card = CardOnFile(
        method_id=derived_id("payment_method", intent["id"], attempt_no),
        brand=brand_of(entry.number),
        last4=entry.number[-4:],
        exp_month=entry.exp_month,
        exp_year=entry.exp_year,
        # From the last digits alone: a digest of a whole card number could be searched backwards.
        fingerprint=digest(f"card {entry.number[-4:]}", 16),
        holder_name=entry.name,
        email=entry.email,
        postal_code=entry.postal_code,
    )
    charge_id = derived_id("charge", intent["id"], attempt_no)
    decline = bank_answer(entry.number)
    if decline is not None:
        _fail(store, cause, intent, card, charge_id, decline)
        return Attempt(Outcome.DECLINED, session, decline.message)
    _succeed(store, cause, session, intent, card, charge_id)
    return Attempt(Outcome.PAID, session)


def _intent_of(store: Store, account: str, session: dict[str, Any], entry: CardEntry) -> dict[str, Any]:
    """The session's payment intent, made at the first attempt as Stripe does."""
    if session["payment_intent"] is not None:
        return store.get("payment_intent", session["payment_intent"], account)
    (intended,) = store.children("payment_intent_data", session["id"])
    intent_id = derived_id("payment_intent", session["id"])
    intent = payment_intent(
        intent_id=intent_id,
        client_secret=f"{intent_id}_secret_{digest(f'client secret {intent_id}', 25)}",
        created=now_seconds(),
        amount_cents=session["amount_total"],
        currency=session["currency"],
        description=intended["description"],
        receipt_email=entry.email,
        metadata=intended["metadata"],
    )
    store.add(intent, account=account, parent=session["id"])
    session["payment_intent"] = intent_id
    store.replace(session)
    return intent


def _fail(
    store: Store, cause: Cause, intent: dict[str, Any], card: CardOnFile, charge_id: str, decline: Decline
) -> None:
    created = now_seconds()
    failed = charge(
        charge_id=charge_id, intent=intent, card=card, created=created, balance_transaction_id=None, decline=decline
    )
    store.add(failed, account=cause.account, parent=intent["id"])
    intent["latest_charge"] = charge_id
    intent["last_payment_error"] = {
        "charge": charge_id,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": "https://stripe.com/docs/error-codes/card-declined",
        "message": decline.message,
        "payment_method": payment_method(card, created),
        "type": "card_error",
    }
    store.replace(intent)
    record_event(store, cause, "payment_intent.payment_failed", intent)


def _succeed(
    store: Store, cause: Cause, session: dict[str, Any], intent: dict[str, Any], card: CardOnFile, charge_id: str
) -> None:
    created = now_seconds()
    settled = balance_transaction(
        transaction_id=derived_id("balance_transaction", charge_id),
        source_id=charge_id,
        kind="charge",
        amount_cents=intent["amount"],
        fee_cents=charge_fee_cents(intent["amount"]),
        currency=intent["currency"],
        created=created,
    )
    taken = charge(
        charge_id=charge_id,
        intent=intent,
        card=card,
        created=created,
        balance_transaction_id=settled["id"],
        decline=None,
    )
    intent.update(
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=charge_id,
        payment_method=card.method_id,
        status="succeeded",
    )
    session.update(
        customer_details=customer_details(card.email, card.holder_name, card.postal_code),
        payment_status="paid",
        status="complete",
        url=None,
    )
    store.add(taken, account=cause.account, parent=intent["id"])
    store.add(settled, account=cause.account, parent=charge_id)
    store.replace(intent)
    store.replace(session)
    record_event(store, cause, "charge.succeeded", taken)
    record_event(store, cause, "payment_intent.succeeded", intent)
    record_event(store, cause, "checkout.session.completed", session)
