"""A database that died while its connections looked open: the farewell has come, the end of the stream not yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sa
from tests.faults.test_jobs import admin_of
from tests.plugins.tenants import Tenant

from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.settings import Settings

PID = sa.text("select pg_backend_pid()")


class Relay:
    """Stands between the pool and the server; from `hold` on, what the server ends does not seem to end."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends = asyncio.Event()
        self._ends.set()

    def hold(self) -> None:
        self._ends.clear()

    async def serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, forth = await asyncio.open_connection(*self.target)
        for source, target in ((client, forth), (server, back)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        self._ends.set()
        await asyncio.gather(*self._tasks)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while received := await source.read(65_536):
                target.write(received)
        await self._ends.wait()
        target.close()


class Behind:
    """A pool of one connection behind a relay."""

    def __init__(self, database: Database, relay: Relay, admin_url: str) -> None:
        self.database = database
        self._relay = relay
        self._admin_url = admin_url

    async def kill(self, backend: int) -> None:
        """End a connection's server process; its farewell arrives, the end of the stream does not."""
        self._relay.hold()
        async with await psycopg.AsyncConnection.connect(self._admin_url, autocommit=True) as admin:
            await admin.execute("select pg_terminate_backend(%s, 5000)", (backend,))
        await asyncio.sleep(0.2)


@pytest.fixture
async def behind(settings: Settings, database: Database, admin_url: str) -> AsyncIterator[Behind]:
    relay = Relay(settings.database.host, settings.database.port)
    door = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    own = settings.database.model_copy(update={"pool_size": 1, "host": "127.0.0.1", "port": port})
    pools = Database(own, scope_key=database.scope_key)
    yield Behind(pools, relay, admin_of(admin_url, settings))
    await pools.close()
    await relay.stop()
    door.close()
    await door.wait_closed()


async def test_between_two_transactions(behind: Behind, tenant: Tenant) -> None:
    async with open_transaction(behind.database, tenant.scope()) as tx:
        backend = await tx.scalar(PID)
    await behind.kill(backend)
    with pytest.raises(sa.exc.InternalError):
        async with open_transaction(behind.database, tenant.scope()):
            pass
    async with open_transaction(behind.database, tenant.scope()) as tx:
        assert await tx.scalar(PID) != backend


async def test_in_the_middle_of_one(behind: Behind, tenant: Tenant) -> None:
    with pytest.raises(sa.exc.InternalError):
        async with open_transaction(behind.database, tenant.scope()) as tx:
            await behind.kill(await tx.scalar(PID))
            await tx.scalar(PID)
    async with open_transaction(behind.database, tenant.scope()) as tx:
        assert await tx.scalar(sa.text("select 1")) == 1


async def test_closing_the_pool_does_not_wait_for_a_server_that_is_gone(behind: Behind, tenant: Tenant) -> None:
    async with open_transaction(behind.database, tenant.scope()) as tx:
        backend = await tx.scalar(PID)
    await behind.kill(backend)
    await behind.database.close()
