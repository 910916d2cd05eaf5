"""Merkle trees over a batch of hashes (RFC 6962, section 2.1): root, audit paths, and the root a path leads to. Pure."""

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"
"""Prefixes that keep a leaf from being passed off as a node."""


def leaf_hash(content: bytes) -> bytes:
    """SHA-256 of a leaf's content."""
    return hashlib.sha256(LEAF + content).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    return _levels(leaves)[-1][0]


def paths_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """For each leaf the hashes that lead from it to the root, nearest first."""
    levels = _levels(leaves)[:-1] if leaves else []
    return [
        [level[beside] for height, level in enumerate(levels) if (beside := place >> height ^ 1) < len(level)]
        for place in range(len(leaves))
    ]


def root_by_path(leaf: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's path leads to in a tree of this size; None when the path does not fit the place."""
    if not 0 <= place < size:
        return None
    rest = list(path)
    while size > 1:
        if place ^ 1 < size:
            if not rest:
                return None
            beside = rest.pop(0)
            leaf = _node(beside, leaf) if place % 2 else _node(leaf, beside)
        place, size = place // 2, (size + 1) // 2
    return None if rest else leaf


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels, leaves first. Pairing from the left and carrying a last odd hash upwards gives RFC 6962's tree."""
    levels = [list(leaves)]
    sha256 = hashlib.sha256
    while len(levels[-1]) > 1:
        level = levels[-1]
        above = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        levels.append(above)
    return levels
