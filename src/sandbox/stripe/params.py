"""Reads request parameters by name and type, and refuses every one that nobody read.

A stand-in that ignored a misspelled parameter would let the mistake travel to the real service; Stripe refuses it,
so this does.
"""

from collections.abc import Collection

from sandbox.stripe.errors import StripeError, invalid_request
from sandbox.stripe.form import FormTree

_METADATA_KEYS = 50
_METADATA_KEY_LENGTH = 40
_METADATA_VALUE_LENGTH = 500


class Params:
    """One level of a decoded form. An empty value counts as absent, as it does for Stripe on creation."""

    def __init__(self, tree: FormTree, path: str = "") -> None:
        self._tree = tree
        self._path = path
        self._read: set[str] = set()
        self._below: list[Params] = []

    @property
    def keys(self) -> list[str]:
        """What the caller sent at this level, in the order sent."""
        return list(self._tree)

    def name(self, key: str) -> str:
        """The parameter's name as the caller wrote it, for messages."""
        return f"{self._path}[{key}]" if self._path else key

    def text(self, key: str, *, longest: int = 5_000) -> str | None:
        """The value, or None when it is absent or empty."""
        self._read.add(key)
        value = self._tree.get(key)
        if isinstance(value, dict):
            raise invalid_request(f"Invalid string: {self.name(key)}", param=self.name(key))
        if value and len(value) > longest:
            raise invalid_request(
                f"Invalid string: {self.name(key)} must be at most {longest} characters", param=self.name(key)
            )
        return value or None

    def required_text(self, key: str, *, longest: int = 5_000) -> str:
        """The value; its absence is refused."""
        value = self.text(key, longest=longest)
        if value is None:
            raise self._missing(key)
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        """The value, which must be one of ``allowed``, or None."""
        value = self.text(key)
        if value is not None and value not in allowed:
            raise invalid_request(
                f"Invalid {self.name(key)}: must be one of {', '.join(sorted(allowed))}", param=self.name(key)
            )
        return value

    def integer(self, key: str, *, least: int = 0, most: int = 99_999_999) -> int | None:
        """The value as a whole number within bounds, or None. Amounts are cents."""
        text = self.text(key)
        if text is None:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
            raise invalid_request(f"Invalid integer: {text}", param=self.name(key), code="parameter_invalid_integer")
        value = int(text)
        if not least <= value <= most:
            raise invalid_request(
                f"Invalid integer: {self.name(key)} must be between {least} and {most}",
                param=self.name(key),
                code="parameter_invalid_integer",
            )
        return value

    def required_integer(self, key: str, *, least: int = 0, most: int = 99_999_999) -> int:
        """The value as a whole number within bounds; its absence is refused."""
        value = self.integer(key, least=least, most=most)
        if value is None:
            raise self._missing(key)
        return value

    def group(self, key: str) -> "Params":
        """The parameters grouped under ``key``; an empty group when there are none."""
        self._read.add(key)
        value = self._tree.get(key, {})
        if isinstance(value, str):
            if value:
                raise invalid_request(f"Invalid object: {self.name(key)}", param=self.name(key))
            value = {}
        group = Params(value, self.name(key))
        self._below.append(group)
        return group

    def groups(self, key: str) -> "list[Params]":
        """The items of a list of groups, in order."""
        outer = self.group(key)
        return [outer.group(index) for index in outer.keys]

    def texts(self, key: str) -> list[str]:
        """The items of a list of values, in order."""
        outer = self.group(key)
        return [outer.required_text(index) for index in outer.keys]

    def metadata(self, key: str = "metadata") -> dict[str, str]:
        """The caller's own key and value pairs, within Stripe's limits (50 pairs, 40 and 500 characters)."""
        outer = self.group(key)
        if len(outer.keys) > _METADATA_KEYS:
            raise invalid_request(f"Metadata may have at most {_METADATA_KEYS} keys", param=self.name(key))
        pairs: dict[str, str] = {}
        for name in outer.keys:
            if len(name) > _METADATA_KEY_LENGTH:
                raise invalid_request(
                    f"Metadata keys may have at most {_METADATA_KEY_LENGTH} characters", param=outer.name(name)
                )
            value = outer.text(name, longest=_METADATA_VALUE_LENGTH)
            if value is not None:
                pairs[name] = value
        return pairs

    def refuse_unread(self) -> None:
        """Refuse the first parameter, at this level or below, that no reader asked for."""
        for key in self._tree:
            if key not in self._read:
                raise invalid_request(
                    f"Received unknown parameter: {self.name(key)}", param=self.name(key), code="parameter_unknown"
                )
        for group in self._below:
            group.refuse_unread()

    def _missing(self, key: str) -> StripeError:
        return invalid_request(
            f"Missing required param: {self.name(key)}.", param=self.name(key), code="parameter_missing"
        )
