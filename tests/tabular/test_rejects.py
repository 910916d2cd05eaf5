"""Refused rows come back as a file that can be corrected and sent again."""

import io

from tabular.columns import Column, ColumnKind
from tabular.csv_reader import open_csv
from tabular.refusals import WHOLE_ROW
from tabular.rejects import write_rejects

COLUMNS = (
    Column(name="note", kind=ColumnKind.TEXT, meaning="A note", example=""),
    Column(name="units", kind=ColumnKind.INTEGER, meaning="Units", example="1", required=True),
)
FILE = b'Note,Units\n"a,b",1\n=SUM(A1),two\n"x\ny",\n-5\n'


def rejects_of(content: bytes) -> bytes:
    table = open_csv(io.BytesIO(content), COLUMNS)
    target = io.BytesIO()
    write_rejects(target, table.header, (row.refused() for row in table.rows() if row.errors))
    return target.getvalue()


def test_original_columns_then_line_column_and_reason() -> None:
    assert rejects_of(FILE).decode("utf-8-sig") == (
        "Note,Units,line,column,reason\r\n"
        '\'=SUM(A1),two,3,units,"units is not a whole number, expected a whole number, for example 1"\r\n'
        '"x\ny",,4,units,"units is empty but required, expected a whole number, for example 1"\r\n'
        f'\'-5,,6,{WHOLE_ROW},"{WHOLE_ROW} has 1 cells, expected 2 cells, as many as the header"\r\n'
    )


def test_the_corrected_file_is_read_as_it_is() -> None:
    corrected = rejects_of(FILE).replace(b",two,", b",2,").replace(b'y",,', b'y",3,').replace(b"'-5,,", b"'-5,5,")
    table = open_csv(io.BytesIO(corrected), COLUMNS)
    assert table.header == ("Note", "Units")
    assert [row.values for row in table.rows()] == [
        {"note": "=SUM(A1)", "units": 2},
        {"note": "x\ny", "units": 3},
        {"note": "-5", "units": 5},
    ]


def test_rejected_again_a_row_carries_only_its_new_reason() -> None:
    again = rejects_of(rejects_of(FILE)).decode("utf-8-sig")
    assert again.startswith("Note,Units,line,column,reason\r\n")
    assert again.count("line,column,reason") == 1
    assert "'=SUM(A1),two,2,units," in again


def test_cells_beyond_the_header_are_not_lost() -> None:
    assert '\r\na,"1,x,y",2,' in rejects_of(b"note,units\na,1,x,y\n").decode()
