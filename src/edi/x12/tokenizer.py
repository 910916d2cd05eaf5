"""Bytes to segments, in pieces of bounded size, with the byte offset of every segment.

Text is decoded as Latin-1: one character is one byte, so nothing is lost and positions are byte offsets. Tolerated:
a UTF-8 byte order mark, blanks between interchanges, line ends after terminators, indentation, lines wrapped inside
segments. Everything else that does not fit is reported as `Damage`, and reading goes on at the next interchange.
"""

from collections.abc import Iterable, Iterator

import msgspec

from edi.x12.delimiters import ISA_LENGTH, Delimiters, IsaHeader, read_isa

Source = bytes | bytearray | memoryview | Iterable[bytes]
"""A whole file, or its pieces in order."""

CHUNK = 1 << 15
"""Bytes looked at together. What comes of them stays in the processor's cache: larger pieces are slower, not faster."""
_PART = 1 << 12
_UNTERMINATED_LIMIT = 8 << 20
_HEADER_REACH = 2 * ISA_LENGTH
_BLANKS = " \t\r\n\x00\x1a"
_BOM = "\xef\xbb\xbf"


class Batch(msgspec.Struct, gc=False):
    """Consecutive whole segments of one interchange with their terminators, from byte `start` of the source.

    `header` is set when this is the ISA alone, which has no terminator here.
    """

    text: str
    start: int
    delimiters: Delimiters
    header: IsaHeader | None = None

    @property
    def segments(self) -> list[str]:
        """The segments without terminators, indentation and line ends."""
        if self.header is not None:
            return [self.text]
        terminator = self.delimiters.terminator
        blanks = _BLANKS.replace(terminator, "")
        return [unwrapped(piece.lstrip(blanks)) for piece in self.text[:-1].split(terminator)]

    def regular_segments(self, at: int) -> tuple[list[str], int]:
        """Some segments from `at` on, and the width of what stands between them: terminator and line end.

        None when they do not all end like that, or when one is indented or wrapped over lines.
        """
        terminator, ending = self.delimiters.terminator, self.delimiters.line_end
        joint = terminator + ending
        stop = self.text.find(joint, at + _PART) + len(joint)
        part = self.text[at:stop] if stop >= len(joint) else self.text[at:] + ending
        terminators = part.count(terminator)
        if ending and part.count(joint) != terminators:
            return [], 0
        if any(sign != terminator and part.count(sign) != terminators * ending.count(sign) for sign in "\r\n"):
            return [], 0
        if part[0] in _BLANKS or joint + " " in part or joint + "\t" in part:
            return [], 0
        return part.split(joint)[:-1], len(joint)


class Damage(msgspec.Struct, gc=False):
    """Bytes that are not segments. `kind` is one of the `syntax.` finding codes; `text` is a short excerpt."""

    kind: str
    offset: int
    text: str
    expected: str


def pieces(source: Source) -> Iterator[bytes]:
    """The source in pieces of at most `CHUNK` bytes."""
    for piece in (source,) if isinstance(source, bytes | bytearray | memoryview) else source:
        view = memoryview(piece)
        for start in range(0, len(view), CHUNK):
            yield bytes(view[start : start + CHUNK])


