"""What the library raises. Reading never raises for what a partner sent (it reports findings); writing refuses."""


class X12Error(Exception):
    """Base of every error raised here; the message says what, where, and what would be right."""


class ElementRefusedError(X12Error):
    """A value that may not be written: it holds a delimiter, a character outside the X12 set, or is missing.

    `segment` is the segment id, `element` its position as the guides name it (``NM103``). The message never repeats
    the value, which may be personal.
    """

    def __init__(self, segment: str, element: str, reason: str) -> None:
        super().__init__(f"{element or segment}: {reason}")
        self.segment = segment
        self.element = element
        self.reason = reason


class ValueRefusedError(X12Error):
    """A typed value that has no legal X12 form, such as a claim without lines or a replacement without its original."""
