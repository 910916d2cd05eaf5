"""Columns of the reports' files. Pure."""

from tabular.columns import Column, ColumnKind


def text(name: str, meaning: str) -> Column:
    """A column of text."""
    return Column(name=name, kind=ColumnKind.TEXT, meaning=meaning, example="x")


def count(name: str, meaning: str) -> Column:
    """A column of whole numbers."""
    return Column(name=name, kind=ColumnKind.INTEGER, meaning=meaning, example="3")
