"""Is this a text file that may be read at all? Size, type and encoding, settled before the first row is looked at."""

import codecs
import os
from typing import BinaryIO

import msgspec

from tabular.refusals import FileRefused

_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 4096
_TAIL_BYTES = 70_000
"""The end record of a ZIP archive and its longest comment (APPNOTE 4.3.16), and some of the names before it."""
_END_OF_ZIP = b"PK\x05\x06"
_SAVE_AS_CSV = "Save it as CSV UTF-8 (comma delimited)."
_SAVE_AS_UTF8 = "Save it as CSV UTF-8 (in Excel: Save As, CSV UTF-8)."

_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (XLS or DOC)"),
    (b"{\\rtf", "a rich text document (RTF)"),
    (b"ISA*", "an X12 file (it begins with ISA)"),
)
_MARKUP = ((b"<!doctype html", "a web page (HTML)"), (b"<html", "a web page (HTML)"), (b"<?xml", "an XML file"))


class Limits(msgspec.Struct, frozen=True):
    """How large a file may be, and one line of it, in bytes."""

    max_bytes: int = 50_000_000
    max_line_bytes: int = 65_536


def inspect(file: BinaryIO, limits: Limits) -> None:
    """Refuse what is no UTF-8 text within the limits; leave the file at its beginning.

    The size is asked of the file before a byte is read; the content is read in pieces, so memory does not grow with it.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > limits.max_bytes:
        raise FileRefused(
            "too_large",
            f"The file has {_megabytes(size)} MB; the limit is {_megabytes(limits.max_bytes)} MB.",
            "Split it into smaller files, each with the header line.",
        )
    head = file.read(_HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf\r\n\t ,;"):
        _refuse_if_blank(file)
    _refuse_other_types(file, head)
    _refuse_utf16(head)
    file.seek(0)
    _scan(file, limits)
    file.seek(0)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}".removesuffix(".0")


def _refuse_if_blank(file: BinaryIO) -> None:
    while chunk := file.read(_CHUNK_BYTES):
        if chunk.strip():
            return
    raise FileRefused("empty", "The file is empty.", "Send a CSV file with a header line and one line for each row.")


def _refuse_other_types(file: BinaryIO, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        raise FileRefused("wrong_type", f"This is {_kind_of_zip(file, head)}, not a CSV file.", _SAVE_AS_CSV)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise FileRefused("wrong_type", f"This is {kind}, not a CSV file.", _SAVE_AS_CSV)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for opening, kind in _MARKUP:
        if text.startswith(opening):
            raise FileRefused("wrong_type", f"This is {kind}, not a CSV file.", _SAVE_AS_CSV)


def _kind_of_zip(file: BinaryIO, head: bytes) -> str:
    """Office files are ZIP archives; a name inside tells which.

    Beginning and end are searched and nothing is unpacked or listed: a list of a million entries fits into a file of the allowed size,
    and as objects takes a gigabyte.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
    tail = file.read()
    if _END_OF_ZIP not in tail:
        return "a ZIP archive (damaged)"
    if b"xl/workbook" in head + tail:
        return "an Excel workbook (XLSX)"
    return "a Word document (DOCX)" if b"word/document" in head + tail else "a ZIP archive"


def _refuse_utf16(head: bytes) -> None:
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # ASCII as UTF-16 without a mark: every second byte is NUL.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    unmarked = max(even, odd) > 0.4 * len(head) / 2 and min(even, odd) == 0
    if marked or unmarked:
        raise FileRefused("encoding", "The file is encoded as UTF-16 (Excel calls it Unicode text).", _SAVE_AS_UTF8)


def _scan(file: BinaryIO, limits: Limits) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, open_line_bytes, chunk = 1, 0, b""
    while chunk := _next_chunk(file):
        if (nul := chunk.find(b"\0")) >= 0:
            at = line + _line_ends(chunk[:nul])
            raise FileRefused("nul_bytes", "The file holds NUL bytes.", f"Text has none. {_SAVE_AS_CSV}", line=at)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            _refuse_encoding(error, line + _line_ends(error.object[: error.start]))
        pieces = chunk.replace(b"\r", b"\n").split(b"\n")
        pieces[0] = b" " * open_line_bytes + pieces[0]
        if max(map(len, pieces)) > limits.max_line_bytes:
            _refuse_long_line(chunk, line, open_line_bytes, limits)
        open_line_bytes = len(pieces[-1])
        line += _line_ends(chunk)
    if decoder.getstate()[0]:
        raise FileRefused(
            "encoding", "The file ends inside a character.", "It may be cut off: send it again.", line=line
        )


def _next_chunk(file: BinaryIO) -> bytes:
    chunk = file.read(_CHUNK_BYTES)
    # A CR and its LF are one line end and stay together.
    return chunk + file.read(1) if chunk.endswith(b"\r") else chunk


def _line_ends(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _refuse_encoding(error: UnicodeDecodeError, line: int) -> None:
    try:
        error.object.decode("cp1252")
    except UnicodeDecodeError:
        what = "The file is not UTF-8 text."
    else:
        what = "The file is encoded as Windows-1252 or a kin of it (Excel's plain CSV), not UTF-8."
    raise FileRefused("encoding", what, _SAVE_AS_UTF8, line=line) from None


def _refuse_long_line(chunk: bytes, first_line: int, open_line_bytes: int, limits: Limits) -> None:
    for number, text in enumerate((b" " * open_line_bytes + chunk).splitlines(), start=first_line):
        if len(text) > limits.max_line_bytes:
            raise FileRefused(
                "line_too_long",
                f"The line has more than {limits.max_line_bytes:,} bytes.",
                "Each row ends with a line break; check that the file was saved as CSV.",
                line=number,
            )
