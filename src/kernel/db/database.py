"""One connection pool per login role, opened when first used."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel.context import Audience
from kernel.crypto.wrapping import KeyWrapper
from kernel.settings import DatabaseSettings


class RoleCanBypass(Exception):
    """A service connected as a role that row security does not bind. It must not serve anything."""


class Database:
    """The pools of one process. A process uses only the roles of its work; each is checked once before its first use."""

    def __init__(self, settings: DatabaseSettings, *, scope_key: bytes, key_wrapper: KeyWrapper | None = None) -> None:
        self._settings = settings
        self._engines: dict[Audience, AsyncEngine] = {}
        self._checked: set[Audience] = set()
        self.scope_key = scope_key
        self.key_wrapper = key_wrapper

    async def connect(self, audience: Audience) -> AsyncConnection:
        """A connection of this login role. Raises RoleCanBypass if row security would not bind it."""
        connection = await self._engine(audience).connect()
        if audience not in self._checked:
            await self._refuse_bypass(connection, audience)
        return connection

    async def ask(self, audience: Audience, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """The rows of one statement that is a transaction by itself and needs no scope: one round trip instead of four."""
        connection = await self.connect(audience)
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            return (await connection.execute(statement, parameters)).all()
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every pool."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()

    def _engine(self, audience: Audience) -> AsyncEngine:
        if audience not in self._engines:
            self._engines[audience] = create_async_engine(
                self._settings.url(audience).replace("postgresql://", "postgresql+asyncpg://", 1),
                pool_size=self._settings.pool_size,
                max_overflow=0,
                pool_timeout=10,
                hide_parameters=True,
                connect_args={"server_settings": _server_settings(audience)},
            )
        return self._engines[audience]

    async def _refuse_bypass(self, connection: AsyncConnection, audience: Audience) -> None:
        row = (await connection.execute(text(_BYPASS))).one()
        await connection.rollback()
        if row.can_bypass or row.owns:
            await connection.close()
            raise RoleCanBypass(
                f"login role {self._settings.login(audience)} can bypass row security; refuse to serve with it"
            )
        self._checked.add(audience)


def _server_settings(audience: Audience) -> Mapping[str, str]:
    settings: dict[str, Any] = {
        "application_name": f"billwright-{audience}",
        "search_path": "pg_catalog",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": "60000",
        "lock_timeout": "10000",
        "jit": "off",
    }
    settings["statement_timeout"] = "600000" if audience == "worker" else "30000"
    return settings


_BYPASS = """
select exists (select from pg_roles r where (r.rolsuper or r.rolbypassrls) and pg_has_role(session_user, r.oid, 'member')) as can_bypass,
       exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'app' and pg_has_role(session_user, c.relowner, 'member')) as owns
"""
