"""The API's own description: what Litestar derives from the routes (`app.manual` has the refusals of all), and what each says besides.

Which permission an operation asks for, and which refusals it may answer, follow from how its route is declared, so that the manual
cannot forget one.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.plugins import JsonRenderPlugin

from kernel.http.problems import MEDIA_TYPE
from kernel.http.scoping import AnyRequest
from kernel.http.versions import takes_version

PROBLEM = {"$ref": "#/components/schemas/Problem"}
REFUSALS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in.",
    "403": "The role held does not include the permission, or the request came from another site.",
    "404": "There is no such thing here for the caller.",
    "409": "The present state refuses it.",
    "412": "It has changed since the version that If-Match names; `ETag` is the version there is.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "A rule refuses what the request says.",
    "428": "If-Match is missing: read first, and send the ETag.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "500": "Something went wrong on our side; nothing was changed.",
}


class CompletedJson(JsonRenderPlugin):
    """Serves the completed description."""

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        completed = complete(request.app, openapi_schema)
        return msgspec.json.encode(completed)


def complete(app: Litestar, described: dict[str, Any]) -> dict[str, Any]:
    """The description with permissions, sign-in and refusals of every operation."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))
    document["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "billwright_session"},
    }
    for route in app.routes:
        operations = document["paths"].get(route.path_format, {})
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                if method.lower() in operations:
                    _complete_operation(operations[method.lower()], handler, route.path_format, method)
    return document


def permission_of(handler: Any) -> str | None:
    """The permission a route asks for, if any."""
    return next((one.permission for one in handler.guards or () if hasattr(one, "permission")), None)


def refusals_of(handler: Any, path: str, method: str) -> list[str]:
    """The statuses with which an operation may refuse, as its declaration tells."""
    statuses = {"400", "429", "500"}
    if permission_of(handler) is not None:
        statuses |= {"401", "403"}
    if "{" in path:
        statuses.add("404")
    if method != "GET":
        statuses |= {"403", "409", "422"}
    if handler.parsed_data_field is not None:
        statuses |= {"413", "415"}
    if takes_version(handler):
        statuses |= {"412", "428"}
    return sorted(statuses)


def _complete_operation(operation: dict[str, Any], handler: Any, path: str, method: str) -> None:
    permission = permission_of(handler)
    if permission is not None:
        operation["x-permission"] = permission
        operation["security"] = [{"session": []}]
    for status in refusals_of(handler, path, method):
        example = {
            "type": "https://billwright.example/problems/request",
            "title": "Refused",
            "status": int(status),
            "detail": REFUSALS[status],
            "request_id": "019aa4b0-7c1e-7d4a-8985-ba77e03f10d8",
        }
        operation["responses"][status] = {
            "description": REFUSALS[status],
            "content": {MEDIA_TYPE: {"schema": PROBLEM, "example": example}},
        }
