"""Rows that go to the database in one message with COMMIT, so that writing them last costs no round trip.

A message of several statements takes no parameters. The rows travel as JSON in hexadecimal digits, so nothing in them can end the
literal that holds them.
"""

import re
from typing import Any

import msgspec

_NAME = re.compile(r"[a-z_]+\.[a-z_]+")


class RowsFunction(str):
    """The name of a database function that takes one batch of rows: JSON, as bytes. Raises ValueError for anything but a name."""

    def __new__(cls, name: str) -> "RowsFunction":
        if not _NAME.fullmatch(name):
            raise ValueError("a function is named as schema.function")
        return super().__new__(cls, name)


class AtCommit:
    """What one transaction has kept for its commit: rows by function, in the order in which they came."""

    def __init__(self) -> None:
        self._rows: dict[RowsFunction, list[Any]] = {}

    def add(self, function: RowsFunction, row: object) -> None:
        """Keep a row; it is encoded at once, so changing it later changes nothing."""
        self._rows.setdefault(function, []).append(msgspec.Raw(msgspec.json.encode(row)))

    def clear(self) -> None:
        """The transaction is over, one way or the other."""
        self._rows.clear()

    def message(self) -> str:
        """COMMIT, with what goes before it."""
        calls = [
            f"select {function}('\\x{msgspec.json.encode(rows).hex()}'); " for function, rows in self._rows.items()
        ]
        return "".join((*calls, "commit"))
