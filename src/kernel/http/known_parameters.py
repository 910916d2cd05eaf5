"""Refuses query parameters that an address does not know, and those that stand twice.

A mistyped filter must not answer with everything, and one value of two is not ours to choose.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from kernel.errors import FieldError, Malformed

API = "/api/"
LONGEST_NAME = 100


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route of the API. Raises Malformed with each parameter that the route does not declare, or that stands twice."""
    sent = connection.query_params
    if not sent or not connection.scope["path"].startswith(API):
        return
    known = known_parameters(handler)
    if twice := sorted(name for name in sent if len(sent.getall(name)) > 1):
        message = "this parameter stands twice, and it is not clear which value is meant; send it once"
        raise Malformed(message, fields=_at(twice, message))
    if unknown := sorted(set(sent) - known):
        takes = f"takes {', '.join(sorted(known))}" if known else "takes none"
        message = f"this address does not know this parameter; it {takes}"
        raise Malformed(message, fields=_at(unknown, message))


def known_parameters(handler: BaseRouteHandler) -> set[str]:
    """The query parameters that a route and its dependencies declare, as a caller knows them."""
    dependencies = handler.resolve_dependencies()
    known, used, asking = set[str](), set[str](), [handler.parsed_fn_signature]
    while asking:
        for name, parameter in asking.pop().parameters.items():
            if isinstance(parameter.kwarg_definition, QueryParameter):
                known.add(parameter.kwarg_definition.name or name)
            elif name in dependencies and name not in used:
                used.add(name)
                asking.append(dependencies[name].parsed_fn_signature)
    return known


def _at(names: list[str], message: str) -> tuple[FieldError, ...]:
    return tuple(FieldError(f"/{name[:LONGEST_NAME]}", message, "query") for name in names)
