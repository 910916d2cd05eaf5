"""A segment kept as it was sent, with its position: the form of everything that has no typed place."""

from typing import Literal

import msgspec

KeptReason = Literal["unexpected", "unread", "unreadable"]


class Segment(msgspec.Struct, gc=False):
    """One segment: `elements[0]` is its id; `number` counts from 1 in the file; `offset` is its first byte.

    `reason` tells why it is kept beside typed values: `unexpected` has no typed place at all (writing puts it back),
    `unread` has a typed value but also elements no guide defines, `unreadable` has an element that could not be
    converted (the typed value is empty there). `loop` is the loop it was found in.
    """

    elements: list[str]
    number: int = 0
    offset: int = 0
    loop: str = ""
    reason: KeptReason = "unexpected"

    @property
    def id(self) -> str:
        """The segment id, such as ``CLP``."""
        return self.elements[0]

    def element(self, position: int) -> str:
        """Element by its guide number (1 is the first after the id); empty when absent."""
        return self.elements[position] if position < len(self.elements) else ""
