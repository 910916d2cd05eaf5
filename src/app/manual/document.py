"""Completes what Litestar derives from the routes, and serves it.

Permission, proof, refusals and files of an operation follow from how its route is declared, so that the manual cannot forget one.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.plugins import JsonRenderPlugin

from app.manual.examples import PREFIX, example_of
from app.manual.refusals import add_refusals
from app.manual.sign_in import permission_of, schemes, security_of
from kernel.http.problems import Problem
from kernel.http.scoping import AnyRequest
from kernel.http.versions import is_single

COMPONENTS = PREFIX + "{name}"
JSON = "application/json"


class CompletedJson(JsonRenderPlugin):
    """Serves the completed description. `cookie` is the name of the session's cookie."""

    def __init__(self, *, path: list[str], cookie: str) -> None:
        super().__init__(path=path)
        self._cookie = cookie
        self._served = b""

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON; it is made once."""
        if not self._served:
            self._served = msgspec.json.encode(complete(request.app, openapi_schema, cookie=self._cookie))
        return self._served


def complete(app: Litestar, described: dict[str, Any], *, cookie: str) -> dict[str, Any]:
    """The description with what every operation asks for, takes, answers and refuses."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))
    (_, problem) = msgspec.json.schema_components([Problem], ref_template=COMPONENTS)
    shapes = document["components"].setdefault("schemas", {})
    shapes.update(problem)
    _name_no_durations(shapes)
    document["components"]["securitySchemes"] = schemes(cookie)
    for route in app.routes:
        operations = document["paths"].get(route.path_format, {})
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                if method.lower() in operations:
                    _complete_operation(operations[method.lower()], handler, route.path_format, method, shapes)
    return document


def _name_no_durations(shapes: dict[str, Any]) -> None:
    """Litestar takes a time of day for a duration; ours have no zone, and JSON Schema has no format for such a time."""
    for shape in shapes.values():
        for field in shape.get("properties", {}).values():
            if field.get("format") == "duration":
                del field["format"]


def _complete_operation(
    operation: dict[str, Any], handler: Any, path: str, method: str, shapes: dict[str, Any]
) -> None:
    permission = permission_of(handler)
    if permission is not None:
        operation["x-permission"] = permission
    operation["security"] = security_of(handler)
    _add_files(operation, handler)
    if method == "GET" and is_single(handler):
        _add_version(operation)
    for answer in operation["responses"].values():
        _complete_answer(answer, shapes, operation["operationId"])
    if JSON in (body := operation.get("requestBody", {}).get("content", {})):
        _close(body[JSON]["schema"], shapes)
        body[JSON]["example"] = example_of(body[JSON]["schema"], shapes)
    add_refusals(operation, handler, path, method, signs_in=bool(operation["security"]))


def _close(schema: dict[str, Any], shapes: dict[str, Any]) -> None:
    """What is sent has no fields but these, as the types of bodies say (`forbid_unknown_fields`)."""
    if "$ref" in schema:
        schema = shapes[schema["$ref"].removeprefix(PREFIX)]
    if "properties" in schema:
        schema["additionalProperties"] = False
    parts = [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
    for part in [*parts, schema["items"]] if "items" in schema else parts:
        _close(part, shapes)


def _add_files(operation: dict[str, Any], handler: Any) -> None:
    """A file is bytes of its own media type, which its Python type does not tell."""
    bytes_of = {"schema": {"type": "string", "format": "binary"}}
    if media_type := handler.opt.get("takes_file"):
        operation["requestBody"] = {"required": True, "content": {media_type: bytes_of}}
    if media_types := handler.opt.get("sends_file"):
        operation["responses"]["200"]["content"] = dict.fromkeys(media_types, bytes_of)


def _add_version(operation: dict[str, Any]) -> None:
    """A single read carries its version, and is not sent again to who has it."""
    text = {"type": "string"}
    held = "The ETag of what you have; 304 when it is what there is."
    operation.setdefault("parameters", []).append(
        {"name": "If-None-Match", "in": "header", "required": False, "description": held, "schema": text}
    )
    answers = operation["responses"]
    answers["200"].setdefault("headers", {})["ETag"] = {"description": "The version of what was read.", "schema": text}
    answers["304"] = {"description": "Nothing has changed since the version that If-None-Match names."}


def _complete_answer(answer: dict[str, Any], shapes: dict[str, Any], operation_id: str) -> None:
    """An example for what is answered; an answer of nothing has no content."""
    content = answer.get("content", {})
    if JSON not in content:
        return
    schema = content[JSON]["schema"]
    if schema.get("type") == "null":
        del answer["content"]
    else:
        content[JSON]["example"] = example_of(schema, shapes, operation_id, "answer")