class Tokenizer:
    """Splits one source; iterate once. Memory is bounded by the size of the pieces, not of the file."""

    def __init__(self, source: Source) -> None:
        self._pieces = pieces(source)
        self._text = ""
        self._base = 0
        self._ended = False
        self._delimiters: Delimiters | None = None

    def __iter__(self) -> Iterator[Batch | Damage]:
        self._fill(4)
        if self._text.startswith(_BOM):
            self._drop(3)
        while True:
            if self._delimiters is None:
                found = self._start()
                if found is None:
                    return
                yield found
            else:
                yield from self._body(self._delimiters)

    @property
    def position(self) -> int:
        """Bytes read and passed on; the size of the source when the iteration has ended."""
        return self._base

    def _fill(self, wanted: int) -> None:
        """Read on until `wanted` characters are at hand or the source ends."""
        if len(self._text) >= wanted or self._ended:
            return
        parts = [self._text]
        have = len(self._text)
        while have < wanted:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            parts.append(piece.decode("latin-1"))
            have += len(piece)
        self._text = "".join(parts)

    def _drop(self, count: int) -> None:
        self._text = self._text[count:]
        self._base += count

    def _start(self) -> Batch | Damage | None:
        """The ISA of the next interchange, or the bytes that stand where one should be; None at the end."""
        self._skip_blanks()
        self._fill(_HEADER_REACH)
        if not self._text:
            return None
        if not self._text.startswith("ISA"):
            wide = "\x00" in self._text[:4]
            expected = "text of one byte a character, not UTF-16" if wide else "an ISA segment, or the end of the file"
            return self._outside("syntax.outside-interchange", expected)
        header = read_isa(self._text, 0)
        if header is None:
            return self._outside("syntax.isa-unreadable", "an ISA segment of 106 characters with 16 elements", skip=3)
        batch = Batch(header.delimiters.element.join(header.elements), self._base, header.delimiters, header)
        self._delimiters = header.delimiters
        self._drop(header.length)
        return batch

    def _skip_blanks(self) -> None:
        while True:
            rest = self._text.lstrip(_BLANKS)
            self._base += len(self._text) - len(rest)
            self._text = rest
            if rest or self._ended:
                return
            self._fill(1)

    def _outside(self, kind: str, expected: str, skip: int = 0) -> Damage:
        """Drop everything up to the next ``ISA`` that could start an interchange."""
        damage = Damage(kind, self._base, self._text[:60], expected)
        self._drop(skip)
        while True:
            at = self._text.find("ISA")
            while at >= 0 and read_isa(self._text, at) is None and at + _HEADER_REACH <= len(self._text):
                at = self._text.find("ISA", at + 3)
            if at >= 0 and (read_isa(self._text, at) is not None or self._ended):
                self._drop(at)
                return damage
            keep = len(self._text) - at if at >= 0 else 2
            self._drop(max(0, len(self._text) - keep))
            if self._ended:
                self._drop(len(self._text))
                return damage
            self._fill(len(self._text) + 1)

    def _body(self, delimiters: Delimiters) -> Iterator[Batch | Damage]:
        """The segments at hand, up to the end of the interchange."""
        self._fill(1)
        end = self._text.rfind(delimiters.terminator) + 1
        if end == 0:
            yield from self._unterminated(delimiters)
            return
        stop = _interchange_end(self._text, end, delimiters)
        if stop is not None:
            self._delimiters = None
            end = stop
        last = self._text.rfind(delimiters.terminator, 0, end) + 1
        body = self._text[:last].lstrip(_BLANKS.replace(delimiters.terminator, ""))
        if body:
            yield Batch(body, self._base + last - len(body), delimiters)
        self._drop(end)
        if self._delimiters is not None:
            self._fill(len(self._text) + 1)

    def _unterminated(self, delimiters: Delimiters) -> Iterator[Batch | Damage]:
        """No terminator at hand: read on, or say what the file ends with."""
        if not self._ended and len(self._text) < _UNTERMINATED_LIMIT:
            self._fill(len(self._text) + CHUNK)
            return
        self._delimiters = None
        rest = self._text.strip(_BLANKS)
        offset = self._base + len(self._text) - len(self._text.lstrip(_BLANKS))
        self._drop(len(self._text))
        if rest.startswith("IEA" + delimiters.element):
            yield Damage("syntax.last-terminator", offset, rest[:60], "the terminator after the IEA segment")
            yield Batch(rest + delimiters.terminator, offset, delimiters)
        elif rest:
            yield Damage("syntax.truncated", offset, rest[:60], "a whole segment ended by the terminator")


def _interchange_end(text: str, end: int, delimiters: Delimiters) -> int | None:
    """Where the current interchange stops in `text[:end]`: after its IEA, or before an ISA that comes without one."""
    stops = []
    for mark in ("IEA" + delimiters.element, "ISA"):
        at = text.find(mark, 0, end)
        while at >= 0 and not _opens_segment(text, at, delimiters.terminator):
            at = text.find(mark, at + 1, end)
        if at >= 0 and mark != "ISA":
            stops.append(text.index(delimiters.terminator, at) + 1)
        elif at >= 0 and _is_header(text, at):
            stops.append(at)
    return min(stops, default=None)


def _is_header(text: str, at: int) -> bool:
    header = read_isa(text, at)
    return header is not None and len(header.faults) < len(header.elements) // 2


def _opens_segment(text: str, at: int, terminator: str) -> bool:
    at -= 1
    while at >= 0 and text[at] in _BLANKS and text[at] != terminator:
        at -= 1
    return at < 0 or text[at] == terminator


def irregular_segment(text: str, at: int, delimiters: Delimiters) -> tuple[str, int, int]:
    """The next segment without indentation but perhaps with line ends inside, where it begins, and where to go on."""
    terminator = delimiters.terminator
    stop = text.index(terminator, at)
    segment = text[at:stop].lstrip(_BLANKS.replace(terminator, ""))
    after = stop + 1
    while text[after : after + 1] in ("\r", "\n") and text[after] != terminator:
        after += 1
    return segment, stop - len(segment), after


def unwrapped(segment: str) -> str:
    """A segment without the line ends inside it."""
    return segment.replace("\r", "").replace("\n", "")
