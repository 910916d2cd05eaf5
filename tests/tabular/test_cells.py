"""One cell by its declared column: good ones become values, bad ones a reason that repeats nothing."""

from datetime import date

import pytest

from tabular.cells import CellRefused, format_cell, parse_cell
from tabular.columns import Column, ColumnKind, Value

NAME = Column(name="name", kind=ColumnKind.TEXT, meaning="A name", example="Robin", required=True, max_length=8)
CODE = Column(
    name="code", kind=ColumnKind.TEXT, meaning="A code", example="A1", pattern="[A-Z][0-9]", shape="a letter and a digit"
)  # fmt: skip
BORN = Column(name="born", kind=ColumnKind.DATE, meaning="Birth date", example="1980-05-17")
CHARGE = Column(name="charge", kind=ColumnKind.MONEY, meaning="The charge", example="1.00", minimum=0)
UNITS = Column(name="units", kind=ColumnKind.INTEGER, meaning="Units", example="1", minimum=1, maximum=999)
SEX = Column(name="sex", kind=ColumnKind.CHOICE, meaning="The sex", example="F", choices=("F", "M", "U"))


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (NAME, "  Robin ", "Robin"),
        (CODE, "B7", "B7"),
        (CODE, "   ", None),
        (BORN, "1980-05-17", date(1980, 5, 17)),
        (BORN, "5/7/1980", date(1980, 5, 7)),
        (CHARGE, "$12.30", 1230),
        (UNITS, "3", 3),
        (SEX, "f", "F"),
    ],
)
def test_good_cells(column: Column, text: str, value: Value) -> None:
    assert parse_cell(column, text) == value


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        (NAME, " ", "is empty but required"),
        (NAME, "Maximilian", "has more than 8 characters"),
        (CODE, "77", "does not have the expected shape"),
        (BORN, "31.06.1980", "is not a date"),
        (BORN, "1980-02-30", "is not a day of the calendar"),
        (BORN, "13/13/1980", "is not a day of the calendar"),
        (BORN, "0080-05-17", "has a year outside 1850 to 2199"),
        (BORN, "5/7/80", "is not a date"),
        (CHARGE, "12.345", "is not an amount of dollars and cents"),
        (CHARGE, "-0.01", "is less than allowed"),
        (UNITS, "two", "is not a whole number"),
        (UNITS, "1.5", "is not a whole number"),
        (UNITS, "0", "is less than allowed"),
        (UNITS, "1000", "is more than allowed"),
        (UNITS, "9" * 5000, "is not a whole number"),
        (SEX, "female", "is none of the choices"),
    ],
)
def test_refused_cells_say_why_and_never_what_stood_there(column: Column, text: str, reason: str) -> None:
    with pytest.raises(CellRefused) as refused:
        parse_cell(column, text)
    assert str(refused.value) == reason
    assert not text.strip() or text not in reason + column.would_be_right()


def test_what_would_be_right_is_said_in_words() -> None:
    assert NAME.would_be_right() == "text of at most 8 characters, for example Robin"
    assert CODE.would_be_right() == "a letter and a digit, for example A1"
    assert CHARGE.would_be_right() == "dollars and cents as 123.45, at least 0.00, for example 1.00"
    assert UNITS.would_be_right() == "a whole number, at least 1, at most 999, for example 1"
    assert SEX.would_be_right() == "one of F, M, U, for example F"


def test_a_value_of_another_type_is_not_written() -> None:
    assert format_cell(BORN, date(1980, 5, 17)) == "1980-05-17"
    with pytest.raises(TypeError, match="column born holds date, not str"):
        format_cell(BORN, "1980-05-17")


def test_a_pattern_needs_its_words_and_choices_their_column() -> None:
    with pytest.raises(ValueError, match="come together"):
        Column(name="x", kind=ColumnKind.TEXT, meaning="", example="", pattern="[0-9]")
    with pytest.raises(ValueError, match="choices belong"):
        Column(name="x", kind=ColumnKind.TEXT, meaning="", example="", choices=("a",))
