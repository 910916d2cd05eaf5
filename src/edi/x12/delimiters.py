"""The four delimiters an interchange declares in its ISA segment, and the fixed layout they are read from."""

import msgspec

ISA_LENGTH = 106
"""Bytes of an ISA segment with its terminator; the only fixed-length segment of X12."""

ISA_WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Length of ``ISA`` itself and of ISA01 to ISA16."""


class Delimiters(msgspec.Struct, frozen=True, gc=False):
    """Separators of one interchange. `line_end` is what follows each terminator (nothing, LF or CRLF)."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    line_end: str = ""

    def characters(self) -> str:
        """Every character that no element may hold."""
        return self.element + self.component + self.repetition + self.terminator


class IsaHeader(msgspec.Struct, frozen=True, gc=False):
    """The ISA segment as found: its delimiters, its elements, its length, and what breaks the fixed layout."""

    delimiters: Delimiters
    elements: list[str]
    length: int
    faults: tuple[tuple[str, str, str], ...] = ()
    """``(element, offending text, what would be right)`` of each fault; not empty means the interchange is refused."""


def _line_end(text: str, at: int, terminator: str) -> str:
    for candidate in ("\r\n", "\n", "\r"):
        if terminator not in candidate and text.startswith(candidate, at):
            return candidate
    return ""


def _repetition(elements: list[str]) -> str:
    """ISA11 holds the repetition separator since 00402; before, a standards letter that separates nothing."""
    declared = elements[11]
    if elements[12] >= "00402" and len(declared) == 1 and not declared.isalnum() and declared != " ":
        return declared
    return ""


def _faults(elements: list[str], delimiters: Delimiters) -> tuple[tuple[str, str, str], ...]:
    found = [
        (f"ISA{index:02}", element, f"exactly {width} characters")
        for index, (element, width) in enumerate(zip(elements, ISA_WIDTHS, strict=True))
        if len(element) != width
    ]
    declared = delimiters.characters()
    if len(set(declared)) != len(declared):
        found.append(("ISA16", declared, "four different delimiters"))
    if any(sign.isalnum() or sign == " " for sign in declared):
        found.append(("ISA16", declared, "delimiters that are neither letters, digits nor spaces"))
    return tuple(found)


def read_isa(text: str, at: int) -> IsaHeader | None:
    """Read the ISA that starts at `at`; None when its delimiters cannot be told.

    A header whose elements have wrong lengths is still split, so that the envelope can be named in the refusal.
    """
    separator = text[at + 3 : at + 4]
    if not separator or separator.isalnum():
        return None
    parts = text[at : at + 2 * ISA_LENGTH].split(separator, 16)
    if len(parts) < len(ISA_WIDTHS) or len(parts[16]) < 2:
        return None
    elements = [*parts[:16], parts[16][0]]
    terminator = parts[16][1]
    length = sum(map(len, elements)) + len(elements)
    delimiters = Delimiters(
        separator, elements[16], _repetition(elements), terminator, _line_end(text, at + length, terminator)
    )
    return IsaHeader(delimiters, elements, length, _faults(elements, delimiters))
