"""Statements whose text never changes, compiled once and run by the driver itself.

SQLAlchemy spends about as long on a statement as the database does. That is well spent nearly everywhere; what runs on every
request (who is it, the audit event, the row asked for) is written as a `Fixed` instead.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


class Fixed:
    """A Core statement as the driver takes it; parameters are given by name, as always.

    Raises TypeError for a column whose values the driver does not give as they are (JSON, for one): such rows go through SQLAlchemy.
    """

    def __init__(self, statement: sa.Select[Any] | sa.TextClause | sa.Insert, *, columns: Sequence[str] = ()) -> None:
        """`columns` are those that an insert will be given."""
        _refuse_converted(statement)
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
        self.sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._converted: dict[int, Callable[[Any], Any]] = {
            place: convert
            for place, name in enumerate(self._names)
            if (convert := compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) is not None
        }

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters in the statement's order. Raises KeyError for a missing one."""
        values = [parameters[name] for name in self._names]
        for place, convert in self._converted.items():
            values[place] = convert(values[place])
        return values


def _refuse_converted(statement: sa.Select[Any] | sa.TextClause | sa.Insert) -> None:
    for column in statement.selected_columns if isinstance(statement, sa.Select) else ():
        if column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) is not None:
            raise TypeError(f"column {column.name} is converted on the way out; read it through SQLAlchemy")
