"""What a payer typed into the card form, understood or refused field by field. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sandbox.stripe.cards import passes_checksum

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/ -]?\s*(?:20)?(\d\d)")
_POSTAL_CODE = re.compile(r"\d{5}(-\d{4})?")
_LONGEST = 200

FIELDS = ("email", "card_number", "card_expiry", "card_cvc", "billing_name", "billing_postal_code")


class CardEntry(NamedTuple):
    """A complete card form. The number leaves this process in no answer, log or file."""

    email: str
    number: str
    exp_month: int
    exp_year: int
    name: str
    postal_code: str


class FieldError(NamedTuple):
    """Which field, and what would be right."""

    field: str
    message: str


def read_card_form(form: Mapping[str, str], today: date) -> CardEntry | list[FieldError]:
    """The card, or every fault in the order of the form's fields.

    Args:
        form: Submitted fields by name (``FIELDS``).
        today: The day on which the card must not have expired.
    """
    typed = {field: form.get(field, "").strip()[:_LONGEST] for field in FIELDS}
    number = re.sub(r"[ -]", "", typed["card_number"])
    expiry = _EXPIRY.fullmatch(typed["card_expiry"])
    errors = [
        FieldError(field, message)
        for field, message in (
            ("email", _email_fault(typed["email"])),
            ("card_number", _number_fault(number)),
            ("card_expiry", _expiry_fault(typed["card_expiry"], expiry, today)),
            ("card_cvc", _cvc_fault(typed["card_cvc"])),
            ("billing_name", None if typed["billing_name"] else "Enter the name on the card"),
            ("billing_postal_code", _postal_code_fault(typed["billing_postal_code"])),
        )
        if message is not None
    ]
    if errors or expiry is None:
        return errors
    return CardEntry(
        email=typed["email"],
        number=number,
        exp_month=int(expiry[1]),
        exp_year=2000 + int(expiry[2]),
        name=typed["billing_name"],
        postal_code=typed["billing_postal_code"],
    )


def _email_fault(text: str) -> str | None:
    if not text:
        return "Enter your email address"
    return None if _EMAIL.fullmatch(text) else "Enter an email address like name@example.com"


def _number_fault(number: str) -> str | None:
    if not number:
        return "Enter the card number"
    return None if passes_checksum(number) else "Check the card number; it is not complete or has a wrong digit"


def _expiry_fault(text: str, expiry: re.Match[str] | None, today: date) -> str | None:
    if not text:
        return "Enter the expiry date"
    if expiry is None:
        return "Enter the expiry date as month and year, like 04 / 30"
    if (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
        return "This card has expired; check the date or use another card"
    return None


def _cvc_fault(text: str) -> str | None:
    if not text:
        return "Enter the code"
    is_code = text.isascii() and text.isdigit() and len(text) in {3, 4}
    return None if is_code else "Enter 3 or 4 digits"


def _postal_code_fault(text: str) -> str | None:
    if not text:
        return "Enter the billing ZIP code"
    return None if _POSTAL_CODE.fullmatch(text) else "Enter a ZIP code with 5 digits, like 60614"
