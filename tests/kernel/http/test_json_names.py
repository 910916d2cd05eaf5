"""A name that stands twice in one JSON object is found, wherever it is and however it is written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import FieldError
from kernel.http.json_names import LONGEST_NAME, TWICE, text_fault

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('{"a": 1, "a": 2}', "/a"),
        ('{"a": 1, "a": 1}', "/a"),
        ('{"a": 1, "\\u0061": 2}', "/a"),
        ('{"": 1, "": 2}', "/"),
        ('{"outer": {"a": 1, "b": 0, "a": 2}}', "/outer/a"),
        ('{"roles": [{"role": "biller"}, {"role": "coder", "role": "auditor"}]}', "/roles/1/role"),
        ('{"a/b": {"c~d": 1, "c~d": 2}}', "/a~1b/c~0d"),
        ('{"a": {"b": 1, "b": 2}, "a": 3}', "/a"),
        ('[[{"a": 1, "a": 2}]]', "/0/0/a"),
        ('{"' + "n" * 500 + '": 1, "' + "n" * 500 + '": 2}', "/" + "n" * LONGEST_NAME),
    ],
)
def test_the_second_of_two_is_pointed_at(text: str, pointer: str) -> None:
    assert text_fault(text) == FieldError(pointer, TWICE)


@pytest.mark.parametrize("text", ["7", '"a a"', '{"a": {"a": 1}}', '[{"a": 1}, {"a": 2}]', '{"a": 1, "A": 2}'])
def test_the_same_name_in_two_objects_is_no_fault(text: str) -> None:
    assert text_fault(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [("{", "line 1, column 2"), ('{\n "a": 1,\n}', "line 3, column 1"), ("{} {}", "line 1, column 4")],
)
def test_what_is_no_json_is_told_with_its_place(text: str, place: str) -> None:
    fault = text_fault(text)
    assert fault is not None
    assert place in fault.message


@given(value=VALUES)
def test_what_a_program_writes_has_none(value: object) -> None:
    assert text_fault(json.dumps(value)) is None


@given(
    inside=st.dictionaries(st.text(max_size=5), VALUES, max_size=3), name=st.text(max_size=5), first=VALUES, last=VALUES
)
def test_a_name_written_twice_is_always_found(
    inside: dict[str, object], name: str, first: object, last: object
) -> None:
    pairs = [*inside.items(), (name, first), (name, last)]
    told = ",".join(f"{json.dumps(one)}:{json.dumps(value)}" for one, value in pairs)
    assert text_fault(f'[{{"deep":{{{told}}}}}]') is not None
