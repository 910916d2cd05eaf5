"""Test cards and what the bank says to each: https://docs.stripe.com/testing. Pure."""

from typing import NamedTuple

_NUMBER_LENGTHS = range(13, 20)


class Decline(NamedTuple):
    """Why a bank said no: Stripe's code and decline code, the network's code, and the sentence for the payer."""

    code: str
    decline_code: str
    network_code: str | None
    message: str


class SampleCard(NamedTuple):
    """A number from the page's list, how it reads there, and its answer (None: approved)."""

    number: str
    label: str
    decline: Decline | None


SAMPLE_CARDS = (
    SampleCard("4242424242424242", "Payment succeeds", None),
    SampleCard(
        "4000000000000002",
        "Card is declined",
        Decline("card_declined", "generic_decline", "01", "Your card was declined. Please try a different card."),
    ),
    SampleCard(
        "4000000000009995",
        "Not enough money",
        Decline(
            "card_declined",
            "insufficient_funds",
            "51",
            "Your card has insufficient funds. Please try a different card.",
        ),
    ),
)

_NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    None,
    "Your card was declined. This page is in test mode and takes test cards only.",
)


def passes_checksum(number: str) -> bool:
    """Whether the digits have a card number's length and check digit (ISO/IEC 7812-1, annex B)."""
    if not (number.isascii() and number.isdigit() and len(number) in _NUMBER_LENGTHS):
        return False
    total = 0
    for position, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled if doubled < 10 else doubled - 9
    return total % 10 == 0


def bank_answer(number: str) -> Decline | None:
    """What the bank says to this number; None is yes. Every number that is not a test card is declined."""
    for card in SAMPLE_CARDS:
        if card.number == number:
            return card.decline
    return _NOT_A_TEST_CARD


def brand_of(number: str) -> str:
    """The network, from the first digit."""
    return {"3": "amex", "4": "visa", "5": "mastercard", "6": "discover"}.get(number[:1], "unknown")
