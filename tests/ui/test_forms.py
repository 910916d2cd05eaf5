from typing import Annotated, Literal

import msgspec
import pytest

from ui.forms import FieldMessages, bind, blank, cents_from_text


class VisitForm(msgspec.Struct, frozen=True, kw_only=True):
    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    kind: Literal["new", "return"]
    note: str = ""


MESSAGES = {
    "month": FieldMessages("Enter a month", "The month must be from 1 to 12"),
    "kind": FieldMessages("Choose a kind", "Choose a kind from the list"),
}


def test_a_whole_form_becomes_its_struct() -> None:
    form = bind(VisitForm, {"month": " 03 ", "kind": "new", "unknown": "x"}, MESSAGES)
    assert form.result == VisitForm(month=3, kind="new", note="")
    assert form.errors == {}
    assert form.values == {"month": "03", "kind": "new", "note": ""}


def test_a_refused_form_keeps_what_was_typed_and_says_what_would_be_right() -> None:
    form = bind(VisitForm, {"month": "13", "note": "left knee"}, MESSAGES)
    assert form.result is None
    assert form.errors == {"month": "The month must be from 1 to 12", "kind": "Choose a kind"}
    assert form.values == {"month": "13", "kind": "", "note": "left knee"}


@pytest.mark.parametrize("text", ["0", "1.5", "x", "-1", "१२x", "9" * 5000])
def test_what_cannot_be_read_is_an_error_not_a_failure(text: str) -> None:
    form = bind(VisitForm, {"month": text, "kind": "new"}, MESSAGES)
    assert list(form.errors) == ["month"]


def test_a_rule_beyond_one_field_refuses_too_and_errors_stay_in_the_order_asked() -> None:
    whole = bind(VisitForm, {"month": "3", "kind": "new"}, MESSAGES)
    refused = whole.with_error("kind", "No new patients in March").with_error("month", "Choose another month")
    assert refused.result is None
    assert list(refused.errors) == ["month", "kind"]
    assert refused.with_error("kind", "Another reason").errors["kind"] == "No new patients in March"
    assert whole.result is not None


def test_a_blank_form_shows_defaults_and_no_errors() -> None:
    form = blank(VisitForm, kind="return")
    assert form.values == {"month": "", "kind": "return", "note": ""}
    assert form.errors == {}
    assert form.result is None


@pytest.mark.parametrize(
    ("text", "cents"),
    [("20", 2000), ("$20", 2000), (" $ 20.50 ", 2050), ("1,234.50", 123450), ("1234567", 123456700), ("0.05", 5)],
)
def test_amounts_as_people_type_them(text: str, cents: int) -> None:
    assert cents_from_text(text) == cents


@pytest.mark.parametrize("text", ["", "twenty", "20.5", "1,23", "-5", "1e3", "5.001", "$", "12 34", "9999999999"])
def test_what_is_not_clearly_an_amount_is_none(text: str) -> None:
    assert cents_from_text(text) is None
