"""The hosted checkout page: shows what is to be paid, takes the card, sends the payer back. Works without script."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response, get, post
from litestar.response import Redirect
from markupsafe import Markup

from sandbox.stripe.card_form import FIELDS, FieldError, read_card_form
from sandbox.stripe.cards import SAMPLE_CARDS
from sandbox.stripe.checkout import expire_overdue, return_address
from sandbox.stripe.desk import Desk, desk_of
from sandbox.stripe.money import dollars
from sandbox.stripe.payments import Outcome, pay

PageRequest = Request[Any, Any, Any]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLESHEET = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLESHEET.encode()).digest()).decode()
# Card numbers and security codes are typed again after an error; everything else is kept.
_NEVER_SHOWN_AGAIN = frozenset({"card_number", "card_cvc"})
_MAX_FIELDS = 20
_NAMELESS_MERCHANT = "Test merchant"

_pages = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_pages.filters["dollars"] = dollars
_pages.globals.update(stylesheet=Markup(_STYLESHEET), sample_cards=SAMPLE_CARDS)  # noqa: S704 - our own file


@get("/c/pay/{session_id:str}")
async def show_checkout(request: PageRequest, session_id: str) -> Response[str]:
    """The card form, or why there is none any more."""
    desk = desk_of(request)
    session = _session(desk, session_id)
    if session is None:
        return _page("closed.html", 404, closed="unknown", session=None, merchant=_NAMELESS_MERCHANT)
    if session["status"] != "open":
        return _closed(session)
    return _form(desk, session, 200, {"email": session["customer_email"] or ""}, [], None)


@post("/c/pay/{session_id:str}", status_code=200)
async def submit_checkout(request: PageRequest, session_id: str) -> Response[Any]:
    """Try the card: back to the shop when it is paid, back to the form when it is not."""
    desk = desk_of(request)
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS))
    session = _session(desk, session_id)
    if session is None:
        return _page("closed.html", 404, closed="unknown", session=None, merchant=_NAMELESS_MERCHANT)
    if session["customer_email"] is not None:
        form["email"] = session["customer_email"]
    entry = read_card_form(form, datetime.now(UTC).date())
    if isinstance(entry, list):
        # A second click on a paid page may come without its fields; it is answered like the first.
        if session["status"] == "complete":
            return Redirect(return_address(session), status_code=303)
        return _form(desk, session, 422, form, entry, None) if session["status"] == "open" else _closed(session)
    attempt = pay(desk.store, desk.store.account_of(session_id) or "", session_id, entry)
    desk.deliveries.wake()
    if attempt.outcome is Outcome.PAID:
        return Redirect(return_address(attempt.session), status_code=303)
    if attempt.outcome is Outcome.CLOSED:
        return _closed(attempt.session)
    return _form(desk, attempt.session, 402, form, [], attempt.message)


PAGE_ROUTES = (show_checkout, submit_checkout)


def _session(desk: Desk, session_id: str) -> dict[str, Any] | None:
    expire_overdue(desk.store)
    account = desk.store.account_of(session_id)
    return None if account is None else desk.store.find("checkout.session", session_id, account)


def _form(
    desk: Desk,
    session: dict[str, Any],
    status: int,
    typed: Mapping[str, str],
    errors: list[FieldError],
    declined: str | None,
) -> Response[str]:
    return _page(
        "checkout.html",
        status,
        session=session,
        merchant=_merchant(session),
        lines=desk.store.children("item", session["id"]),
        values={field: "" if field in _NEVER_SHOWN_AGAIN else typed.get(field, "") for field in FIELDS},
        errors={error.field: error.message for error in errors},
        declined=declined,
    )


def _closed(session: dict[str, Any]) -> Response[str]:
    return _page(
        "closed.html",
        200 if session["status"] == "complete" else 410,
        closed=session["status"],
        session=session,
        merchant=_merchant(session),
        return_url=return_address(session),
    )


def _merchant(session: dict[str, Any]) -> str:
    return str(session["branding_settings"]["display_name"] or _NAMELESS_MERCHANT)


def _page(template: str, status: int, *, session: dict[str, Any] | None, **values: Any) -> Response[str]:
    body = _pages.get_template(template).render(session=session, **values)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _content_policy(session),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


def _content_policy(session: dict[str, Any] | None) -> str:
    """Nothing but our own style; the form may go to us and, by redirect after paying, to the caller's site."""
    targets = "'self'"
    if session is not None:
        address = urlsplit(session["success_url"])
        targets += f" {address.scheme}://{address.netloc}"
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
