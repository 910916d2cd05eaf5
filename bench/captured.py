"""The statements a use case sends, as the driver gets them: to measure them alone, or to ask for their plans."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection


class Statement(NamedTuple):
    """SQL with the driver's placeholders, and its values."""

    sql: str
    values: tuple[Any, ...]


@contextmanager
def captured(connection: AsyncConnection) -> Iterator[list[Statement]]:
    """Every statement that this connection sends while the block runs, in order."""
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
        sent.append(Statement(statement, tuple(parameters[0] if many else parameters)))

    inside = connection.sync_connection
    event.listen(inside, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(inside, "before_cursor_execute", note)
