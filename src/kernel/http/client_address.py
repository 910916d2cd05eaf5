"""Puts the address that a trusted proxy vouches for in the place of the proxy's own, before anybody counts or records it."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from kernel.http.forwarded import client_address, forwarded, x_forwarded_for
from kernel.settings import ProxyHeader, WebSettings

_READ: Mapping[ProxyHeader, Callable[[Iterable[str]], Iterator[str]]] = {
    "x-forwarded-for": x_forwarded_for,
    "forwarded": forwarded,
}


class ClientAddress(ASGIMiddleware):
    """Only the one header that the proxy writes is read: the other would pass through it as the sender made it."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, web: WebSettings) -> None:
        self._trusted = web.trusted_proxies
        self._name = web.proxy_header.encode()
        self._read = _READ[web.proxy_header]

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set scope["client"] as everything behind reads it."""
        client = scope.get("client")
        if client is not None and self._trusted:
            said = (value.decode("latin-1") for name, value in scope["headers"] if name == self._name)
            scope["client"] = (client_address(client[0], self._read(said), self._trusted), 0)
        await next_app(scope, receive, send)
