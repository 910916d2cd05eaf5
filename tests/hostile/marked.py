"""A patient whose every personal value is one of a kind, recognized wherever it turns up."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.interop.encounter_rows import row

MARKED = {
    "patient_account_no": "ZQACCT7741",
    "patient_last_name": "Zqmarlowskaya",
    "patient_first_name": "Zqpetronella",
    "patient_birth_date": "1931-07-19",
    "patient_address_1": "12 Zqmillway Street",
    "patient_city": "Zqcolumbia",
    "patient_phone": "6145557741",
    "primary_member_id": "ZQMEMBER7741",
    "primary_group_no": "ZQGROUP7741",
    "primary_relationship": "spouse",
    "primary_subscriber_last_name": "Zqsubscriberova",
    "primary_subscriber_first_name": "Zqbartholomea",
    "primary_subscriber_birth_date": "1929-03-23",
    "primary_subscriber_sex": "M",
    "referring_last_name": "Zqreferringer",
    "prior_authorization_no": "ZQAUTH7741",
    "line_note": "Zqleft knee swollen",
}
"""What the practice's file says about the patient, by column."""

SOUND = {
    "patient_state": "OH",
    "patient_zip": "43215",
    "referring_npi": "2999909023",
    "referring_first_name": "Alex",
    "service_date": "2026-09-01",
}

FILE_NAME = "Zqmarlowskaya visits.csv"
PASSWORD_TYPED_WRONG = "Zqpasswort 7741"

_WORDS = " ".join((*MARKED.values(), FILE_NAME, PASSWORD_TYPED_WRONG)).lower().split()
_DATES = (dt.date(1931, 7, 19), dt.date(1929, 3, 23))
TRACES = (
    *sorted({word for word in _WORDS if word.startswith("zq")}),
    *("6145557741", "(614) 555-7741"),
    *(f"{day:{form}}".lower() for day in _DATES for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%B %d, %Y")),
)
"""The forms in which one of the values would show, in small letters; compared without regard to case."""


def marked_row(encounter_no: str, **changed: str) -> dict[str, str]:
    """A row of the practice's file about the patient, with these cells changed."""
    return row(encounter_no, **{**SOUND, **MARKED, **changed})


def traces_in(value: object) -> list[str]:
    """Which traces a value holds."""
    text = _text(value).lower()
    return [trace for trace in TRACES if trace in text]


def lines_with_traces(text: str) -> list[str]:
    """The lines of a text that hold one."""
    return [line for line in text.splitlines() if traces_in(line)]


def columns_with_traces(table: str, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """`table.column` of everything in these rows that holds one."""
    return {f"{table}.{name}" for one in rows for name, value in one.items() if traces_in(value)}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
