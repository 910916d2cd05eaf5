"""The same key and request give the same answer and happen once: https://docs.stripe.com/api/idempotent_requests."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, idempotency_conflict
from sandbox.stripe.store import Answer, Store


class Reply(NamedTuple):
    """An answer's status and JSON text, and whether it was given before."""

    status: int
    body: str
    replayed: bool


def once(store: Store, call: Call, act: Callable[[], dict[str, Any]]) -> Reply:
    """Do ``act`` and remember its answer, a refusal included; or answer as before.

    Only requests that were understood come here, so a request refused for its form may be mended and sent again
    under the same key, as with Stripe.

    Raises:
        StripeError: 400 ``idempotency_error``, the key was used with another address or other parameters.
    """
    account, key = call.cause.account, call.cause.idempotency_key
    with store.transaction():
        earlier = None if key is None else store.answer(account, key)
        if earlier is not None:
            _refuse_other_request(earlier, call)
            return Reply(earlier.status, earlier.body, replayed=True)
        try:
            with store.attempt():
                status, body = 200, json.dumps(act(), indent=2)
        except StripeError as refusal:
            status, body = refusal.status, json.dumps(refusal.body(), indent=2)
        if key is not None:
            store.remember_answer(account, key, Answer(call.path, call.fingerprint, status, body))
        return Reply(status, body, replayed=False)


def _refuse_other_request(earlier: Answer, call: Call) -> None:
    if earlier.path != call.path:
        raise idempotency_conflict(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{earlier.path}' vs '{call.path}'). Try using a key other than "
            f"'{call.cause.idempotency_key}' if you meant to execute a different request."
        )
    if earlier.fingerprint != call.fingerprint:
        raise idempotency_conflict(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{call.cause.idempotency_key}' if you meant to execute a different request."
        )
