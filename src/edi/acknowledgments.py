"""What a 999 says, as values: the answer to a group, to each of its sets, and to segments and elements at fault."""

import msgspec

from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.segment import Segment

ACCEPTED_CODES = frozenset({"A", "E"})


class ElementError(msgspec.Struct):
    """IK4: an element at fault. `code` is IK403."""

    position: str
    """``3`` for an element, ``5-1`` for a component."""
    code: str
    text: str = ""
    reference: str = ""
    """IK402: the element's number in the dictionary of X12."""
    contexts: list[list[str]] = []
    """CTX segments as sent, without their id."""


class SegmentError(msgspec.Struct):
    """IK3: a segment at fault, counted from ST as 1. `code` is IK304."""

    segment_id: str
    position: int
    loop: str = ""
    code: str = ""
    elements: list[ElementError] = []
    contexts: list[list[str]] = []
    """CTX segments as sent, without their id: what the sender says about the place."""

    @property
    def claim_control_number(self) -> str:
        """CLM01 of the claim the segment belongs to, where a context names it."""
        named = (context[0] for context in self.contexts if context and context[0].startswith("CLM01"))
        return next((text[6:] for text in named), "")


class SetResponse(msgspec.Struct):
    """AK2 to IK5: what became of one transaction set."""

    set_id: str
    control_number: str
    version: str = ""
    code: str = "A"
    """IK501: A accepted, E accepted with errors, R rejected, M, W, X rejected for security."""
    reasons: list[str] = []
    errors: list[SegmentError] = []

    @property
    def is_accepted(self) -> bool:
        """Whether the set goes on to the payer."""
        return self.code in ACCEPTED_CODES


class Acknowledgment(msgspec.Struct, kw_only=True):
    """One 999: the answer to one functional group."""

    functional_code: str = ""
    group_control_number: str = ""
    version: str = ""
    code: str = "A"
    """AK901: A accepted, E accepted with errors, P partly, R rejected."""
    included_count: int | None = None
    """AK902: the sets the group announced; None where as many are answered."""
    received_count: int = 0
    accepted_count: int = 0
    reasons: list[str] = []
    """AK905 to AK909: what is wrong with the group itself."""
    responses: list[SetResponse] = []
    transaction: TransactionSet | None = None
    kept: list[Segment] = []
    problems: list[Finding] = []

    @property
    def is_group_rejected(self) -> bool:
        """Whether the group as a whole was refused, whatever is said of single sets."""
        return self.code == "R"
