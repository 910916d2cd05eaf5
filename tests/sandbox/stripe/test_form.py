"""Stripe's form encoding, read back from what Stripe's library writes."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from sandbox.stripe.errors import StripeError
from sandbox.stripe.form import decode_form

names = st.text("abc_-.0 é€&=+%", min_size=1, max_size=4)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
items = st.lists(values | st.dictionaries(names, values, min_size=1, max_size=2), min_size=1, max_size=3)
trees = st.dictionaries(
    names, values | items | st.dictionaries(names, values | items, min_size=1, max_size=3), max_size=4
)


def as_decoded(value: Any) -> Any:
    """A parameter as the decoder shows it: lists by position."""
    if isinstance(value, list):
        return {str(position): as_decoded(item) for position, item in enumerate(value)}
    if isinstance(value, dict):
        return {name: as_decoded(item) for name, item in value.items()}
    return value


@given(trees)
def test_what_the_library_encodes_is_read_back(params: dict[str, Any]) -> None:
    assert decode_form(urlencode(list(_api_encode(params)))) == as_decoded(params)


def test_items_without_a_position_keep_their_order() -> None:
    assert decode_form("expand[]=a&expand[]=b") == {"expand": {"0": "a", "1": "b"}}


@pytest.mark.parametrize("encoded", ["a=1&a[b]=2", "a[b]=1&a=2", "[a]=1", "a]b=1", "a[b=1", "no-equals-sign"])
def test_what_cannot_be_nested_is_refused(encoded: str) -> None:
    with pytest.raises(StripeError) as refusal:
        decode_form(encoded)
    assert refusal.value.status == 400
