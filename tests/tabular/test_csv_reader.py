"""Reading CSV: tolerant of how spreadsheets save, exact about which line is wrong."""

import io

import pytest

from tabular.columns import Column, ColumnKind
from tabular.csv_reader import CsvTable, open_csv
from tabular.refusals import WHOLE_ROW, FileRefused

NAME = Column(name="last_name", kind=ColumnKind.TEXT, meaning="A name", example="Robin", required=True, max_length=20)
UNITS = Column(name="units", kind=ColumnKind.INTEGER, meaning="Units", example="1", required=True)
NOTE = Column(name="note", kind=ColumnKind.TEXT, meaning="A note", example="")
COLUMNS = (NAME, UNITS, NOTE)


def opened(text: str, encoding: str = "utf-8") -> CsvTable:
    return open_csv(io.BytesIO(text.encode(encoding)), COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "last_name,units,note\nZoë,2,x\n",
        "last_name;units;note\r\nZoë;2;x\r\n",
        "last_name\tunits\tnote\rZoë\t2\tx\r",
        "last_name|units|note\nZoë|2|x",
        "sep=;\nlast_name;units;note\nZoë;2;x\n",
        "\n\nUnits,Last Name,NOTE\n2,Zoë,x\n",
        "last-name , units,note,,\nZoë,2,x,,\n,,,,\n\n",
        '"last_name","units","note"\n"Zoë","2","x"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_same_row_however_it_was_saved(text: str, encoding: str) -> None:
    rows = list(opened(text, encoding).rows())
    assert [row.values for row in rows] == [{"last_name": "Zoë", "units": 2, "note": "x"}]
    assert not rows[0].errors


def test_an_optional_column_may_be_absent() -> None:
    assert [row.values for row in opened("units,last_name\n1,A\n").rows()] == [{"units": 1, "last_name": "A"}]


def test_missing_unknown_and_repeated_columns_are_named_at_once() -> None:
    with pytest.raises(FileRefused) as refused:
        opened("unit,note,note,sales rep\n1,x,y,z\n")
    assert refused.value.code == "header"
    assert refused.value.what == (
        "The columns are not those expected. Missing: last_name, units. There twice: note. "
        "Unknown: unit (meant units?), sales rep."
    )


def test_a_file_without_header_is_refused_and_its_first_row_not_repeated() -> None:
    with pytest.raises(FileRefused) as refused:
        opened("Secretname,1,x\n")
    assert str(refused.value) == (
        "Line 1: This line names none of the columns expected. "
        "The first line holds the column names, for example: last_name, units, note."
    )


def test_what_does_not_look_like_a_column_name_is_counted_instead_of_repeated() -> None:
    with pytest.raises(FileRefused) as refused:
        opened("last_name,units,123-45-6789\n")
    assert "Unknown: column 3." in refused.value.what


def test_a_header_alone_has_no_rows() -> None:
    assert list(opened("last_name,units\n").rows()) == []


def test_bad_rows_are_told_by_physical_line_and_good_ones_go_on() -> None:
    table = opened('last_name,units,note\nA,1,"one\r\ntwo\nthree"\nB,many,"x\ny"\n\nC,,\nD,4,\n')
    rows = list(table.rows())
    assert [row.line for row in rows] == [2, 5, 8, 9]
    assert [row.values["last_name"] for row in rows if not row.errors] == ["A", "D"]
    assert rows[0].values["note"] == "one\r\ntwo\nthree"
    assert [str(error) for row in rows for error in row.errors] == [
        "line 5, column units: is not a whole number; expected a whole number, for example 1",
        "line 8, column units: is empty but required; expected a whole number, for example 1",
    ]


def test_every_fault_of_a_row_is_told() -> None:
    (row,) = opened(f"last_name,units\n{'x' * 21},y\n").rows()
    assert [error.column for error in row.errors] == ["last_name", "units"]


@pytest.mark.parametrize(("line", "count"), [("A,1", 2), ("A,1,x,more", 4)])
def test_too_few_or_too_many_cells(line: str, count: int) -> None:
    bad, good = opened(f"last_name,units,note\n{line}\nB,2,\n").rows()
    assert [(error.column, error.reason) for error in bad.errors] == [(WHOLE_ROW, f"has {count} cells")]
    assert bad.errors[0].would_be_right == "3 cells, as many as the header"
    assert not good.errors


@pytest.mark.parametrize("tail", ['B,2,"never closed\nC,3,x\n', 'B,2,"closed"badly\n'])
def test_quotes_that_make_no_sense_refuse_the_file(tail: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(opened(f'last_name,units,note\nA,1,"x\ny"\n{tail}').rows())
    assert (refused.value.code, refused.value.line) == ("quoting", 4)
    assert "never closed" not in str(refused.value)


def test_the_table_can_be_read_again_and_leaves_the_file_open() -> None:
    file = io.BytesIO(b"last_name,units\nA,1\nB,2\n")
    table = open_csv(file, COLUMNS)
    abandoned = table.rows()
    next(abandoned)
    del abandoned
    assert list(table.rows()) == list(table.rows())
    assert not file.closed
