"""How an operation may refuse, as the declaration of its route tells: no operation can forget one."""

from typing import Any

from kernel.errors import (
    AppError,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from kernel.http.bodies import UnsupportedMedia
from kernel.http.problems import MEDIA_TYPE, WRONG_SHAPE, problem_of
from kernel.http.scoping import SIGN_IN
from kernel.http.versions import VersionNeeded, VersionStale, takes_version

REQUEST_ID = "019aa4b0-7c1e-7d4a-8985-ba77e03f10d8"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ANY_REFUSAL = {
    "description": "Refused, or failed: what, where and what would be right (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": PROBLEM}},
}
REFUSALS: dict[str, tuple[str, Exception]] = {
    "400": (
        "The request cannot be read.",
        Malformed(WRONG_SHAPE, fields=(FieldError("/npi", "Expected `string`, got `integer`"),)),
    ),
    "401": ("Nobody is signed in, or the key opens nothing.", Unauthenticated(SIGN_IN)),
    "403": (
        "The role or key held does not include the permission, or the request came from another site.",
        Forbidden("your role does not include claims:submit; an administrator of the company can grant it"),
    ),
    "404": (
        "There is no such thing here for the caller.",
        NotFound("there is no such practice, or you have no access to it"),
    ),
    "409": (
        "The present state refuses it.",
        Conflict("this Idempotency-Key was used for another request; use a new key for a new request"),
    ),
    "412": (
        "It has changed since the version that If-Match names; `ETag` is the version there is.",
        VersionStale("this was changed since you read it, and nothing was done: read it again", version=""),
    ),
    "413": ("The body is too large.", TooLarge("the body is over 1,000,000 bytes, the most that this address takes")),
    "415": (
        "The body is not JSON.",
        UnsupportedMedia("this address takes JSON; send it with Content-Type: application/json"),
    ),
    "422": ("A rule refuses what the request says.", Invalid("the NPI's check digit is wrong; look it up again")),
    "428": (
        "If-Match is missing: read first, and send the ETag.",
        VersionNeeded("read what you mean to change first, and send its ETag as If-Match"),
    ),
    "429": (
        "Too many requests; `Retry-After` says how long to wait.",
        TooMany("too many requests; wait as long as Retry-After says", retry_after_seconds=1),
    ),
    "500": ("Something went wrong on our side; nothing was changed.", RuntimeError()),
}
"""By status: when it is answered, and an error that is answered so."""


def add_refusals(operation: dict[str, Any], handler: Any, path: str, method: str, *, signs_in: bool) -> None:
    """Enter an operation's refusals; Litestar's own 400 describes an answer that nobody gets here."""
    responses = operation["responses"]
    responses.pop("400", None)
    responses |= {"4XX": ANY_REFUSAL, "5XX": ANY_REFUSAL}
    for status in _refusals_of(handler, path, method, signs_in=signs_in):
        description, error = REFUSALS[status]
        responses[status] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": PROBLEM, "example": _example(error)}},
        }


def _refusals_of(handler: Any, path: str, method: str, *, signs_in: bool) -> list[str]:
    statuses = {"400", "429", "500"}
    if signs_in:
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


def _example(error: Exception) -> dict[str, Any]:
    problem = problem_of(error, REQUEST_ID)
    told = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": problem.request_id,
    }
    if isinstance(error, AppError) and error.fields:
        told["errors"] = [
            {"pointer": one.pointer, "message": one.message, "source": one.source} for one in error.fields
        ]
    return told
