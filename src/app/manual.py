"""The OpenAPI document, with refusals as the application answers them: problem+json of one shape, at every address."""

import dataclasses
from typing import Any

import msgspec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import OpenAPI

from kernel.http.problems import MEDIA_TYPE, Problem

_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_COMPONENTS = "#/components/schemas/{name}"
_REFUSAL = {
    "description": "Refused, or failed: what, where and what would be right (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _COMPONENTS.format(name="Problem")}}},
}


class ManualConfig(OpenAPIConfig):
    """Litestar's, making a `Manual`."""

    def to_openapi_schema(self) -> OpenAPI:
        """The document before routes are entered into it."""
        made = super().to_openapi_schema()
        return Manual(**{field.name: getattr(made, field.name) for field in dataclasses.fields(made)})


class Manual(OpenAPI):
    """Litestar describes its own refusals, which nobody gets here; ours take their place."""

    def to_schema(self) -> dict[str, Any]:
        """The document as it is served."""
        document = super().to_schema()
        (_, shapes) = msgspec.json.schema_components([Problem], ref_template=_COMPONENTS)
        document.setdefault("components", {}).setdefault("schemas", {}).update(shapes)
        for path in document.get("paths", {}).values():
            for method in _METHODS & path.keys():
                responses = path[method]["responses"]
                responses.pop("400", None)
                responses |= {"4XX": _REFUSAL, "5XX": _REFUSAL}
        return document
