"""One API request, authenticated and decoded."""

import hashlib
import re
from typing import Any, NamedTuple

from litestar import Request

from sandbox.stripe.cause import Cause
from sandbox.stripe.errors import invalid_request, unauthorized
from sandbox.stripe.form import decode_form
from sandbox.stripe.ids import derived_id, fresh_seed
from sandbox.stripe.params import Params

_SECRET_KEY = re.compile(r"sk_test_[A-Za-z0-9_]+")
_LONGEST_KEY = 255


class Call(NamedTuple):
    """What the endpoints read of a request."""

    cause: Cause
    path: str
    params: Params
    fingerprint: str


async def read_call(request: Request[Any, Any, Any]) -> Call:
    """Authenticate and decode a request; parameters come from the body of a POST, else from the query.

    Raises:
        StripeError: 401 without a test-mode secret key, 400 when the encoding cannot be read.
    """
    _authenticate(request.headers.get("authorization", ""))
    key = request.headers.get("idempotency-key") or None
    if key is not None and len(key) > _LONGEST_KEY:
        raise invalid_request(f"Idempotency keys may have at most {_LONGEST_KEY} characters.")
    account = request.headers.get("stripe-account", "")
    seed = key if key is not None and request.method == "POST" else fresh_seed()
    try:
        encoded = (await request.body() if request.method == "POST" else request.scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise invalid_request("Invalid request: the parameters must be UTF-8.") from None
    return Call(
        cause=Cause(account, seed, derived_id("request", account, seed), key),
        path=request.url.path,
        params=Params(decode_form(encoded)),
        fingerprint=hashlib.sha256(encoded.encode()).hexdigest(),
    )


def _authenticate(header: str) -> None:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if not _SECRET_KEY.fullmatch(key.strip()):
        raise unauthorized(f"Invalid API Key provided: {key[:3]}***. This stand-in takes test-mode secret keys.")
