"""The page shown when there is no page: not found, not understood, too many, our fault, or not reachable just now.

It says what happened, what to do next and which request it was. It never says what was asked for, because an address
may hold a token, and never why it failed inside.
"""

from __future__ import annotations

import msgspec

from ui.pages import Audience, Shell, render


class ErrorPage(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal in words; `request_id` is what the reader tells us and what our log is searched by."""

    shell: Shell
    status: int
    title: str
    sentence: str
    next_step: str
    request_id: str


_WORDS = {
    400: (
        "We could not use what was sent",
        "It was incomplete, too large, or took too long to arrive.",
        "Please go back and try again.",
    ),
    404: (
        "We cannot find that page",
        "The link may be old, or part of it may be missing.",
        "Check the link, or go back and try again.",
    ),
    429: (
        "That was too many tries at once",
        "Nothing was changed.",
        "Please wait a minute and try again.",
    ),
    500: (
        "Something went wrong on our side",
        "You did nothing wrong. We have a record of it.",
        "Please try again in a few minutes.",
    ),
    503: (
        "We cannot be reached right now",
        "Nothing was changed. We will be back soon.",
        "Please try again in a few minutes.",
    ),
}


def error_page(status: int, *, audience: Audience, request_id: str, large_text: bool = False) -> str:
    """The page for this HTTP status, in the words of its kind. What somebody may not see reads as what is not there."""
    title, sentence, next_step = _WORDS[_kind(status)]
    view = ErrorPage(
        shell=Shell(audience=audience, large_text=large_text),
        status=status,
        title=title,
        sentence=sentence,
        next_step=next_step,
        request_id=request_id,
    )
    return render("ui/error.html", view)


def _kind(status: int) -> int:
    if status in {403, 404, 405}:
        return 404
    return status if status in _WORDS else 400 if status < 500 else 500
