"""The exact bytes of version 1. These vectors are part of the specification: changing one breaks every log there is."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.encoding import EventRow, Seal, canonical_json, event_line, instant, month_of, seal_body
from audit.merkle import leaf_hash

EVENT = EventRow(
    company_id="01a0c0de-0000-7000-8000-000000000001",
    practice_id=None,
    id="01a0c0de-0000-7000-8000-000000000002",
    occurred_at="2026-11-26T01:02:03.000000Z",
    recorded_at="2026-11-26T01:02:03.000045Z",
    position="1000000",
    audience="staff",
    user_id="01a0c0de-0000-7000-8000-000000000003",
    role="biller",
    purpose='Grüße "in" \\ quotes\n\x01',
    session_id=None,
    request_id="r-1",
    address="127.0.0.1",
    action="claims.claim.read",
    object_type="claim",
    object_id="C-1",
    patient_ids="{01a0c0de-0000-7000-8000-000000000005,01a0c0de-0000-7000-8000-000000000004}",
    changed='{"b": 1, "aa": {"z": [1.50, null, true], "y": 12345678901234567890}}',
    outcome="done",
)
LINE = (
    '{"action":"claims.claim.read","address":"127.0.0.1","audience":"staff","changed":{"aa":{"y":"\\u000012345678901234567890","z":["\\u00001.50",null,'
    'true]},"b":1},"company_id":"01a0c0de-0000-7000-8000-000000000001","id":"01a0c0de-0000-7000-8000-000000000002","object_id":"C-1",'
    '"object_type":"claim","occurred_at":"2026-11-26T01:02:03.000000Z","outcome":"done","patient_ids":['
    '"01a0c0de-0000-7000-8000-000000000005","01a0c0de-0000-7000-8000-000000000004"],"position":1000000,"practice_id":null,'
    '"purpose":"Grüße \\"in\\" \\\\ quotes\\n\\u0001","recorded_at":"2026-11-26T01:02:03.000045Z","request_id":"r-1","role":"biller",'
    '"session_id":null,"user_id":"01a0c0de-0000-7000-8000-000000000003"}'
)


LEAF = "e1bd3914c04a86711c4cc3f1a93847005ed314c7cc84f46125024de8ae55ae7b"


def test_an_event() -> None:
    assert event_line(EVENT) == LINE
    assert list(json.loads(LINE)) == sorted(json.loads(LINE))


def test_an_event_about_no_patient() -> None:
    assert json.loads(event_line(EVENT._replace(patient_ids="{}")))["patient_ids"] == []


def test_the_hash_of_that_event() -> None:
    assert leaf_hash(LINE.encode()).hex() == LEAF


def test_a_seal() -> None:
    seal = Seal(
        chain="intake", checkpoint=7, count=2, first=40, month="2026-11", number=3, position_from=9, position_to=10,
        previous="00" * 32, root="ab" * 32,
    )  # fmt: skip
    assert seal_body(seal) == (
        '{"chain":"intake","checkpoint":7,"count":2,"encoding":1,"first":40,"month":"2026-11","number":3,"position_from":9,'
        f'"position_to":10,"previous":"{"00" * 32}","root":"{"ab" * 32}"}}'
    )


@pytest.mark.parametrize(
    ("stored", "canonical"),
    [
        ("{}", "{}"),
        ('{"a": 123456789012345678}', '{"a":123456789012345678}'),
        ('{"a": -1234567890123456789}', '{"a":"\\u0000-1234567890123456789"}'),
        ('{"a": 1e3, "b": 0.10}', '{"a":"\\u00001e3","b":"\\u00000.10"}'),
        ("[" * 201 + "]" * 201, '"\\u0000' + "[" * 201 + "]" * 201 + '"'),
    ],
)
def test_numbers_that_readers_would_round_and_values_too_deep_become_text(stored: str, canonical: str) -> None:
    assert canonical_json(stored) == canonical


@pytest.mark.parametrize("number", ["2.5", "1e3", "1234567890123456789", "-0.0", "[" * 201 + "]" * 201])
def test_a_number_is_never_taken_for_the_string_of_its_digits(number: str) -> None:
    assert canonical_json(f'{{"a": {number}}}') != canonical_json(f'{{"a": "{number}"}}')
    assert canonical_json(number) != canonical_json(f'"{number}"')


FIRST, LAST = (dt.datetime(1000, 1, 2), dt.datetime(9999, 12, 30))  # noqa: DTZ001 - hypothesis adds the zone
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_way_a_value_was_written_it_is_encoded_the_same(value: object) -> None:
    compact, spaced = json.dumps(value, separators=(",", ":")), json.dumps(value, indent=1, ensure_ascii=False)
    assert canonical_json(compact) == canonical_json(spaced)
    assert json.loads(canonical_json(compact)) == value
    assert canonical_json(canonical_json(compact)) == canonical_json(compact)


@given(st.datetimes(min_value=FIRST, max_value=LAST), st.integers(-12, 12))
def test_instants_are_in_utc_with_six_digits_whatever_zone_they_came_in(moment: dt.datetime, hours: int) -> None:
    there = moment.replace(tzinfo=dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=hours)))
    assert instant(there) == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    assert month_of(instant(there)) == moment.strftime("%Y-%m").rjust(7, "0")
