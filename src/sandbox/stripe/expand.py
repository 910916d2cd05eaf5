"""``expand[]``: ids within an answer replaced by the objects they name: https://docs.stripe.com/api/expanding_objects."""

from typing import Any

from sandbox.stripe.errors import StripeError, invalid_request
from sandbox.stripe.store import Store


def expanded(store: Store, account: str, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """``body`` with every path (``payment_intent.latest_charge``, in lists ``data.…``) expanded in place.

    Raises:
        StripeError: 400, a path leads to something that is not an id.
    """
    for path in paths:
        _expand(store, account, body, path.split("."), path)
    return body


def lines_of(store: Store, session_id: str) -> dict[str, Any]:
    """The lines of a checkout session as a list object."""
    return {
        "object": "list",
        "data": store.children("item", session_id),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def _expand(store: Store, account: str, node: dict[str, Any], steps: list[str], path: str) -> None:
    step, *rest = steps
    if step == "line_items" and node.get("object") == "checkout.session":
        node[step] = lines_of(store, node["id"])
    if step not in node:
        raise _not_expandable(path)
    if isinstance(node[step], str):
        found = store.find_any(node[step], account)
        if found is None:
            raise _not_expandable(path)
        node[step] = found
    if rest:
        below = node[step]
        for item in below if isinstance(below, list) else [below]:
            # What is absent (a session not paid yet has no payment intent) has nothing below it to expand.
            if item is not None:
                _expand(store, account, item, rest, path)


def _not_expandable(path: str) -> StripeError:
    return invalid_request(f"This property cannot be expanded ({path}).", param="expand")
