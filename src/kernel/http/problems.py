"""What goes wrong, said once and in one form: RFC 9457 problem+json.

A refusal says what, where and what would be right. A surprise says that it was one and gives the request id; its cause goes to the
log as a place in the code, never to the answer. 400 is a request that cannot be read, 422 one that can and is refused by a rule.
"""

from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.status_codes import (
    HTTP_422_UNPROCESSABLE_ENTITY,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kernel.errors import AppError, FieldError
from kernel.http.bodies import JSON_BODY, too_large
from kernel.http.field_errors import body_errors, shape_only
from kernel.http.headers import request_id_of
from kernel.http.scoping import AnyRequest
from kernel.http.versions import VersionStale
from kernel.logging import error_place

TYPE_BASE = "https://billwright.example/problems/"
MEDIA_TYPE = "application/problem+json"
DATA_EXCEPTION = "22"
"""The class of SQLSTATEs that say a value itself cannot be stored, such as 22021 for a NUL character."""
WRONG_SHAPE = "Some fields are missing or have the wrong shape; `errors` says which, and what would be right."
_WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take that method; the Allow header names those it takes.",
}

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
            title=_title(error.slug),
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
            title=_title("request"),
            status=error.status_code,
            detail=_http_detail(error),
            request_id=request_id,
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
    away = _away(error)
    if away:
        return Problem(
            type=TYPE_BASE + "unavailable",
            title="Unavailable",
            status=HTTP_503_SERVICE_UNAVAILABLE,
            detail=away,
            request_id=request_id,
        )
    return Problem(
        type=TYPE_BASE + "surprise",
        title="Something went wrong on our side",
        status=HTTP_500_INTERNAL_SERVER_ERROR,
        detail="Nothing was changed. Try again; if it happens again, tell us the request id.",
        request_id=request_id,
    )


def _title(slug: str) -> str:
    """One title for each type, as RFC 9457 asks."""
    return "The request was not understood" if slug == "request" else slug.replace("-", " ").capitalize()


def answer_problem(request: AnyRequest, error: Exception) -> Response[Problem]:
    """The exception handler of every JSON route, and of addresses that no route has: those pass no middleware."""
    if isinstance(error, RequestEntityTooLarge):
        error = too_large(request.route_handler.resolve_request_max_body_size())
    problem = problem_of(error, request_id_of(request.scope))
    if isinstance(error, ValidationException):
        problem.errors = [*_parameter_errors(request, error), *_body_errors(request)]
    if problem.status >= HTTP_500_INTERNAL_SERVER_ERROR:
        log.error("request failed", status=problem.status, error=type(error).__name__, error_at=error_place(error))
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=refusal_headers(error))


def refusal_headers(error: Exception) -> dict[str, str]:
    """Headers that say how to go on: when to come back, which methods there are, which version there is, how to sign in."""
    headers = {}
    if isinstance(error, HTTPException) and error.headers and "allow" in error.headers:
        headers["Allow"] = error.headers["allow"]
    retry_after_seconds = getattr(error, "retry_after_seconds", None)
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    if isinstance(error, VersionStale):
        headers["ETag"] = error.version
    if isinstance(error, AppError) and error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="billwright"'
    return headers


def _is_nested_body(error: Exception) -> bool:
    """A body of thousands of brackets exhausts the decoder, which is the sender's doing and not a surprise."""
    return isinstance(error, RecursionError) and error_place(error).startswith("litestar.serialization.")


def _away(error: Exception) -> str:
    """What to say when the database is busy or gone; empty for anything else."""
    if isinstance(error, PoolTimeout):
        return "We are busier than usual. Nothing was changed; try again in a moment."
    if isinstance(error, OperationalError | InterfaceError | InternalError | ConnectionError):
        return (
            "We lost the database while answering. Look whether your change is there, or send it again with the same"
            " Idempotency-Key; it is then done once."
        )
    return ""


def _unstorable(error: Exception) -> str:
    """What was wrong with a value, where only the database could tell; empty for anything else."""
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    if isinstance(error, DBAPIError) and state.startswith(DATA_EXCEPTION):
        return "a value holds a character or a number that cannot be kept; leave out control characters"
    return ""


def _http_detail(error: HTTPException) -> str:
    if isinstance(error, ValidationException):
        return WRONG_SHAPE
    return _WORDS.get(error.status_code, "The request could not be read; compare it with the manual, /api/v1/openapi.")


def _parameter_errors(request: AnyRequest, error: ValidationException) -> list[FieldError]:
    """What Litestar says of query, path, headers and cookies, under the names that the caller knows them by."""
    handler = request.route_handler
    asking = [
        handler.parsed_fn_signature,
        *(one.parsed_fn_signature for one in handler.resolve_dependencies().values()),
    ]
    declared = {name: parameter for signature in asking for name, parameter in signature.parameters.items()}
    errors = []
    for item in error.extra if isinstance(error.extra, list) else ():
        parameter, message, source = (
            str(item.get("key", "")).partition(".")[0],
            str(item.get("message", "")),
            _source(item),
        )
        not_looked_at = message == repr(
            parameter
        )  # Litestar reports a KeyError of its own for what the handler did not ask for
        if parameter in declared and source is not None and not not_looked_at:
            name = getattr(declared[parameter].kwarg_definition, "name", None) or parameter
            errors.append(FieldError(f"/{name}", shape_only(message, declared[parameter].annotation), source))
    return errors


def _source(item: dict[str, Any]) -> Any:
    source = str(getattr(item.get("source"), "value", item.get("source")))
    return source if source in {"query", "path", "header", "cookie"} else None


def _body_errors(request: AnyRequest) -> list[FieldError]:
    """Every fault of a JSON body, where the route declares one and it was read."""
    body: bytes | None = request.scope["state"].get(JSON_BODY)
    declared = getattr(request.scope.get("route_handler"), "parsed_data_field", None)
    return body_errors(body, declared.annotation) if body is not None and declared is not None else []
