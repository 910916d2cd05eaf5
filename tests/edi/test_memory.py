"""Memory does not grow with a file or with one of its sets: what was read and checked is let go. See `bench/x12_memory.py`."""

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

import pytest
from bench.x12_files import claim_pieces, remittance_pieces

from edi.check import check

MOST_GROWTH = 1 << 18
"""Bytes; the claims of the larger file would take at least ten times as much."""


def held_while_checking(pieces: Iterable[bytes]) -> int:
    """The most memory that checking held at once, in bytes."""
    gc.collect()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert check(pieces).ok
    return tracemalloc.get_traced_memory()[1] - before


@pytest.mark.parametrize("make", [remittance_pieces, claim_pieces], ids=["835", "837P"])
@pytest.mark.parametrize("claims_per_set", [1_200, 100], ids=["one set", "many sets"])
def test_a_file_four_times_as_large_needs_no_more(make: Callable[..., Iterator[bytes]], claims_per_set: int) -> None:
    check(make(1_200, claims_per_set=claims_per_set))
    tracemalloc.start()
    try:
        small = held_while_checking(make(300, claims_per_set=claims_per_set))
        large = held_while_checking(make(1_200, claims_per_set=claims_per_set))
    finally:
        tracemalloc.stop()
    assert large - small < MOST_GROWTH
