"""What may be typed: arguments and options of commands take what the API takes, and say what that is."""

from typing import Any

import click
import msgspec

from tenancy.public import DisplayName, Email, KeyName, Reason, Slug


class Shaped(click.ParamType[str]):
    """A text of one shape; anything else is refused with what would be right, as a mistake in the command (exit code 2)."""

    def __init__(self, name: str, shape: Any, right: str) -> None:
        self.name, self._shape, self._right = name, shape, right

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text itself, without blanks around it."""
        try:
            return str(msgspec.convert(value.strip(), self._shape))
        except msgspec.ValidationError:
            self.fail(self._right, param, ctx)


EMAIL = Shaped("email", Email, "an e-mail address, such as ana@northgate.example")
NAME = Shaped("name", DisplayName, "a name of 1 to 120 characters")
KEY_NAME = Shaped("name", KeyName, "a name of 1 to 80 characters")
REASON = Shaped("text", Reason, "a reason of 1 to 300 characters, without anybody's personal data")
SLUG = Shaped("slug", Slug, "small letters, digits and hyphens, beginning with a letter or digit; 60 at most")
