"""How commands show what they found: a plain table for people, JSON lines for machines."""

import datetime as dt
from collections.abc import Iterable, Sequence

import click
import msgspec


def show_rows(rows: Sequence[msgspec.Struct], columns: Sequence[str], *, as_json: bool, nothing: str) -> None:
    """One line per row: as JSON with every field, or a table of these columns, or what to say when there is nothing."""
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return
    if not rows:
        click.echo(nothing)
        return
    table = [[name.removesuffix("_at").replace("_", " ") for name in columns]]
    table += [[shown(getattr(row, name)) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(row: msgspec.Struct, *, as_json: bool) -> None:
    """Every field of one thing on a line of its own."""
    if as_json:
        click.echo(msgspec.json.encode(row))
        return
    for name, value in _fields(row):
        click.echo(f"{name.replace('_', ' '):14} {shown(value)}")


def _fields(row: msgspec.Struct) -> Iterable[tuple[str, object]]:
    return ((name, getattr(row, name)) for name in row.__struct_fields__)


def shown(value: object) -> str:
    """A value as a person reads it; nothing is a hyphen."""
    if value is None or value == "":
        return "-"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return str(value)
