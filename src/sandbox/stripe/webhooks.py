"""Tells the receiver what happened: signed, at least once, with retries that back off."""

import asyncio
import hashlib
import hmac
import json
from contextlib import suppress

import httpx

from sandbox.stripe.clock import now_ms, now_seconds
from sandbox.stripe.store import Store

_AT_ONCE = 8
_ANSWER_WITHIN_SECONDS = 10
_FIRST_RETRY_MS = 250
_LONGEST_RETRY_MS = 60_000
# Stripe stops after three days: https://docs.stripe.com/webhooks#automatic-retries.
_GIVE_UP_AFTER_SECONDS = 3 * 24 * 3600


def signature_header(payload: str, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header: https://docs.stripe.com/webhooks#verify-manually."""
    signature = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signature}"


def retry_delay_ms(attempts: int) -> int:
    """How long to wait after the ``attempts``-th attempt failed: doubling from a quarter second to a minute."""
    return min(_FIRST_RETRY_MS << min(attempts - 1, 16), _LONGEST_RETRY_MS)


class Deliveries:
    """Delivers what is due, and sleeps until something is. Events arrive in no promised order, as with Stripe."""

    def __init__(self, store: Store, url: str, secret: str) -> None:
        self._store = store
        self._url = url
        self._secret = secret
        self._woken = asyncio.Event()
        # The receiver is on this machine; a proxy from the environment would not find it.
        self._client = httpx.AsyncClient(timeout=_ANSWER_WITHIN_SECONDS, trust_env=False)

    def wake(self) -> None:
        """Say that something new may be due."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with self._client:
            while True:
                self._woken.clear()
                due = self._store.due_deliveries(now_ms(), _AT_ONCE)
                if due:
                    await asyncio.gather(*(self.deliver(event_id) for event_id in due))
                else:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), self._seconds_to_next())

    async def deliver(self, event_id: str) -> int | None:
        """Deliver one event now, whatever came of it before; answers the receiver's status, None if unreachable."""
        event = self._store.find_any(event_id, self._store.account_of(event_id) or "")
        assert event is not None
        status = await self._post(json.dumps(event, indent=2))
        next_due_at_ms = None
        if status is not None and 200 <= status < 300:
            event["pending_webhooks"] = 0
            self._store.replace(event)
        elif now_seconds() - event["created"] < _GIVE_UP_AFTER_SECONDS:
            next_due_at_ms = now_ms() + retry_delay_ms(self._store.attempts(event_id) + 1)
        self._store.record_attempt(event_id, next_due_at_ms)
        return status

    async def _post(self, payload: str) -> int | None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(payload, self._secret, now_seconds()),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await self._client.post(self._url, content=payload.encode(), headers=headers)
        except httpx.HTTPError:
            return None
        return response.status_code

    def _seconds_to_next(self) -> float | None:
        next_due = self._store.next_delivery_ms()
        return None if next_due is None else max(next_due - now_ms(), 0) / 1000
