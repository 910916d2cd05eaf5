"""Several guards as one."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

AsyncGuard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def in_turn(*guards: AsyncGuard) -> AsyncGuard:
    """A guard that asks these, in this order.

    Litestar copies the route handler for each guard of a request, which takes longer than what most of ours look at.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        for one in guards:
            await one(connection, handler)

    return guard
