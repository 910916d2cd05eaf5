"""What is wrong with a file: where, how bad, and what would be right. A finding never repairs data."""

from collections.abc import Iterator
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "info"]


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One observation about a file, stable enough to be counted, acknowledged and filtered by `code`.

    `level`: 1 syntax, 2 guide, 3 balancing, 4 situations, 5 external codes. `segment` counts from 1 at the start of
    the file, `set_segment` from 1 at the ST (0 outside a transaction). `offset` is the byte offset of the segment.
    `element` names the position as guides do (``CLP03``, ``SVC01-2``), empty when the whole segment is meant.
    `text` is what was found and may be personal; `message` and `expected` never repeat it.
    """

    code: str
    level: int
    message: str
    expected: str = ""
    severity: Severity = "error"
    segment: int = 0
    segment_id: str = ""
    offset: int = 0
    element: str = ""
    text: str = ""
    loop: str = ""
    set_segment: int = 0
    transaction: int = 0
    """Ordinal of the transaction set in the file, from 1; 0 when the finding belongs to no set."""
    interchange: int = 0
    """Ordinal of the interchange in the file, from 1; 0 when it lies outside every interchange."""

    @property
    def is_error(self) -> bool:
        """Whether the file must not be acted on as it stands."""
        return self.severity == "error"


class Findings:
    """A bounded list: keeps the first `limit`, counts the rest, so that a hopeless file cannot fill the memory."""

    def __init__(self, limit: int = 10_000) -> None:
        self.items: list[Finding] = []
        self.limit = limit
        self.omitted = 0
        self.errors = 0

    def add(self, finding: Finding) -> None:
        """Keep the finding, or count it when the list is full."""
        self.errors += finding.is_error
        if len(self.items) < self.limit:
            self.items.append(finding)
        else:
            self.omitted += 1

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
