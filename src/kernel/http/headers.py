"""Headers of every answer, whoever made it: set last, for addresses that no route has too."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from kernel.ids import new_id

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Nothing loads, runs or frames an answer that is data. Pages have a policy of their own (`ui.pages`)."""

SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""For every answer that does not set its own."""

STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"
"""Two years of https only (RFC 6797); said where the public address is https."""


class AnswerHeaders:
    """A hook before sending: security headers, the request id, and what the limits left over."""

    def __init__(self, *, https: bool) -> None:
        self._methods: dict[str, set[str]] = {}
        defaults = {**SECURITY_HEADERS, **({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})}
        self._defaults = [_sent(name, value) for name, value in defaults.items()]

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Complete the headers of an answer that begins."""
        if message["type"] != "http.response.start":
            return
        present = {name for name, _ in message["headers"]}
        message["headers"] = [
            *message["headers"],
            _sent("X-Request-Id", request_id_of(scope)),
            *(header for header in self._defaults if header[0] not in present),
            *(_sent(name, value) for name, value in scope["state"].get("rate_headers", {}).items()),
        ]
        if b"allow" in present:
            headers = MutableScopeHeaders.from_message(message)
            headers["Allow"] = with_head(headers["allow"], self._taken(scope))

    def _taken(self, scope: Scope) -> set[str]:
        """Every method of the address that was found; Litestar's own answer to OPTIONS knows one handler's."""
        if not self._methods:
            for route in scope["litestar_app"].routes:
                for handler in getattr(route, "route_handlers", ()):
                    self._methods.setdefault(route.path_format, set()).update(handler.http_methods)
        return self._methods.get(str(scope.get("path_template", "")), set())


def _sent(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode()


def request_id_of(scope: Scope) -> str:
    """The id of a request, given to it when first asked for."""
    value: str = scope["state"].setdefault("request_id", str(new_id()))
    return value


def with_head(allowed: str, taken: set[str]) -> str:
    """Every address that answers GET answers HEAD too (RFC 9110, 9.3.2)."""
    methods = {one.strip() for one in allowed.split(",") if one.strip()} | taken
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}))
