"""A caller of the stand-in: Stripe's own library, and the session this suite opens over and over."""

from typing import Any

import stripe
from stripe.checkout import Session

SUCCESS_URL = "http://127.0.0.1:9/paid?checkout={CHECKOUT_SESSION_ID}"
CANCEL_URL = "http://127.0.0.1:9/bill"


class HttpxClient(stripe.HTTPXClient):
    """The library's own client, without its deprecated way of handing httpx a body."""

    def _get_request_args_kwargs(self, method: str, url: str, headers: Any, post_data: Any) -> list[Any]:
        return [(method, url), {"headers": headers, "content": post_data or b"", "timeout": 20}]


class Shop:
    """One API key's worth of calls."""

    def __init__(self, url: str, api_key: str = "sk_test_shop") -> None:
        self._http = HttpxClient()
        client = stripe.StripeClient(api_key, base_addresses={"api": url}, http_client=self._http)
        self.v1 = client.v1

    async def open(self, *, key: str | None = None, account: str | None = None, **changes: Any) -> Session:
        """A session for one bill of $86.40, with `changes` to its parameters."""
        options: dict[str, str] = {}
        if key is not None:
            options["idempotency_key"] = key
        if account is not None:
            options["stripe_account"] = account
        params = {**session_params(), **changes}
        return await self.v1.checkout.sessions.create_async(params, options)  # type: ignore[arg-type]

    async def close(self) -> None:
        await self._http.close_async()


def session_params() -> dict[str, Any]:
    """Everything the product sends."""
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": "usd", "unit_amount": 8640, "product_data": {"name": "Bill 1042"}},
            }
        ],
        "client_reference_id": "intent-1",
        "metadata": {"bill": "1042"},
        "payment_intent_data": {"description": "Bill 1042", "metadata": {"intent_id": "intent-1"}},
        "branding_settings": {"display_name": "Juniper Family Medicine"},
        "success_url": SUCCESS_URL,
        "cancel_url": CANCEL_URL,
    }
