"""From the committed announcement to the finished job, and everything that may go wrong between."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
import sqlalchemy as sa
from tests.jobs.running import TOPIC, Office, failing, leave_effect, listening

from app.providers import make_broker
from kernel.db.transaction import Tx
from kernel.jobs.broker import JobBroker
from kernel.jobs.message import ForgedMessage, JobMessage, seal, unseal
from kernel.jobs.outbox import announce, count_open
from kernel.jobs.relay import BATCH, relay_batch
from kernel.jobs.run import run_job


async def test_what_was_announced_and_committed_is_done(office: Office) -> None:
    seen = list[tuple[object, ...]]()

    async def handler(tx: Tx, payload: Mapping[str, str]) -> None:
        seen.append((tx.practice_id, tx.scope.audience, tx.scope.user_id, tx.scope.purpose, payload))
        await leave_effect(tx, payload)

    await office.announce()
    assert await office.relay() == 1
    async with office.working(handler):
        (row,) = await office.done()
    tenant = office.tenant
    assert seen == [(tenant.practice_id, "worker", tenant.user_id, TOPIC, {"place": "0"})]
    assert (row.attempts, row.problem, await office.effects()) == (1, None, 1)


async def test_a_rollback_announces_nothing(office: Office) -> None:
    with pytest.raises(LookupError):
        async with office.tenant.tx() as tx:
            await announce(tx, TOPIC, {})
            assert await count_open(tx) == 1
            raise LookupError
    assert await office.rows() == []
    assert await office.relay() == 0


async def test_a_relay_that_dies_between_sending_and_marking_sends_again_and_the_job_runs_once(office: Office) -> None:
    await office.announce()
    broker = make_broker(office.settings, role="relay")

    def send_and_die(messages: Sequence[JobMessage]) -> None:
        broker.send(messages)
        raise ConnectionError("the relay is gone")

    with pytest.raises(ConnectionError):
        await relay_batch(office.database, send_and_die)
    broker.close()
    assert [row.sent_at for row in await office.rows()] == [None]
    async with office.working(leave_effect, relaying=False):
        await office.done()
        assert await office.relay() == 0
        await office.settled()
    (row,) = await office.rows()
    assert (row.attempts, await office.effects()) == (1, 1)


async def test_what_is_queued_already_is_not_queued_twice(office: Office) -> None:
    await office.announce()
    broker = make_broker(office.settings, role="relay")
    for _ in range(2):
        broker.send([await office.message()])
    broker.close()
    assert await office.queued() == ["queued"]


async def test_two_relays_share_the_work_without_meeting(office: Office) -> None:
    await office.announce(BATCH + 50)
    sent = list[JobMessage]()
    counts = await asyncio.gather(*(relay_batch(office.database, sent.extend) for _ in range(2)))
    assert (sum(counts), max(counts) <= BATCH) == (BATCH + 50, True)  # who takes how many is a matter of luck
    assert len({message.outbox_id for message in sent}) == len(sent) == BATCH + 50
    assert await relay_batch(office.database, sent.extend) == 0


async def test_what_was_announced_first_is_sent_first(office: Office) -> None:
    await office.announce(30)
    sent = list[JobMessage]()
    await relay_batch(office.database, sent.extend)
    assert [message.outbox_id for message in sent] == [row.id for row in await office.rows()]


async def test_of_two_deliveries_at_once_the_second_leaves_the_job_to_the_first(office: Office) -> None:
    await office.announce()
    message = await office.message()
    inside, go_on = asyncio.Event(), asyncio.Event()
    started = 0

    async def handler(tx: Tx, payload: Mapping[str, str]) -> None:
        nonlocal started
        started += 1
        await leave_effect(tx, payload)
        inside.set()
        await go_on.wait()

    first = asyncio.create_task(run_job(office.database, message, listening(handler)))
    await inside.wait()
    await run_job(office.database, message, listening(handler))
    go_on.set()
    await first
    await run_job(office.database, message, listening(handler))
    (row,) = await office.rows()
    assert (started, await office.effects(), row.attempts) == (1, 1, 1)


async def test_what_a_surprise_said_stays_out_of_the_row(office: Office) -> None:
    await office.announce()
    await run_job(office.database, await office.message(), listening(failing(1, lambda: ValueError("born 1980-02-29"))))
    (row,) = await office.rows()
    assert row.problem.startswith("ValueError at ")
    assert "1980" not in row.problem


async def test_a_message_of_somebody_without_the_key_is_dropped(office: Office) -> None:
    await office.announce(2)
    rows = await office.rows()
    forger = JobBroker(office.settings.database.url("relay"), office.settings.jobs, key=b"guessed")
    forger.send([JobMessage(rows[0].id, rows[0].company_id, rows[0].practice_id)])
    forger.close()
    ours = make_broker(office.settings, role="relay")
    ours.send([JobMessage(rows[1].id, rows[1].company_id, rows[1].practice_id)])
    ours.close()
    async with office.working(leave_effect, relaying=False):
        await office.done()
        await office.settled()
    forged, sound = await office.rows()
    assert (forged.done_at, forged.attempts) == (None, 0)
    assert sound.done_at is not None
    assert await office.effects() == 1
    assert await office.queued() == []


async def test_a_sealed_message_cannot_be_addressed_to_another_practice(office: Office) -> None:
    await office.announce()
    message = await office.message()
    body, mac = seal(message, b"key")
    assert unseal(body, mac, b"key") == message
    other = body.replace(str(message.practice_id), str(message.company_id))
    assert other != body
    for forged_body, forged_mac, key in ((other, mac, b"key"), (body, "0" * 64, b"key"), (body, mac, b"other")):
        with pytest.raises(ForgedMessage):
            unseal(forged_body, forged_mac, key)


async def test_a_job_of_another_practice_is_not_seen_and_nothing_runs(office: Office) -> None:
    """Even a signed message runs only within the scope it names."""
    await office.announce()
    message = await office.message()
    elsewhere = JobMessage(message.outbox_id, message.company_id, message.company_id)
    await run_job(office.database, elsewhere, listening(leave_effect))
    assert await office.effects() == 0
    await run_job(office.database, message, listening(leave_effect))
    assert await office.effects() == 1


async def test_services_cannot_rewrite_what_was_announced(office: Office) -> None:
    await office.announce()
    for audience in ("staff", "worker"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with office.tenant.tx(audience) as tx:
                await tx.execute(sa.text("update app.outbox set topic = 'another'"))
    assert [row.topic for row in await office.rows()] == [TOPIC]


async def test_a_message_that_arrives_before_the_relay_has_marked_it_is_run_then_and_not_after_a_lease(
    office: Office,
) -> None:
    """The broker commits by itself: a worker may have the message while the relay still holds the row."""
    await office.announce()
    loop, running = asyncio.get_running_loop(), list[asyncio.Task[None]]()

    def deliver_at_once(messages: Sequence[JobMessage]) -> None:
        async def begin() -> None:
            for message in messages:
                running.append(asyncio.create_task(run_job(office.database, message, listening(leave_effect))))
            await asyncio.wait(running, timeout=0.5)

        asyncio.run_coroutine_threadsafe(begin(), loop).result()

    assert await relay_batch(office.database, deliver_at_once) == 1
    await asyncio.gather(*running)
    (row,) = await office.rows()
    assert (row.done_at is not None, row.attempts, await office.effects()) == (True, 1, 1)
