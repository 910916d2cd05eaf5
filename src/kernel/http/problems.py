"""What goes wrong, said once and in one form: RFC 9457 problem+json.

A refusal says what, where and what would be right. A surprise says that it was one and gives the request id; its cause goes to the
log as a place in the code, never to the answer.
"""

from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY, HTTP_500_INTERNAL_SERVER_ERROR
from sqlalchemy.exc import DBAPIError

from kernel.errors import AppError, FieldError
from kernel.http.middleware import SECURITY_HEADERS
from kernel.http.scoping import AnyRequest
from kernel.ids import new_id
from kernel.logging import error_place

TYPE_BASE = "https://billwright.example/problems/"
MEDIA_TYPE = "application/problem+json"
DATA_EXCEPTION = "22"
"""The class of SQLSTATEs that say a value itself cannot be stored, such as 22021 for a NUL character."""

log = structlog.get_logger("http")


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] = []


def problem_of(error: Exception, request_id: str) -> Problem:
    """Put an error into words that are safe to show."""
    if isinstance(error, AppError):
        return Problem(
            type=TYPE_BASE + error.slug,
            title=error.slug.replace("-", " ").capitalize(),
            status=error.status,
            detail=error.message,
            request_id=request_id,
            errors=list(error.fields),
        )
    if _is_nested_body(error):
        error = ClientException()
    if isinstance(error, HTTPException) and error.status_code < HTTP_500_INTERNAL_SERVER_ERROR:
        return Problem(
            type=TYPE_BASE + "request",
            title="The request was not understood",
            status=error.status_code,
            detail=_http_detail(error),
            request_id=request_id,
            errors=_field_errors(error),
        )
    unstorable = _unstorable(error)
    if unstorable:
        return Problem(
            type=TYPE_BASE + "invalid",
            title="Invalid",
            status=HTTP_422_UNPROCESSABLE_ENTITY,
            detail=unstorable,
            request_id=request_id,
        )
    return Problem(
        type=TYPE_BASE + "surprise",
        title="Something went wrong on our side",
        status=HTTP_500_INTERNAL_SERVER_ERROR,
        detail="Nothing was changed. Try again; if it happens again, tell us the request id.",
        request_id=request_id,
    )


def answer_problem(request: AnyRequest, error: Exception) -> Response[Problem]:
    """The exception handler of every JSON route, and of addresses that no route has: those pass no middleware."""
    request_id = str(getattr(request.state, "request_id", None) or new_id())
    problem = problem_of(error, request_id)
    if problem.status >= HTTP_500_INTERNAL_SERVER_ERROR:
        log.error("request failed", status=problem.status, error=type(error).__name__, error_at=error_place(error))
    headers = {**SECURITY_HEADERS, "X-Request-Id": request_id}
    retry_after_seconds = getattr(error, "retry_after_seconds", None)
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _is_nested_body(error: Exception) -> bool:
    """A body of thousands of brackets exhausts the decoder, which is the sender's doing and not a surprise."""
    return isinstance(error, RecursionError) and error_place(error).startswith("litestar.serialization.")


def _unstorable(error: Exception) -> str:
    """What was wrong with a value, where only the database could tell; empty for anything else."""
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    if isinstance(error, DBAPIError) and state.startswith(DATA_EXCEPTION):
        return "a value holds a character or a number that cannot be kept; leave out control characters"
    return ""


def _http_detail(error: HTTPException) -> str:
    if isinstance(error, ValidationException):
        return "Some fields are missing or have the wrong shape."
    return {404: "There is nothing at this address.", 405: "This address does not take that method."}.get(
        error.status_code, "The request could not be read."
    )


def _field_errors(error: HTTPException) -> list[FieldError]:
    extra: Any = error.extra if isinstance(error, ValidationException) else None
    if not isinstance(extra, list):
        return []
    return [
        FieldError(
            pointer="/" + str(item.get("key", "")).replace(".", "/"), message=_shape_only(str(item.get("message", "")))
        )
        for item in extra
    ]


def _shape_only(message: str) -> str:
    """msgspec's messages name types and paths; anything else might quote the input and is replaced."""
    return (
        message if message.startswith(("Expected ", "Object missing ", "Invalid ")) else "This value is not valid here."
    )
