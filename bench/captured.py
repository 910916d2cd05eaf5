"""The statements a use case sends, as the driver gets them: to measure them alone, or to ask for their plans."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy import event

from kernel.db.transaction import Tx


class Statement(NamedTuple):
    """SQL with the driver's placeholders, and its values."""

    sql: str
    values: tuple[Any, ...]


@asynccontextmanager
async def captured(tx: Tx) -> AsyncIterator[list[Statement]]:
    """Every statement of this transaction while the block runs, SQLAlchemy's and the fixed ones; complete when the block has ended."""
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
        sent.append(Statement(statement, tuple(parameters[0] if many else parameters)))

    inside = tx.line.connection.sync_connection
    event.listen(inside, "before_cursor_execute", note)
    try:
        with tx.driver.query_logger(lambda told: sent.append(Statement(told.query, tuple(told.args)))):
            yield sent
    finally:
        event.remove(inside, "before_cursor_execute", note)
    await asyncio.sleep(0)  # the driver tells of a statement when the loop is next free
