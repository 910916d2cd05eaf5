"""Form binding: a struct says what a form asks, field errors come out, what was typed stays.

A struct of msgspec fields describes the form. `bind` reads the posted text into it. Every text is stripped first; a
field without a default must be filled in. A form with errors keeps every value, so the same page can be shown again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec
import msgspec.inspect
from msgspec.structs import FieldInfo, fields

from kernel.money import cents_from_dollars

T = TypeVar("T", bound=msgspec.Struct)

_AMOUNT = re.compile(r"\$?\s?((?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{2})?)")

_LEADING_ZEROS = re.compile(r"^0+(?=[0-9])")
"""People write the third month as 03; numbers in JSON, and so in msgspec, may not."""


class FieldMessages(msgspec.Struct, frozen=True):
    """What a person reads under a field: when it was left empty, and when it cannot be right."""

    missing: str
    wrong: str


class Form(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A form as it stands: texts by field name, messages in the order asked, the result when whole."""

    values: dict[str, str]
    errors: dict[str, str] = {}
    result: T | None = None

    def with_error(self, field: str, message: str) -> Form[T]:
        """The same form, refused for one more reason; a field's first message stands."""
        errors = self.errors if field in self.errors else {**self.errors, field: message}
        ordered = {name: errors[name] for name in self.values if name in errors}
        return Form(values=self.values, errors=ordered, result=None)


def blank(kind: type[T], /, **values: str) -> Form[T]:
    """The form before anyone typed: defaults of the struct, and `values` over them. Nothing counts as an error yet."""
    return Form(values={field.name: values.get(field.name, _default_text(field)) for field in fields(kind)})


def bind(kind: type[T], posted: Mapping[str, str], messages: Mapping[str, FieldMessages]) -> Form[T]:
    """Reads posted texts into `kind`; each field that can fail needs its messages. Unknown names are ignored."""
    values = {field.name: posted.get(field.name, "").strip() for field in fields(kind)}
    accepted: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields(kind):
        text = values[field.name]
        if not text:
            if field.required:
                errors[field.name] = messages[field.name].missing
            continue
        try:
            accepted[field.name] = _read(text, field)
        except msgspec.ValidationError:
            errors[field.name] = messages[field.name].wrong
    return Form(values=values, errors=errors, result=None if errors else kind(**accepted))


def cents_from_text(text: str) -> int | None:
    """Cents from an amount as people type it (`20`, `$20`, `1,234.50`), or None when it is not one."""
    match = _AMOUNT.fullmatch(text.strip())
    return cents_from_dollars(match[1].replace(",", "")) if match else None


def _read(text: str, field: FieldInfo) -> Any:
    if isinstance(msgspec.inspect.type_info(field.type), msgspec.inspect.IntType):
        text = _LEADING_ZEROS.sub("", text)
    return msgspec.convert(text, field.type, strict=False)


def _default_text(field: FieldInfo) -> str:
    return "" if field.required else str(field.default)
