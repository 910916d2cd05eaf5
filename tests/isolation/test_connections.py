"""What the driver and the pool add to the database's own guards, and what of them cannot be closed: then, what stands behind."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sa
from tests.jobs.running import Office, empty, leave_effect
from tests.plugins.tenants import MakeTenant, Tenant

from kernel.db.database import Database
from kernel.db.pool import NotCommitted
from kernel.db.scope_token import SETTING, sign_scope
from kernel.db.transaction import Tx, open_transaction
from kernel.settings import Settings

SEEN = sa.text("select practice_id from app.practice")
PIN_SESSION = sa.text("select pg_catalog.set_config(:setting, :token, false)")


@pytest.fixture
async def one_connection(settings: Settings, database: Database) -> AsyncIterator[Database]:
    """A pool of one connection: whatever a transaction leaves behind, the next one finds."""
    pools = Database(settings.database.model_copy(update={"pool_size": 1}), scope_key=database.scope_key)
    yield pools
    await pools.close()


async def seen(tx: Tx) -> list[object]:
    return list((await tx.execute(SEEN)).scalars())


async def test_one_statement_cannot_bring_another_with_it(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        assert await tx.scalar(sa.text("select 1")) == 1
    with pytest.raises(sa.exc.DBAPIError, match="cannot insert multiple commands into a prepared statement"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text("select 1; set local row_security = off"))


async def test_statements_that_come_stacked_past_the_driver_meet_the_signature(make_tenant: MakeTenant) -> None:
    """The simple protocol, in which transactions begin and end, runs them: a forged scope is refused there too."""
    ours, theirs = await make_tenant(), await make_tenant()
    token = sign_scope(ours.scope(), ours.database.scope_key)
    forged = token.replace(str(ours.practice_id), str(theirs.practice_id))
    with pytest.raises(sa.exc.ProgrammingError, match="bad scope"):
        async with ours.tx() as tx:
            await tx.driver.execute(f"select 1; set local {SETTING} = '{token}'")
            assert await seen(tx) == [ours.practice_id]
            await tx.driver.execute(f"select 1; set local {SETTING} = '{forged}'")
            await seen(tx)


async def test_a_failure_that_was_swallowed_is_not_taken_for_a_commit(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        assert await tx.scalar(sa.text("select 1")) == 1
    with pytest.raises(NotCommitted, match="failed before its commit"):
        async with tenant.tx() as tx:
            with suppress(sa.exc.DBAPIError):
                await tx.execute(sa.text("select 1 / 0"))


@pytest.mark.parametrize("token", ["", "1||||~", "x', true); drop table app.claim; --"])
async def test_only_what_has_the_shape_of_a_token_reaches_the_statement_that_pins_it(
    one_connection: Database, tenant: Tenant, token: str
) -> None:
    async with one_connection.line("staff") as line:
        await line.begin(sign_scope(tenant.scope(), one_connection.scope_key))
        await line.roll_back()
        with pytest.raises(ValueError, match="another shape"):
            await line.begin(token)


@pytest.mark.parametrize("ending", ["commit", "rollback"])
async def test_a_transaction_leaves_no_scope_to_the_next(
    make_tenant: MakeTenant, one_connection: Database, ending: str
) -> None:
    ours, theirs = await make_tenant(), await make_tenant()
    try:
        async with open_transaction(one_connection, ours.scope()) as tx:
            assert await seen(tx) == [ours.practice_id]
            if ending == "rollback":
                raise LookupError
    except LookupError:
        pass
    async with open_transaction(one_connection, theirs.scope()) as tx:
        assert await seen(tx) == [theirs.practice_id]
    async with one_connection.line("staff") as line:
        with pytest.raises(sa.exc.ProgrammingError, match="no scope"):
            await line.connection.execute(SEEN)


async def test_a_scope_set_for_the_session_is_replaced_by_the_next_transactions_own(
    make_tenant: MakeTenant, one_connection: Database
) -> None:
    ours, theirs = await make_tenant(), await make_tenant()
    async with open_transaction(one_connection, ours.scope()) as tx:
        token = sign_scope(ours.scope(), one_connection.scope_key)
        await tx.execute(PIN_SESSION, {"setting": SETTING, "token": token})
    async with one_connection.line("staff") as line:  # it did stay on the connection
        assert (await line.connection.execute(SEEN)).scalars().all() == [ours.practice_id]
    async with open_transaction(one_connection, theirs.scope()) as tx:
        assert await seen(tx) == [theirs.practice_id]


async def test_a_plan_made_for_one_practice_answers_another_with_its_own_rows(
    make_tenant: MakeTenant, one_connection: Database
) -> None:
    """Six times each: from the sixth on Postgres may keep one plan for good."""
    ours, theirs = await make_tenant(), await make_tenant()
    for _ in range(6):
        for tenant in (ours, theirs):
            async with open_transaction(one_connection, tenant.scope()) as tx:
                assert await seen(tx) == [tenant.practice_id]


async def test_a_plan_cannot_be_asked_for_inside_a_query(tenant: Tenant) -> None:
    """EXPLAIN tells how many rows there are to skip; it is a statement of its own, and one statement is all that is sent."""
    async with tenant.tx() as tx:
        await tx.execute(sa.text("explain select id from app.patient"))
    with pytest.raises(sa.exc.ProgrammingError, match="syntax error"):
        async with tenant.tx() as tx:
            await tx.execute(sa.text("select * from (explain select id from app.patient) plan"))


async def test_whoever_listens_hears_ids_and_a_mac(settings: Settings, database: Database, tenant: Tenant) -> None:
    """LISTEN cannot be taken from anybody, so what is said there may be heard by everybody."""
    await empty(database)
    office = Office(settings, database, tenant)
    with psycopg.connect(settings.database.url("patient"), autocommit=True) as listener:
        for happening in ("enqueue", "ack"):
            listener.execute(f'listen "dramatiq.default.{happening}"')
        await office.announce()
        await office.relay()
        async with office.working(leave_effect):
            await office.done()
            await office.settled()
        heard = [one.payload for one in listener.notifies(timeout=0.5)]
    assert "" in heard  # something arrived
    (told,) = [json.loads(payload) for payload in heard if payload]
    body, mac = told["args"]
    assert json.loads(body).keys() == {"outbox_id", "company_id", "practice_id"}
    assert len(mac) == 64
    assert told.keys() <= {"actor_name", "args", "kwargs", "message_id", "message_timestamp", "options", "queue_name"}
