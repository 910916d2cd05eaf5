"""A charge, that is one attempt to take money from a card: https://docs.stripe.com/api/charges/object."""

from typing import Any

from sandbox.stripe.cards import Decline
from sandbox.stripe.objects.payment_method import CardOnFile, billing_details, card_checks


def charge(
    *,
    charge_id: str,
    intent: dict[str, Any],
    card: CardOnFile,
    created: int,
    balance_transaction_id: str | None,
    decline: Decline | None,
) -> dict[str, Any]:
    """A charge that succeeded, or failed with ``decline``. Amounts in cents, from the intent."""
    paid = decline is None
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": balance_transaction_id,
        "billing_details": billing_details(card),
        "calculated_statement_descriptor": None,
        "captured": paid,
        "created": created,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None if decline is None else decline.code,
        "failure_message": None if decline is None else decline.message,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(decline),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": card.method_id,
        "payment_method_details": {"card": _card_details(card, intent["amount"], paid=paid), "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if paid else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }


def _outcome(decline: Decline | None) -> dict[str, Any]:
    return {
        "advice_code": None if decline is None else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if decline is None else decline.network_code,
        "network_status": "approved_by_network" if decline is None else "declined_by_network",
        "reason": None if decline is None else decline.decline_code,
        "seller_message": "Payment complete." if decline is None else "The bank did not approve this charge.",
        "type": "authorized" if decline is None else "issuer_declined",
    }


def _card_details(card: CardOnFile, amount_cents: int, *, paid: bool) -> dict[str, Any]:
    return {
        "amount_authorized": amount_cents if paid else None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": card_checks(passed=True),
        "country": "US",
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount_cents, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
