"""Examples out of schemas: every value that an operation takes or answers, put together from `app.manual.words`.

An example that a type declares itself (`msgspec.Meta(examples=...)`) stands before the words, except where the words speak of that
very field of that very type. The same field has the same id all over the document.
"""

from collections.abc import Mapping
from typing import Any

from app.manual.words import WORDS
from kernel.ids import named_id

Schema = Mapping[str, Any]
PREFIX = "#/components/schemas/"
INSTANT = "2026-03-02T15:04:05Z"
DATE = "2026-03-02"
_MISSING = object()


def example_of(schema: Schema, shapes: Mapping[str, Schema], owner: str = "", field: str = "") -> Any:
    """An example of a schema; `shapes` are the document's components, `owner` and `field` say where the value stands."""
    for word in (WORDS.get(f"{owner}.{field}", _MISSING), *schema.get("examples", ()), WORDS.get(field, _MISSING)):
        if word is not _MISSING:
            return word
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(PREFIX)
        if "enum" in shapes[name]:
            return _scalar(shapes[name], field)
        fields: Mapping[str, Schema] = shapes[name].get("properties", {})
        return {one: example_of(shape, shapes, name, one) for one, shape in fields.items()}
    if "oneOf" in schema:
        chosen = next(one for one in schema["oneOf"] if one.get("type") != "null")
        return example_of(chosen, shapes, owner, field)
    if schema.get("type") == "array":
        return [example_of(schema["items"], shapes, owner, field)]
    return _scalar(schema, field)


def _scalar(schema: Schema, field: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "default" in schema:
        return schema["default"]
    formats = {"uuid": str(named_id("manual", field)), "date-time": INSTANT, "date": DATE}
    by_type = {"boolean": False, "integer": 12_500 if field.endswith("_cents") else 1, "null": None}
    return by_type.get(str(schema.get("type")), formats.get(str(schema.get("format")), "text"))
