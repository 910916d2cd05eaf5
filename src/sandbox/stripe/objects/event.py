"""An event, the envelope of a webhook: https://docs.stripe.com/api/events/object."""

from typing import Any

# The version whose shapes this stand-in answers with; Stripe renders events in the account's version.
API_VERSION = "2026-10-28.endive"


def event(
    *,
    event_id: str,
    kind: str,
    subject: dict[str, Any],
    previous: dict[str, Any] | None,
    account: str,
    created: int,
    request_id: str | None,
    idempotency_key: str | None,
) -> dict[str, Any]:
    """What happened to ``subject``; ``previous`` holds the fields it changed, as they were.

    Only events of connected accounts name an account.
    """
    data: dict[str, Any] = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    body: dict[str, Any] = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": request_id, "idempotency_key": idempotency_key},
        "type": kind,
    }
    if account:
        body["account"] = account
    return body
