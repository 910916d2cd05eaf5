"""Files that are refused as a whole: each says what it is and what to send instead."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tabular.columns import Column, ColumnKind
from tabular.csv_reader import open_csv
from tabular.inspection import Limits
from tabular.refusals import FileRefused
from tabular.xlsx_writer import write_xlsx

NAME = Column(name="name", kind=ColumnKind.TEXT, meaning="A name", example="Robin", required=True)


def refusal(content: bytes, limits: Limits = Limits()) -> FileRefused:  # noqa: B008 - a frozen value
    with pytest.raises(FileRefused) as refused:
        list(open_csv(io.BytesIO(content), [NAME], limits).rows())
    return refused.value


def workbook() -> bytes:
    target = io.BytesIO()
    write_xlsx(target, [NAME], [{"name": "Robin"}], sheet="People", as_of=date(2026, 9, 30))
    return target.getvalue()


def archive(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (workbook(), "an Excel workbook (XLSX)"),
        (archive("word/document.xml"), "a Word document (DOCX)"),
        (archive("name.csv"), "a ZIP archive"),
        (b"PK\x03\x04 and nothing more", "a ZIP archive (damaged)"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0", "a JPEG picture"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel or Word file (XLS or DOC)"),
        (b"ISA*00*  ", "an X12 file (it begins with ISA)"),
        (b"\n<!DOCTYPE html><html>", "a web page (HTML)"),
    ],
)
def test_another_type_named_csv_is_told_what_it_is(content: bytes, kind: str) -> None:
    refused = refusal(content)
    assert refused.code == "wrong_type"
    assert str(refused) == f"This is {kind}, not a CSV file. Save it as CSV UTF-8 (comma delimited)."


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\r\n", b"\n" * 10_000, b",,\n"])
def test_an_empty_file(content: bytes) -> None:
    assert refusal(content).code == "empty"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_with_and_without_its_mark(codec: str) -> None:
    refused = refusal("name\r\nRobin\r\n".encode(codec))
    assert refused.code == "encoding"
    assert "UTF-16" in refused.what
    assert "CSV UTF-8" in refused.would_be_right


def test_windows_1252_is_named_with_its_first_line() -> None:
    refused = refusal("name\r\nRobin\r\nZoë\r\n".encode("cp1252"))
    assert (refused.code, refused.line) == ("encoding", 3)
    assert "Windows-1252" in refused.what
    assert "Zo" not in str(refused)


def test_bytes_of_no_known_encoding() -> None:
    refused = refusal(b"name\nZo\x81\n")
    assert (refused.code, refused.what) == ("encoding", "The file is not UTF-8 text.")


def test_a_file_cut_off_inside_a_character() -> None:
    assert refusal("name\nZoë".encode()[:-1]).what == "The file ends inside a character."


def test_nul_bytes_are_placed() -> None:
    refused = refusal(b"name\nRobin\nRo\0bin\n")
    assert (refused.code, refused.line) == ("nul_bytes", 3)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_an_over_long_line_is_placed(line_end: str) -> None:
    limits = Limits(max_line_bytes=100)
    right, too_long = line_end.join(["name", "b" * 100, ""]), line_end.join(["name", "b" * 101, ""])
    assert len(list(open_csv(io.BytesIO(right.encode()), [NAME], limits).rows())) == 1
    refused = refusal(too_long.encode(), limits)
    assert (refused.code, refused.line) == ("line_too_long", 2)


def test_a_long_line_is_found_across_the_pieces_in_which_the_file_is_read() -> None:
    lines = ["name"] + ["b" * 99] * 10_500  # more than a megabyte
    straddling = "\n".join([*lines, "c" * 70_000])
    refused = refusal(straddling.encode())
    assert (refused.code, refused.line) == ("line_too_long", 10_502)


class CountingFile(io.FileIO):
    """A file that knows how much was read of it."""

    bytes_read = 0

    def readinto(self, buffer: object) -> int | None:
        count = super().readinto(buffer)  # type: ignore[arg-type]
        self.bytes_read += count or 0
        return count

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size) or b""
        self.bytes_read += len(data)
        return data


def test_a_200_mb_file_is_answered_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)  # sparse: nothing is written
    with CountingFile(path) as file, pytest.raises(FileRefused) as refused:
        open_csv(file, [NAME])  # type: ignore[arg-type]
    assert refused.value.code == "too_large"
    assert refused.value.what == "The file has 200 MB; the limit is 50 MB."
    assert file.bytes_read == 0


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    content = b"name\nRobin\n"
    assert len(list(open_csv(io.BytesIO(content), [NAME], Limits(max_bytes=len(content))).rows())) == 1
    assert refusal(content, Limits(max_bytes=len(content) - 1)).code == "too_large"
