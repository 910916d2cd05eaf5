"""Refuses query parameters that an address does not know: a mistyped filter must not answer with everything."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from kernel.errors import FieldError, Malformed

API = "/api/"
LONGEST_NAME = 100


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route of the API. Raises Malformed with each parameter that the route does not declare."""
    sent = set(connection.query_params)
    if not sent or not connection.scope["path"].startswith(API):
        return
    known = known_parameters(handler)
    if unknown := sorted(sent - known):
        takes = f"takes {', '.join(sorted(known))}" if known else "takes none"
        message = f"this address does not know this parameter; it {takes}"
        raise Malformed(
            message, fields=tuple(FieldError(f"/{one[:LONGEST_NAME]}", message, "query") for one in unknown)
        )


def known_parameters(handler: BaseRouteHandler) -> set[str]:
    """The query parameters that a route and its dependencies declare, as a caller knows them."""
    own = handler.parsed_fn_signature
    used = [one for name, one in handler.resolve_dependencies().items() if name in own.parameters]
    asking = [own, *(one.parsed_fn_signature for one in used)]
    return {
        parameter.kwarg_definition.name or name
        for signature in asking
        for name, parameter in signature.parameters.items()
        if isinstance(parameter.kwarg_definition, QueryParameter)
    }
