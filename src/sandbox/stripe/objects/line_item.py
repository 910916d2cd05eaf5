"""A line of a checkout session, with the price made for it: https://docs.stripe.com/api/checkout/sessions/line_items."""

from typing import Any


def line_item(
    *,
    item_id: str,
    price_id: str,
    product_id: str,
    name: str,
    unit_amount_cents: int,
    quantity: int,
    currency: str,
    created: int,
) -> dict[str, Any]:
    """One line; ``unit_amount_cents`` times ``quantity`` is its amount in cents."""
    amount_cents = unit_amount_cents * quantity
    return {
        "id": item_id,
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount_cents,
        "amount_tax": 0,
        "amount_total": amount_cents,
        "currency": currency,
        "description": name,
        "metadata": {},
        "price": {
            "id": price_id,
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": created,
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": product_id,
            "recurring": None,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": unit_amount_cents,
            "unit_amount_decimal": str(unit_amount_cents),
        },
        "quantity": quantity,
    }
