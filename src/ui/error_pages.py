"""The words shown when there is no page: not found, not understood, too many, our fault, or not reachable just now.

They say what happened and what to do next. They never say what was asked for, because an address may hold a token, and never why
it failed inside. Each portal shows them in its own frame.
"""

import msgspec


class ErrorWords(msgspec.Struct, frozen=True):
    """One refusal in words."""

    title: str
    sentence: str
    next_step: str


_WORDS = {
    400: ErrorWords(
        "We could not use what was sent",
        "It was incomplete, too large, or took too long to arrive.",
        "Please go back and try again.",
    ),
    404: ErrorWords(
        "We cannot find that page",
        "The link may be old, or part of it may be missing.",
        "Check the link, or go back and try again.",
    ),
    429: ErrorWords(
        "That was too many tries at once",
        "Nothing was changed.",
        "Please wait a minute and try again.",
    ),
    500: ErrorWords(
        "Something went wrong on our side",
        "You did nothing wrong. We have a record of it.",
        "Please try again in a few minutes.",
    ),
    503: ErrorWords(
        "We cannot be reached right now",
        "Nothing was changed. We will be back soon.",
        "Please try again in a few minutes.",
    ),
}


def error_words(status: int) -> ErrorWords:
    """The words for this HTTP status, by its kind. What somebody may not see reads as what is not there."""
    return _WORDS[_kind(status)]


def _kind(status: int) -> int:
    if status in {403, 404, 405}:
        return 404
    return status if status in _WORDS else 400 if status < 500 else 500
