"""Writing CSV: what is written reads back equal, opens harmlessly, and is the same file each time."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabular.columns import Column, ColumnKind, Value
from tabular.csv_reader import open_csv
from tabular.csv_writer import write_csv

COLUMNS = (
    Column(name="note", kind=ColumnKind.TEXT, meaning="A note", example=""),
    Column(name="service_date", kind=ColumnKind.DATE, meaning="A day", example="2026-06-01"),
    Column(name="paid", kind=ColumnKind.MONEY, meaning="Paid", example="1.00"),
    Column(name="units", kind=ColumnKind.INTEGER, meaning="Units", example="1"),
    Column(name="sex", kind=ColumnKind.CHOICE, meaning="The sex", example="F", choices=("F", "M")),
)
# White space around a cell is not kept, and NUL or half a surrogate pair is no text.
TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=30).map(str.strip)
TRICKY = st.text(st.sampled_from("'\"=+-@,;\r\nx "), min_size=1, max_size=8).map(str.strip)
ROWS = st.fixed_dictionaries(
    {
        "note": (TEXTS | TRICKY).map(lambda text: text or None),
        "service_date": st.none() | st.dates(date(1850, 1, 1), date(2199, 12, 31)),
        "paid": st.none() | st.integers(-(10**15), 10**15),
        "units": st.none() | st.integers(-(10**17), 10**17),
        "sex": st.none() | st.sampled_from(["F", "M"]),
    }
).filter(lambda row: any(value is not None for value in row.values()))


def written(rows: list[dict[str, Value]]) -> bytes:
    target = io.BytesIO()
    assert write_csv(target, COLUMNS, rows) == len(rows)
    return target.getvalue()


@given(st.lists(ROWS, max_size=8))
def test_rows_read_back_equal(rows: list[dict[str, Value]]) -> None:
    content = written(rows)
    read = list(open_csv(io.BytesIO(content), COLUMNS).rows())
    assert [row.errors for row in read] == [()] * len(rows)
    assert [row.values for row in read] == rows
    assert content == written(rows)


def test_the_bytes() -> None:
    row: dict[str, Value] = {"note": "Zoë", "service_date": date(2026, 6, 1), "paid": -105, "units": 3, "sex": "F"}
    assert written([row, {}]).decode("utf-8") == (
        "\ufeffnote,service_date,paid,units,sex\r\nZoë,2026-06-01,-1.05,3,F\r\n,,,,\r\n"
    )


@given(TEXTS | TRICKY)
def test_no_text_cell_begins_as_a_formula(note: str) -> None:
    text = io.StringIO(written([{"note": note}]).decode("utf-8-sig"), newline="")
    _, row = csv.reader(text)
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_the_target_stays_open_when_a_row_cannot_be_written() -> None:
    target = io.BytesIO()
    with pytest.raises(TypeError, match="column paid holds money, not str"):
        write_csv(target, COLUMNS, [{"paid": "1.00"}])
    assert not target.closed
