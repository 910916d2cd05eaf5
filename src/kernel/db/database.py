"""One connection pool per login role, opened when first used."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kernel.context import Audience
from kernel.crypto.wrapping import KeyWrapper
from kernel.db.driver import Record
from kernel.db.fixed import Fixed
from kernel.db.pool import Line, Pool
from kernel.settings import DatabaseSettings


class RoleCanBypass(Exception):
    """A service connected as a role that row security does not bind. It must not serve anything."""


class Database:
    """The pools of one process. A process uses only the roles of its work; each is checked once before its first use."""

    def __init__(self, settings: DatabaseSettings, *, scope_key: bytes, key_wrapper: KeyWrapper | None = None) -> None:
        self._settings = settings
        self._pools: dict[Audience, Pool] = {}
        self._engines: dict[Audience, AsyncEngine] = {}
        self._checked: set[Audience] = set()
        self.scope_key = scope_key
        self.key_wrapper = key_wrapper

    @asynccontextmanager
    async def line(self, audience: Audience) -> AsyncIterator[Line]:
        """A connection of this login role for one transaction. Raises RoleCanBypass if row security would not bind it."""
        if audience not in self._checked:
            await self._check(audience)
        pool = self._pools[audience]
        line = await pool.take()
        try:
            yield line
        finally:
            await pool.give_back(line)

    async def verify(self, *audiences: Audience) -> None:
        """Check these login roles now, before a process begins its work. Raises RoleCanBypass, MissingSecrets.

        While the database does not answer nothing is said: each role is checked again before its first use.
        """
        self.require(*audiences)
        for audience in audiences:
            with suppress(OSError, exc.SQLAlchemyError):
                await self._check(audience)

    def require(self, *audiences: Audience) -> None:
        """Raises MissingSecrets with each of these login roles that has no password."""
        self._settings.require(*audiences)

    async def ask(self, audience: Audience, statement: Fixed, parameters: Mapping[str, Any]) -> Sequence[Record]:
        """The rows of one statement that is a transaction by itself and needs no scope: one round trip instead of four."""
        async with self.line(audience) as line:
            return await line.fetch(statement, parameters)

    async def connect(self, audience: Audience) -> AsyncConnection:
        """A connection outside the pool, without a scope: for looking at what a login role can do. Close it."""
        if audience not in self._checked:
            await self._check(audience)
        connection = await self._engines[audience].connect()
        return await connection.execution_options(isolation_level="READ COMMITTED")

    async def close(self) -> None:
        """Close every pool."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()
        self._engines.clear()
        self._checked.clear()

    def _engine(self, audience: Audience) -> AsyncEngine:
        if audience not in self._engines:
            self._engines[audience] = create_async_engine(
                self._settings.url(audience).replace("postgresql://", "postgresql+asyncpg://", 1),
                poolclass=NullPool,  # kernel.db.pool keeps the connections
                isolation_level="AUTOCOMMIT",  # and begins and ends their transactions
                hide_parameters=True,
                connect_args={"server_settings": _server_settings(audience, self._settings)},
            )
            self._pools[audience] = Pool(
                self._engines[audience], size=self._settings.pool_size, timeout_seconds=self._settings.pool_wait_seconds
            )
        return self._engines[audience]

    async def _check(self, audience: Audience) -> None:
        async with self._engine(audience).connect() as connection:
            row = (await connection.execute(text(_BYPASS))).one()
        if row.can_bypass or row.owns:
            raise RoleCanBypass(
                f"login role {self._settings.login(audience)} can bypass row security; refuse to serve with it"
            )
        self._checked.add(audience)


def _server_settings(audience: Audience, database: DatabaseSettings) -> Mapping[str, str]:
    settings: dict[str, Any] = {
        "application_name": f"billwright-{audience}",
        "search_path": "pg_catalog",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": "60000",
        "lock_timeout": str(int(database.lock_wait_seconds * 1000)),
        "jit": "off",
    }
    settings["statement_timeout"] = "600000" if audience == "worker" else "30000"
    return settings


_BYPASS = """
select exists (select from pg_roles r where (r.rolsuper or r.rolbypassrls) and pg_has_role(session_user, r.oid, 'member')) as can_bypass,
       exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'app' and pg_has_role(session_user, c.relowner, 'member')) as owns
"""
