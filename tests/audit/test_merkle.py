"""Merkle trees after RFC 6962, against that document's own recursive definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import leaf_hash, paths_of, root_by_path, root_of


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) of section 2.1: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("count", [*range(35), 64, 65, 127, 128, 129])
def test_the_root_is_that_of_the_definition(count: int) -> None:
    assert root_of(leaves_of(count)) == by_definition(leaves_of(count))


def test_known_hashes() -> None:
    """Of RFC 9162's empty tree and leaf."""
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@given(st.integers(1, 70), st.data())
def test_a_path_leads_to_the_root_from_its_own_place_only(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    place = data.draw(st.integers(0, count - 1))
    path = paths_of(leaves)[place]
    assert root_by_path(leaves[place], place, count, path) == root_of(leaves)
    other = data.draw(st.integers(-1, count))
    if other != place:
        assert root_by_path(leaves[place], other, count, path) != root_of(leaves)
    assert root_by_path(leaf_hash(b"another"), place, count, path) != root_of(leaves)
    assert root_by_path(leaves[place], place, count, [*path, leaves[0]]) is None
