"""What a partner's file is, seen from its envelope alone; what is not X12 is told so, in words."""

import msgspec

SET_BY_GUIDE = {"005010X214": "277ca", "005010X364": "277ca"}
"""A 277 is a claim acknowledgment or a claim status answer; only the guide in GS08 tells which."""

_BINARY = {
    b"PK\x03\x04": "a ZIP or Office file",
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\x1f\x8b": "a gzip archive",
}


class Recognized(msgspec.Struct, frozen=True):
    """The transaction sets of a file in lower case (`835`, `999`, `277ca`, `ta1`), its ISA13, and why it is refused, if it is."""

    sets: tuple[str, ...]
    control_number: str
    problem: str | None = None


def recognize(content: bytes) -> Recognized:
    """Look at the envelope. Reading the rest is for whoever listens for the set."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return _refused("the file is empty; ask the partner to send it again")
    for magic, name in _BINARY.items():
        if text.startswith(magic):
            return _refused(f"this is {name}; expected an X12 file that begins with ISA")
    if not text.startswith(b"ISA") or len(text) < 106:
        return _refused(
            "the file does not begin with a whole ISA segment of 106 characters; expected an X12 interchange"
        )
    element, terminator = text[3:4], text[105:106]
    head = text[:105].split(element)
    if len(head) != 17:
        return _refused(
            "the ISA segment does not have its 16 elements in their fixed widths; ask the partner to send the file again"
        )
    sets = _sets(text, element, terminator)
    control_number = head[13].decode("latin-1").strip()
    if not sets:
        return Recognized((), control_number, "the interchange holds no transaction set (ST) and no TA1")
    return Recognized(sets, control_number)


def _sets(text: bytes, element: bytes, terminator: bytes) -> tuple[str, ...]:
    """Distinct sets in the order they appear. One pass over the segment heads; segments themselves are not split."""
    found: dict[str, None] = {}
    guide = ""
    for segment in text.split(terminator):
        stripped = segment.lstrip()
        if stripped.startswith(b"GS" + element):
            guide = stripped.rsplit(element, 1)[1].decode("latin-1")
        elif stripped.startswith(b"ST" + element):
            parts = stripped.split(element)
            code = parts[1].decode("latin-1")
            guide_here = parts[3].decode("latin-1") if len(parts) > 3 else guide
            found[SET_BY_GUIDE.get(guide_here, SET_BY_GUIDE.get(guide, code)) if code == "277" else code] = None
        elif stripped.startswith(b"TA1" + element):
            found["ta1"] = None
    return tuple(found)


def _refused(problem: str) -> Recognized:
    return Recognized((), "", problem)
