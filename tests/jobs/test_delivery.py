"""From the committed announcement to the finished job, and everything that may go wrong between."""

import asyncio
import traceback
from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from tests.jobs.running import TOPIC, Office, failing, leave_effect

from app.providers import make_broker
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Unavailable
from kernel.jobs.broker import JobBroker
from kernel.jobs.message import ForgedMessage, JobMessage, seal, unseal
from kernel.jobs.outbox import announce, count_open, failed_topics
from kernel.jobs.relay import relay_batch, resend_unfinished
from kernel.jobs.run import JobFailed, run_job


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
    send = broker.sender()

    def send_and_die(message: JobMessage) -> None:
        send(message)
        raise ConnectionError("the relay is gone")

    with pytest.raises(ConnectionError):
        await relay_batch(office.database, send_and_die)
    broker.close()
    assert [row.sent_at for row in await office.rows()] == [None]
    assert await office.relay() == 1
    assert await office.queued() == ["queued", "queued"]
    async with office.working(leave_effect):
        (row,) = await office.done()
        await office.settled()
    assert (row.attempts, await office.effects()) == (1, 1)


async def test_two_relays_share_the_work_without_meeting(office: Office) -> None:
    await office.announce(250)
    sent = list[JobMessage]()
    assert sorted(await asyncio.gather(*(relay_batch(office.database, sent.append) for _ in range(2)))) == [50, 200]
    assert len({message.outbox_id for message in sent}) == len(sent) == 250
    assert await relay_batch(office.database, sent.append) == 0


async def test_of_two_deliveries_at_once_the_second_waits_and_finds_it_done(office: Office) -> None:
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

    first = asyncio.create_task(run_job(office.database, message, {TOPIC: handler}))
    await inside.wait()
    second = asyncio.create_task(run_job(office.database, message, {TOPIC: handler}))
    waiting, _ = await asyncio.wait({second}, timeout=0.3)
    assert not waiting
    go_on.set()
    await asyncio.gather(first, second)
    assert (started, await office.effects()) == (1, 1)


async def test_a_refusal_is_final_and_kept_with_its_words(office: Office) -> None:
    await office.announce()
    await office.relay()
    async with office.working(failing(1, lambda: Conflict("claim RB0000125 is already sent"))):
        (row,) = await office.until(lambda rows: rows[0].problem is not None)
        await office.settled()
    assert (row.problem, row.done_at, row.attempts) == ("claim RB0000125 is already sent", None, 1)
    assert await office.effects() == 0
    async with office.tenant.tx() as tx:
        assert await failed_topics(tx) == [(TOPIC, "claim RB0000125 is already sent")]


@pytest.mark.parametrize(
    "error", [lambda: ValueError("born 1980-02-29"), lambda: Unavailable("the card processor did not answer")]
)
async def test_anything_else_is_tried_again_until_it_works(office: Office, error: type[Exception]) -> None:
    await office.announce()
    await office.relay()
    async with office.working(failing(2, error)):
        (row,) = await office.done()
        await office.settled()
    assert (row.attempts, row.problem, await office.effects()) == (3, None, 1)


async def test_what_a_surprise_said_reaches_neither_the_row_nor_the_broker(office: Office) -> None:
    await office.announce()
    with pytest.raises(JobFailed, match=r"^ValueError at ") as told:
        await run_job(
            office.database, await office.message(), {TOPIC: failing(1, lambda: ValueError("born 1980-02-29"))}
        )
    assert "1980" not in "".join(traceback.format_exception(told.value))
    (row,) = await office.rows()
    assert row.problem.startswith("ValueError at ")
    assert "1980" not in row.problem


async def test_a_message_of_somebody_without_the_key_is_dropped_and_never_retried(office: Office) -> None:
    await office.announce(2)
    rows = await office.rows()
    forger = JobBroker(office.settings.database.url("relay"), office.settings.jobs, key=b"guessed")
    forger.sender()(JobMessage(rows[0].id, rows[0].company_id, rows[0].practice_id))
    forger.close()
    ours = make_broker(office.settings, role="relay")
    ours.sender()(JobMessage(rows[1].id, rows[1].company_id, rows[1].practice_id))
    ours.close()
    async with office.working(leave_effect):
        await office.done()
        await office.settled()
    forged, sound = await office.rows()
    assert (forged.done_at, forged.attempts) == (None, 0)
    assert sound.done_at is not None
    assert await office.effects() == 1
    ((body, retries),) = await office.rejected()
    assert str(forged.id) in body
    assert retries == 0


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
    await run_job(office.database, elsewhere, {TOPIC: leave_effect})
    assert await office.effects() == 0
    await run_job(office.database, message, {TOPIC: leave_effect})
    assert await office.effects() == 1


async def test_what_was_sent_and_never_finished_is_sent_again_when_a_worker_starts(office: Office) -> None:
    await office.announce(2)
    lost = list[JobMessage]()
    assert await relay_batch(office.database, lost.append) == 2
    await run_job(office.database, lost[0], {TOPIC: leave_effect})
    assert await office.relay() == 0
    assert await resend_unfinished(office.database) == 1
    assert await office.relay() == 1
    async with office.working(leave_effect):
        rows = await office.done(2)
    assert [row.attempts for row in rows] == [1, 1]
    assert await office.effects() == 2
    assert await resend_unfinished(office.database) == 0


async def test_services_cannot_rewrite_what_was_announced(office: Office) -> None:
    await office.announce()
    for audience in ("staff", "worker"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with office.tenant.tx(audience) as tx:
                await tx.execute(sa.text("update app.outbox set topic = 'another'"))
    assert [row.topic for row in await office.rows()] == [TOPIC]
