"""Refuses what another site makes a signed-in person's browser send (cross-site request forgery).

SameSite=Lax keeps the cookie out of most such requests; this guard refuses them by what browsers say about themselves. Fetch
Metadata decides where it is sent. Without it the Origin must be ours; pages send `referrer-policy: no-referrer`, which makes some
browsers say `Origin: null` on their own forms, and those browsers send Fetch Metadata. A caller that says neither is refused.
"""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kernel.errors import Forbidden
from kernel.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
"""`none` is a person's own doing: an address typed, a bookmark (Fetch Metadata, section 2.4)."""

PROVED_BY_SIGNATURE = {"proved_by": "signature"}
"""The `opt` of a route whose caller signs each request and uses no cookie."""
BEARER = "bearer"
"""scope["auth"] of a request whose caller sent a key by hand; no browser adds one by itself."""


async def refuse_cross_site(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route. Raises Forbidden for an unsafe method that did not come from our own pages.

    It awaits nothing, and is a coroutine because Litestar would run a plain function in a thread, for every request.
    """
    if connection.scope.get("method", "GET") in SAFE_METHODS or connection.scope.get("auth") == BEARER:
        return
    if handler.opt.get("proved_by") == PROVED_BY_SIGNATURE["proved_by"]:
        return
    if not comes_from_our_site(
        site=connection.headers.get("sec-fetch-site"),
        origin=connection.headers.get("origin"),
        public_url=web_of(connection).public_url,
    ):
        raise Forbidden(
            "this request did not come from this site; a program that uses a session cookie sends our address as Origin"
        )


def comes_from_our_site(*, site: str | None, origin: str | None, public_url: str) -> bool:
    """What the two headers say; nothing said is no."""
    if site is not None:
        return site in OWN_SITE
    return origin is not None and _origin_of(origin) == _origin_of(public_url)


def web_of(connection: ASGIConnection[Any, Any, Any, Any]) -> WebSettings:
    """The web settings of the running application."""
    web: WebSettings = connection.app.state.settings.web
    return web


def _origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port (RFC 6454); a port that is no number is nobody's."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        port = None
    return parts.scheme, parts.hostname or "", port
