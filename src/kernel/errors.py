"""The families of expected refusal. Anything else that is raised is a surprise, and a surprise is a 500.

A message names what was wrong, where, and what would be right. It holds ids and codes, never personal data, SQL or file contents,
because it may be shown to a person, logged and put in an audit event.
"""

from typing import ClassVar, Literal

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One faulty field: `pointer` is a JSON pointer (RFC 6901) into the `source`, `message` says what would be right."""

    pointer: str
    message: str
    source: Literal["body", "query", "path", "header", "cookie"] = "body"


class AppError(Exception):
    """A refusal that a person can act on. `slug` is the stable last part of the problem `type`; `status` its HTTP status."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "error"

    def __init__(self, message: str, *, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class NotFound(AppError):
    """Nothing of that id is visible to this scope. Another tenant's row and no row at all read the same."""

    status = 404
    slug = "not-found"


class Malformed(AppError):
    """The request cannot be read: broken JSON, a field of another type, a cursor that is not ours. `fields` say where."""

    status = 400
    slug = "request"


class Unauthenticated(AppError):
    """Nobody is signed in, or the sign-in failed. Unknown account and wrong secret read the same."""

    status = 401
    slug = "sign-in-required"


class Forbidden(AppError):
    """The person is known and in scope, and their role does not allow this."""

    status = 403
    slug = "not-permitted"


class Conflict(AppError):
    """The request is sound, and the present state refuses it."""

    status = 409
    slug = "conflict"


class Invalid(AppError):
    """The request can be read, and what it says is refused by a rule; `fields` say where."""

    status = 422
    slug = "invalid"


class TooLarge(AppError):
    """The body is over the limit that the message names."""

    status = 413
    slug = "too-large"


class TooMany(AppError):
    """Too many attempts; `retry_after_seconds` says how long to wait."""

    status = 429
    slug = "too-many-attempts"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(AppError):
    """Something outside did not answer. Trying again later may work, and jobs do so by themselves."""

    status = 503
    slug = "unavailable"
