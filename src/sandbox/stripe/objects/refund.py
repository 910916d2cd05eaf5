"""A refund: https://docs.stripe.com/api/refunds/object."""

from typing import Any


def refund(
    *,
    refund_id: str,
    charge: dict[str, Any],
    amount_cents: int,
    balance_transaction_id: str,
    created: int,
    reason: str | None,
    metadata: dict[str, str],
) -> dict[str, Any]:
    """A card refund that went through at once, as test cards' refunds do. Amount in cents."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount_cents,
        "balance_transaction": balance_transaction_id,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
