"""One request or job is one transaction: opened here, scoped here, committed here and nowhere else."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import CursorResult, Executable

from kernel.context import Scope
from kernel.crypto.wrapping import KeyWrapper
from kernel.db.at_commit import RowsFunction
from kernel.db.database import Database
from kernel.db.driver import Driver, Record
from kernel.db.fixed import Fixed
from kernel.db.pool import Line
from kernel.db.scope_token import sign_scope


class Tx:
    """An open transaction and the scope it acts in. Services take one, read and write through it, and never commit."""

    def __init__(self, line: Line, scope: Scope, key_wrapper: KeyWrapper | None = None) -> None:
        self.line = line
        self.scope = scope
        self._key_wrapper = key_wrapper

    @property
    def practice_id(self) -> uuid.UUID:
        """The practice of this transaction. Raises LookupError in a transaction that has none."""
        if self.scope.practice_id is None:
            raise LookupError("this transaction acts for no practice")
        return self.scope.practice_id

    @property
    def company_id(self) -> uuid.UUID:
        """The billing company of this transaction. Raises LookupError in a transaction that has none."""
        if self.scope.company_id is None:
            raise LookupError("this transaction acts for no company")
        return self.scope.company_id

    @property
    def key_wrapper(self) -> KeyWrapper:
        """What unwraps the keys of encrypted columns. Raises LookupError in a process that was given none."""
        if self._key_wrapper is None:
            raise LookupError("this process has no key for encrypted columns")
        return self._key_wrapper

    def acting(self, scope: Scope) -> "Tx":
        """This transaction under a narrower description of who acts; what the database lets it see stays the same."""
        return Tx(self.line, scope, self._key_wrapper)

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one statement."""
        return await self.line.connection.execute(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return await self.line.connection.scalar(statement, parameters)

    async def fetch(self, statement: Fixed, parameters: Mapping[str, Any]) -> list[Record]:
        """The rows of a statement that was compiled beforehand: for what runs on every request."""
        return await self.line.fetch(statement, parameters)

    def keep_for_commit(self, function: RowsFunction, row: object) -> None:
        """Give a row to a function of the database in one message with COMMIT: stored if this transaction is, seen by nobody in it."""
        self.line.at_commit.add(function, row)

    @property
    def driver(self) -> Driver:
        """The driver's connection, for COPY alone."""
        return self.line.driver


@asynccontextmanager
async def open_transaction(database: Database, scope: Scope) -> AsyncIterator[Tx]:
    """Begin, pin the scope, yield, commit; roll back if the block raises.

    A failed COMMIT raises too: nobody is told that something was stored when it was not.
    """
    async with database.line(scope.audience) as line:
        try:
            await line.begin(sign_scope(scope, database.scope_key))
            yield Tx(line, scope, database.key_wrapper)
            await line.commit()
        except BaseException:
            await line.roll_back()
            raise
