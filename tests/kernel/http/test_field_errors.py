"""Everything wrong with a body is said at once, under its JSON pointer, and no value is repeated."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from kernel.http.field_errors import MOST_ERRORS, body_errors


class Visit(msgspec.Struct):
    """One line of what is sent."""

    service_date: dt.date
    charge_cents: Annotated[int, msgspec.Meta(ge=0)]
    note: str = ""


class Sent(msgspec.Struct):
    """A body of every kind of part."""

    email: Annotated[str, msgspec.Meta(pattern="^[^@]+@[^@]+$", examples=["ana@northgate.example"])]
    name: Annotated[str, msgspec.Meta(pattern=r"\S")]
    visits: list[Visit] = []
    first: Visit | None = None


def errors(body: object) -> dict[str, str]:
    return {one.pointer: one.message for one in body_errors(msgspec.json.encode(body), Sent)}


def test_a_body_as_declared_has_none() -> None:
    visit = {"service_date": "2026-09-01", "charge_cents": 100}
    assert errors({"email": "a@b", "name": "Sam", "visits": [visit], "first": visit}) == {}


def test_every_fault_is_told_where_it_is() -> None:
    wrong = errors(
        {
            "email": "Zebulonovich",
            "visits": [
                {"service_date": "2026-09-01", "charge_cents": 1},
                {"service_date": "someday", "charge_cents": -1},
            ],
            "first": {"charge_cents": "many"},
        }
    )
    assert set(wrong) == {
        "/email", "/name", "/visits/1/service_date", "/visits/1/charge_cents", "/first/service_date", "/first/charge_cents",
    }  # fmt: skip
    assert wrong["/name"] == wrong["/first/service_date"] == "This field is required."
    assert wrong["/visits/1/charge_cents"] == "Expected `integer` >= 0"
    assert wrong["/visits/1/service_date"] == "Expected a date that there is, for example 2026-03-02"
    assert "Zebulonovich" not in str(wrong)
    assert "someday" not in str(wrong)


def test_what_fits_a_pattern_is_shown_by_example() -> None:
    wrong = errors({"email": "Zebulonovich", "name": "  "})
    assert wrong["/email"].endswith(", for example ana@northgate.example")
    assert wrong["/name"] == "Expected a `string` that is not blank"


def test_what_is_no_object_or_no_json_is_one_fault() -> None:
    assert set(errors([])) == set(errors("text")) == {""}
    assert [one.message for one in body_errors(b"{", Sent)] == ["Expected a JSON object."]


def test_of_very_many_faults_some_are_told() -> None:
    many = body_errors(msgspec.json.encode({"email": "a@b", "name": "x", "visits": [{}] * 500}), Sent)
    assert len(many) == MOST_ERRORS


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """Takes one of two words, and nothing else."""

    sex: Literal["F", "M"]


def test_what_was_sent_is_not_repeated() -> None:
    (error,) = body_errors(b'{"sex": "Zqmarlowskaya"}', Strict)
    assert error.message == "Expected one of: F, M"
    assert "Zqmarlowskaya" not in str(error)


class Charge(msgspec.Struct, forbid_unknown_fields=True):
    """Takes two names, and nothing else."""

    amount_cents: int
    units: int = 1


class Charges(msgspec.Struct):
    """Takes charges, and looks at nothing else."""

    charges: list[Charge]


def test_an_unknown_field_is_pointed_at_with_what_would_be_right() -> None:
    body = {"charges": [{"amount_cents": 1}, {"amout_cents": 1}, {"amount_cents": 1, "a/b~" + "x" * 500: 2}], "more": 1}
    told = {one.pointer: one.message for one in body_errors(msgspec.json.encode(body), Charges)}
    assert told == {
        "/charges/1/amount_cents": "This field is required.",
        "/charges/1/amout_cents": "There is no field of this name; did you mean `amount_cents`?",
        "/charges/2/a~1b~0" + "x" * 96: "There is no field of this name; the fields here are amount_cents, units.",
    }


def test_where_unknown_fields_are_allowed_they_are_no_fault() -> None:
    assert body_errors(b'{"charges": [], "more": 1}', Charges) == []
