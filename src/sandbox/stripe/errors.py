"""Refusals in Stripe's shape: HTTP status, error type, code, parameter and a sentence.

Source of types and codes: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes.
"""

from typing import Any


class StripeError(Exception):
    """A refusal that is sent to the caller as ``{"error": {...}}``."""

    def __init__(
        self, status: int, kind: str, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """The answer's JSON; absent parts are left out, as Stripe does."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def invalid_request(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """400: the request cannot be carried out as written."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param)


def no_such_object(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> StripeError:
    """404 for an id in the address, 400 (pass ``status``) for an id in the parameters."""
    return StripeError(
        status, "invalid_request_error", f"No such {kind}: '{object_id}'", code="resource_missing", param=param
    )


def unknown_address(method: str, path: str) -> StripeError:
    """404: the address is not part of the API that this stand-in speaks."""
    return StripeError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")


def unauthorized(message: str) -> StripeError:
    """401: no key, or not a test-mode secret key."""
    return StripeError(401, "invalid_request_error", message)


def idempotency_conflict(message: str) -> StripeError:
    """400: an idempotency key came back with another request."""
    return StripeError(400, "idempotency_error", message)
