"""What comes from outside is stored once, whoever sends it how often."""

import asyncio

import pytest
import sqlalchemy as sa
from tests.jobs.running import Office

from kernel import inbox
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.ids import named_id, new_id
from kernel.jobs.outbox import outbox

INTAKE = Scope(audience="intake", request_id="test")


async def receive(office: Office, event: str, payload: bytes = b"{}") -> bool:
    async with open_transaction(office.database, INTAKE) as tx:
        return await inbox.receive(tx, "stripe", event, payload)


async def announced(office: Office) -> list[dict[str, str]]:
    async with open_transaction(office.database, INTAKE) as tx:
        rows = await tx.execute(sa.select(outbox.c.payload).where(outbox.c.topic == "inbox.stripe.received"))
        return list(rows.scalars())


async def test_the_same_event_twice_is_one_row_and_one_job(office: Office) -> None:
    event = f"evt_{new_id()}"
    assert await receive(office, event, b"first")
    assert not await receive(office, event, b"second")
    event_id = named_id("inbox", "stripe", event)
    assert await announced(office) == [{"inbox_id": str(event_id)}]
    async with open_transaction(office.database, INTAKE) as tx:
        assert await inbox.payload_of(tx, event_id) == b"first"


async def test_the_same_event_at_once_is_one_row_and_one_job(office: Office) -> None:
    event = f"evt_{new_id()}"
    assert sorted(await asyncio.gather(*(receive(office, event) for _ in range(3)))) == [False, False, True]
    assert len(await announced(office)) == 1


async def test_an_event_whose_transaction_fails_may_come_again(office: Office) -> None:
    event = f"evt_{new_id()}"
    with pytest.raises(LookupError):
        async with open_transaction(office.database, INTAKE) as tx:
            assert await inbox.receive(tx, "stripe", event, b"{}")
            raise LookupError
    assert await receive(office, event)


async def test_no_practice_sees_an_event_until_it_is_theirs(office: Office) -> None:
    event = f"evt_{new_id()}"
    event_id = named_id("inbox", "stripe", event)
    await receive(office, event)
    async with office.tenant.tx("worker") as tx:
        assert await tx.scalar(sa.select(inbox.inbox_event.c.state).where(inbox.inbox_event.c.id == event_id)) is None
    async with open_transaction(office.database, INTAKE) as tx:
        tenant = office.tenant
        await inbox.claim(tx, event_id, company_id=tenant.company_id, practice_id=tenant.practice_id)
    async with office.tenant.tx("worker") as tx:
        assert await inbox.payload_of(tx, event_id) == b"{}"
        await inbox.finish(tx, event_id, problem="the payment is not ours")
    async with office.tenant.tx() as tx:
        row = (await tx.execute(sa.select(inbox.inbox_event).where(inbox.inbox_event.c.id == event_id))).one()
    assert (row.state, row.problem) == ("refused", "the payment is not ours")
