"""The session cookie: never readable by script, never sent with another site's form, bound to this very host where it is https."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from kernel.settings import WebSettings

COOKIE = "billwright_session"


def cookie_name(web: WebSettings) -> str:
    """`__Host-` makes browsers refuse the cookie from a sibling host, for another path or without `secure` (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{COOKIE}" if web.is_https else COOKIE


def session_cookie(token: str, web: WebSettings) -> Cookie:
    """The cookie that carries a session's token until the browser closes."""
    return Cookie(key=cookie_name(web), value=token, httponly=True, secure=web.is_https, samesite="lax", path="/")


def ended_cookie(web: WebSettings) -> Cookie:
    """Takes the cookie away."""
    return Cookie(
        key=cookie_name(web), value="", max_age=0, httponly=True, secure=web.is_https, samesite="lax", path="/"
    )


def session_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The token a request carries in its cookie."""
    return connection.cookies.get(cookie_name(connection.app.state.settings.web)) or None
