"""Stripe's form encoding, ``line_items[0][price_data][currency]=usd``, read into a tree."""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from sandbox.stripe.errors import invalid_request

FormTree: TypeAlias = "dict[str, str | FormTree]"

_NAME = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_MAX_FIELDS = 2_000


def decode_form(encoded: str) -> FormTree:
    """Nest the fields of a query string or form body; list items become keys ``"0"``, ``"1"``, in order.

    Raises:
        StripeError: malformed encoding, or one name used both as a value and as a group.
    """
    try:
        fields = parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(encoded), max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise invalid_request("Invalid request: the body must be application/x-www-form-urlencoded.") from None
    tree: FormTree = {}
    for name, value in fields:
        _place(tree, name, value)
    return tree


def _place(tree: FormTree, name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid_request(f"Invalid parameter name: {name}", param=name)
    *groups, leaf = name.replace("]", "").split("[")
    node = tree
    for group in groups:
        below = node.setdefault(group or str(len(node)), {})
        if isinstance(below, str):
            raise invalid_request(f"Invalid parameter: {name} is both a value and a group.", param=name)
        node = below
    leaf = leaf or str(len(node))
    if isinstance(node.get(leaf), dict):
        raise invalid_request(f"Invalid parameter: {name} is both a value and a group.", param=name)
    node[leaf] = value
