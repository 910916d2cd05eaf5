"""A job message opens exactly one scope: what somebody makes of it who can write to the queue, and has, or has not, the key."""

import psycopg
import pytest
from tests.jobs.running import Office, leave_effect, listening
from tests.plugins.tenants import MakeTenant

from app.providers import make_broker
from kernel.jobs.message import JobMessage, seal
from kernel.jobs.run import run_job


def send(office: Office, message: JobMessage) -> None:
    """As the relay does, with the installation's key."""
    broker = make_broker(office.settings, role="relay")
    broker.send([message])
    broker.close()


async def test_a_message_sent_again_after_its_job_is_done_changes_nothing(office: Office) -> None:
    """Whoever saw a sealed message, in the queue or by listening, can only send it again."""
    await office.announce()
    message = await office.message()
    send(office, message)
    async with office.working(leave_effect, relaying=False):
        await office.done()
        for _ in range(3):
            send(office, message)
        await office.settled()
    (row,) = await office.rows()
    assert (row.attempts, await office.effects()) == (1, 1)


async def test_a_queued_message_whose_practice_is_changed_is_dropped(office: Office, make_tenant: MakeTenant) -> None:
    """The queue itself is not trusted: the broker's own tables are no practice's, and a worker can write them."""
    theirs = Office(office.settings, office.database, await make_tenant())
    await office.announce()
    await theirs.announce()
    await office.relay()
    with psycopg.connect(office.settings.database.url("worker"), autocommit=True) as queue:
        changed = queue.execute(
            "update dramatiq.queue set message = replace(message::text, %s, %s)::jsonb where message::text like %s",
            (str(office.tenant.practice_id), str(theirs.tenant.practice_id), f"%{office.tenant.practice_id}%"),
        )
        assert changed.rowcount == 1
    async with office.working(leave_effect, relaying=False):
        await theirs.done()
        await office.settled()
    assert (await office.effects(), await theirs.effects()) == (0, 1)
    ((left,), (done,)) = await office.rows(), await theirs.rows()
    assert (left.done_at, left.attempts, done.done_at is None) == (None, 0, False)


@pytest.mark.parametrize("named", ["their practice", "their practice under our company", "no practice"])
async def test_a_signed_message_finds_only_a_row_of_the_practice_it_names(
    office: Office, make_tenant: MakeTenant, named: str
) -> None:
    """Even a message with our own MAC: the row is looked for in the scope, and belongs to another."""
    await office.announce()
    ours, theirs = await office.message(), await make_tenant()
    elsewhere = {
        "their practice": JobMessage(ours.outbox_id, theirs.company_id, theirs.practice_id),
        "their practice under our company": JobMessage(ours.outbox_id, ours.company_id, theirs.practice_id),
        "no practice": JobMessage(ours.outbox_id, None, None),
    }[named]
    assert seal(elsewhere, b"key") != seal(ours, b"key")
    await run_job(office.database, elsewhere, listening(leave_effect))
    (row,) = await office.rows()
    assert (row.done_at, row.problem, row.attempts, await office.effects()) == (None, None, 0, 0)
    await run_job(office.database, ours, listening(leave_effect))
    assert await office.effects() == 1
