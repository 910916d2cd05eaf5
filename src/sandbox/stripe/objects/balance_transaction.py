"""What a charge or refund did to the account's balance: https://docs.stripe.com/api/balance_transactions/object."""

from typing import Any

_FEE_PER_MILLE = 29
_FEE_FIXED_CENTS = 30
_SETTLING_SECONDS = 2 * 24 * 3600


def charge_fee_cents(amount_cents: int) -> int:
    """The standard card fee, 2.9 % and 30 cents, to the nearest cent: https://stripe.com/pricing."""
    return (amount_cents * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED_CENTS


def balance_transaction(
    *, transaction_id: str, source_id: str, kind: str, amount_cents: int, fee_cents: int, currency: str, created: int
) -> dict[str, Any]:
    """A ``charge`` (positive cents) or ``refund`` (negative cents); available two days later."""
    fee = {
        "amount": fee_cents,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": transaction_id,
        "object": "balance_transaction",
        "amount": amount_cents,
        "available_on": created + _SETTLING_SECONDS,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee_cents,
        "fee_details": [fee] if fee_cents else [],
        "net": amount_cents - fee_cents,
        "reporting_category": kind,
        "source": source_id,
        "status": "pending",
        "type": kind,
    }
