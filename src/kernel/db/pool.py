"""The connections of one login role, and a transaction on each in as few round trips as there can be.

A line is a driver connection with SQLAlchemy's face over it. Beginning a transaction and pinning its scope is one round trip,
committing is one. Nothing is reset between two transactions: scopes are transaction-local, and no runtime role is given a
statement that leaves anything behind in a session.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.db.at_commit import AtCommit
from kernel.db.driver import Driver, Record, sqlalchemy_errors
from kernel.db.fixed import Fixed
from kernel.db.scope_token import SETTING, is_token

_BEGIN = "begin; select pg_catalog.set_config('{}', '{}', true)"
COMMITTED = "COMMIT"
FAREWELL_SECONDS = 2


class NotCommitted(sa.exc.DBAPIError):
    """The database answered COMMIT with a rollback, because a statement had failed and its error was swallowed."""


class Line:
    """One connection, open for one transaction at a time."""

    def __init__(self, connection: AsyncConnection, driver: Driver) -> None:
        self._connection = connection
        self._spoken_to = False
        self.driver = driver
        self.at_commit = AtCommit()

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection, inside the transaction that this line has open."""
        self._spoken_to = True
        return self._connection

    @property
    def broken(self) -> bool:
        """Whether it must not be used again."""
        return self.driver.is_closed() or self._connection.invalidated

    async def begin(self, token: str) -> None:
        """Begin a transaction under a signed scope."""
        if not is_token(token):
            raise ValueError("a scope token has another shape")
        with sqlalchemy_errors():
            await self.driver.execute(_BEGIN.format(SETTING, token))

    async def commit(self) -> None:
        """Commit, with what was kept for it. Raises when the database did not."""
        with sqlalchemy_errors():
            answer = await self.driver.execute(self.at_commit.message())
        if answer != COMMITTED:
            raise NotCommitted(None, None, RuntimeError("the transaction had failed before its commit"))

    async def roll_back(self) -> None:
        """Undo; a connection that cannot even do that is cut, which makes the server undo it."""
        try:
            await self.driver.execute("rollback")
        except BaseException as error:
            self.driver.terminate()
            if isinstance(error, asyncio.CancelledError):
                raise

    async def fetch(self, statement: Fixed, parameters: Mapping[str, Any]) -> list[Record]:
        """Run a fixed statement; its rows."""
        with sqlalchemy_errors():
            return await self.driver.fetch(statement.sql, *statement.arguments(parameters), record_class=Record)

    async def settle(self) -> None:
        """Forget the transaction that is over; SQLAlchemy only ever sees single statements on this line."""
        self.at_commit.clear()
        if self._spoken_to:
            self._spoken_to = False
            await self._connection.rollback()

    async def close(self) -> None:
        """Part with the server; one that does not answer is not waited for."""
        with suppress(OSError, sa.exc.SQLAlchemyError), sqlalchemy_errors():
            await self.driver.close(timeout=FAREWELL_SECONDS)
        with suppress(OSError, sa.exc.SQLAlchemyError):
            await self._connection.close()


class Pool:
    """At most `size` lines. Who finds none waits `timeout_seconds`, then gets sqlalchemy.exc.TimeoutError."""

    def __init__(self, engine: AsyncEngine, *, size: int, timeout_seconds: float) -> None:
        self._engine = engine
        self._idle: list[Line] = []
        self._free = asyncio.Semaphore(size)
        self._timeout_seconds = timeout_seconds
        self._closing: set[asyncio.Task[None]] = set()

    async def take(self) -> Line:
        """A line that nobody else has; give it back."""
        if self._free.locked():
            try:
                await asyncio.wait_for(self._free.acquire(), self._timeout_seconds)
            except TimeoutError:
                raise sa.exc.TimeoutError("every connection of this login role was busy for too long") from None
        else:
            await self._free.acquire()
        try:
            while self._idle:
                line = self._idle.pop()
                if not line.broken:
                    return line
                self._discard(line)
            return await self._open()
        except BaseException:
            self._free.release()
            raise

    async def give_back(self, line: Line) -> None:
        """The line is free for others; a broken one is not kept."""
        try:
            await line.settle()
            if line.broken:
                self._discard(line)
            else:
                self._idle.append(line)
        except BaseException:
            self._discard(line)
            raise
        finally:
            self._free.release()

    async def close(self) -> None:
        """Close what is idle, and wait for what is being closed."""
        while self._idle:
            await self._idle.pop().close()
        await asyncio.gather(*self._closing)
        await self._engine.dispose()

    def _discard(self, line: Line) -> None:
        """In a task of its own: whoever had the line may be about to be cancelled."""
        line.driver.terminate()
        task = asyncio.create_task(line.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _open(self) -> Line:
        connection = await self._engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        return Line(connection, driver)
