"""JSON that is built to be expensive is told by its shape alone."""

import pytest

from kernel.http.json_shape import MOST_DEPTH, MOST_DIGITS, json_fault


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        b"[" * MOST_DEPTH + b"]" * MOST_DEPTH,
        b'{"text": "' + b"[" * 500 + b'"}',
        b'{"text": "\\"' + b"[" * 500 + b'"}',
        b"[" + b",".join([b"[]"] * 5_000) + b"]",
        b"9" * MOST_DIGITS,
        b'"' + b"9" * 500 + b'"',
        b"1.5e10",
        b"{ not json",
    ],
)
def test_ordinary_shapes_pass(body: bytes) -> None:
    assert json_fault(body) == ""


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"[" * (MOST_DEPTH + 1), "levels deep"),
        (b'{"a":' * (MOST_DEPTH + 1), "levels deep"),
        (b'["\\"", ' + b"[" * MOST_DEPTH, "levels deep"),
        (b'{"cents": ' + b"9" * (MOST_DIGITS + 1) + b"}", "digits"),
        (b"1e99999", "digits"),
    ],
)
def test_expensive_shapes_are_named(body: bytes, named: str) -> None:
    assert named in json_fault(body)
