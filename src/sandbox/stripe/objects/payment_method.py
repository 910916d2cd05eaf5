"""The card as Stripe shows it, never its number: https://docs.stripe.com/api/payment_methods/object."""

from typing import Any, NamedTuple


class CardOnFile(NamedTuple):
    """What may be kept of a card, and of who gave it."""

    method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str
    holder_name: str
    email: str
    postal_code: str


def billing_details(card: CardOnFile) -> dict[str, Any]:
    """Who gave the card."""
    return {
        "address": {
            "city": None,
            "country": "US",
            "line1": None,
            "line2": None,
            "postal_code": card.postal_code,
            "state": None,
        },
        "email": card.email,
        "name": card.holder_name,
        "phone": None,
        "tax_id": None,
    }


def payment_method(card: CardOnFile, created: int) -> dict[str, Any]:
    """A card that was tried, as it appears within a payment's last error."""
    return {
        "id": card.method_id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(card),
        "card": {
            "brand": card.brand,
            "checks": card_checks(passed=True),
            "country": "US",
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "fingerprint": card.fingerprint,
            "funding": "credit",
            "last4": card.last4,
        },
        "created": created,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def card_checks(*, passed: bool) -> dict[str, str | None]:
    """The bank's word on security code and postal code."""
    word = "pass" if passed else "fail"
    return {"address_line1_check": None, "address_postal_code_check": word, "cvc_check": word}
