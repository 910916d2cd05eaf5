"""Where the manual stands. Litestar answers every other name below it with a page of its own; we answer as everywhere else."""

from typing import Any

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kernel.errors import NotFound

MANUAL = "/api/v1/openapi"


def manual_router() -> Router:
    """The router to which Litestar adds the description and its page for unknown names."""
    return Router(MANUAL, route_handlers=[], include_in_schema=False, guards=[refuse_unknown_name])


async def refuse_unknown_name(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard over the manual. Raises NotFound for all but the description itself."""
    if connection.path_params:
        raise NotFound(f"there is nothing at this address; the manual is {MANUAL}")
