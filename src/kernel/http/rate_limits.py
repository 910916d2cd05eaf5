"""How fast one address, and one session or key, may ask.

A refusal here leaves no audit event: writing one for each request of a flood would make the flood worse. Guessing of passwords and
codes is limited, and recorded, where they are checked.
"""

import ipaddress
from functools import lru_cache

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from kernel.context import Principal
from kernel.errors import TooMany
from kernel.http.buckets import Buckets, Rate, Taken
from kernel.settings import LimitSettings

log = structlog.get_logger("http")


class RateLimited(TooMany):
    """Too many requests in a short time."""

    slug = "rate-limited"


class AddressRate(ASGIMiddleware):
    """Counts by network address, before it is even asked who is signed in."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, buckets: Buckets, limits: LimitSettings) -> None:
        self._buckets = buckets
        self._rate = Rate(limits.address_per_second, limits.address_burst)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse a request too many."""
        if (client := scope.get("client")) is not None:
            taken = await self._buckets.take(f"address:{network_of(client[0])}", self._rate)
            _answer(scope, self._rate, taken, source="address")
        await next_app(scope, receive, send)


class CallerRate(ASGIMiddleware):
    """Counts by session or key."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, buckets: Buckets, limits: LimitSettings) -> None:
        self._buckets = buckets
        self._rate = Rate(limits.caller_per_second, limits.caller_burst)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse a request too many."""
        principal: Principal | None = scope.get("user")
        if principal is not None:
            caller = f"caller:{principal.session_id}"
            _answer(scope, self._rate, await self._buckets.take(caller, self._rate), source="caller")
        await next_app(scope, receive, send)


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """Whom to count together: one IPv4 address, or the /64 that an IPv6 subscriber has to choose from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _answer(scope: Scope, rate: Rate, taken: Taken, *, source: str) -> None:
    """Say in the headers what is left, and refuse when nothing is."""
    scope["state"]["rate_headers"] = {
        "RateLimit-Limit": str(rate.burst),
        "RateLimit-Remaining": str(taken.remaining),
        "RateLimit-Reset": str(taken.reset_seconds),
    }
    if not taken.allowed:
        log.warning("request refused by rate", source=source)
        raise RateLimited(
            f"too many requests in a short time; wait {taken.retry_after_seconds} s",
            retry_after_seconds=taken.retry_after_seconds,
        )
