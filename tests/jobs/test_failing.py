"""A job that does not succeed: tried again after a rest, dead when it was refused or tried too often, and never lost."""

from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa
from tests.jobs.running import QUICK, TOPIC, Office, at_most, failing, leave_effect, listening, listening_outside

from audit.public import record
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict, Unavailable
from kernel.jobs.listeners import Listeners
from kernel.jobs.outbox import count_open, failed_topics, outbox
from kernel.jobs.retry import Retries, RetryPolicy, RetryRule, rest_seconds
from kernel.jobs.run import run_job


@pytest.mark.parametrize(
    "error", [lambda: ValueError("born 1980-02-29"), lambda: Unavailable("the card processor did not answer")]
)
async def test_a_failed_job_is_tried_again_until_it_works(office: Office, error: Callable[[], Exception]) -> None:
    await office.announce()
    async with office.working(failing(2, error)):
        (row,) = await office.done()
    assert (row.attempts, row.problem, await office.effects()) == (3, None, 1)
    assert await office.events() == [("jobs.job.failed", "failed")] * 2


async def test_a_refusal_is_final_and_kept_with_its_words(office: Office) -> None:
    await office.announce()
    async with office.working(failing(1, lambda: Conflict("claim RB0000125 is already sent"))):
        (row,) = await office.dead()
    assert (row.problem, row.done_at, row.attempts) == ("claim RB0000125 is already sent", None, 1)
    assert await office.effects() == 0
    assert await office.events() == [("jobs.job.refused", "refused")]
    async with office.tenant.tx() as tx:
        assert await failed_topics(tx) == [(TOPIC, "claim RB0000125 is already sent")]
        assert await count_open(tx) == 1


async def test_a_job_that_always_fails_is_dead_after_its_attempts_and_never_sent_again(office: Office) -> None:
    await office.announce()
    async with office.working(failing(100, LookupError)):
        (row,) = await office.dead()
    assert row.attempts == QUICK.usual.attempts
    assert await office.effects() == 0
    assert await office.relay() == 0
    assert await office.take_up_lost() == 0
    async with office.working(leave_effect):
        await office.settled()
    assert (await office.effects(), (await office.rows())[0].done_at) == (0, None)


async def test_a_topic_may_have_fewer_attempts(office: Office) -> None:
    await office.announce()
    async with office.working(listening(failing(100, LookupError), retries=at_most(1))):
        (row,) = await office.dead()
    assert row.attempts == 1


async def test_a_topic_nobody_listens_to_waits_for_a_worker_that_does(office: Office) -> None:
    """An old worker beside a new one must not spoil what only the new one knows."""
    await office.announce()
    await run_job(office.database, await office.message(), Listeners({}, {}, QUICK, record))
    async with office.working(leave_effect):
        (row,) = await office.done()
    assert (row.attempts, await office.effects()) == (2, 1)


async def test_outside_work_runs_with_no_transaction_open_and_is_done_once(office: Office) -> None:
    locked = list[bool]()

    async def outside(database: Database, scope: Scope, _: Mapping[str, str]) -> None:
        async with open_transaction(database, scope) as tx:
            free = await tx.execute(sa.select(outbox.c.id).with_for_update(skip_locked=True))
            locked.append(free.first() is None)
            await leave_effect(tx, {})

    await office.announce()
    message = await office.message()
    for _ in range(2):
        await run_job(office.database, message, listening_outside(outside))
    (row,) = await office.rows()
    assert (locked, row.attempts, row.done_at is not None, await office.effects()) == ([False], 1, True, 1)


async def test_outside_work_that_fails_is_tried_again(office: Office) -> None:
    answers = iter([Unavailable("the partner is away"), None])

    async def outside(database: Database, scope: Scope, _: Mapping[str, str]) -> None:
        if (problem := next(answers)) is not None:
            raise problem

    await office.announce()
    async with office.working(listening_outside(outside)):
        (row,) = await office.done()
    assert (row.attempts, row.problem) == (2, None)


async def test_a_message_the_broker_lost_is_sent_again_after_the_lease(office: Office) -> None:
    await office.announce(2)
    await office.relay()
    async with open_transaction(office.database, Scope(audience="relay")) as tx:
        await tx.execute(sa.text("delete from dramatiq.queue"))
    async with office.working(leave_effect):
        rows = await office.done(2)
    assert [row.attempts for row in rows] == [2, 2]
    assert await office.effects() == 2


async def test_what_waits_in_the_queue_is_not_lost_however_long_it_waits(office: Office) -> None:
    await office.announce()
    await office.relay()
    async with open_transaction(office.database, Scope(audience="relay")) as tx:
        await tx.execute(sa.text("update app.outbox set sent_at = now() - interval '1 day'"))
    assert await office.take_up_lost() == 0
    async with office.working(leave_effect):
        (row,) = await office.done()
    assert row.attempts == 1


async def test_a_job_whose_workers_keep_dying_is_dead_in_the_end(office: Office) -> None:
    await office.announce()
    for _ in range(2):
        await office.relay()
        async with open_transaction(office.database, Scope(audience="relay")) as tx:
            await tx.execute(sa.text("update app.outbox set sent_at = now() - interval '1 day'"))
            await tx.execute(sa.text("update dramatiq.queue set state = 'consumed', worker_id = gen_random_uuid()"))
        assert await office.take_up_lost(at_most(2)) == 1
        async with office.tenant.tx("worker") as tx:
            await tx.execute(outbox.update().values(due_at=sa.func.now()))
    (row,) = await office.rows()
    assert (row.attempts, row.dead_at is not None) == (2, True)
    assert row.problem == "the worker that had this job went away before it said how it ended"
    assert await office.relay() == 0


async def test_a_rest_is_not_cut_short(office: Office) -> None:
    slow = Retries(RetryPolicy(attempts=4, first_seconds=3600, longest_seconds=3600))
    await office.announce()
    await run_job(office.database, await office.message(), listening(failing(1, LookupError), retries=slow))
    assert await office.relay() == 0
    assert await office.take_up_lost(slow) == 0
    (row,) = await office.rows()
    assert (row.attempts, row.dead_at) == (1, None)


def test_rests_double_up_to_the_longest_and_are_drawn_by_lot() -> None:
    policy = RetryPolicy(attempts=6, first_seconds=1, longest_seconds=5)
    assert [rest_seconds(policy, n, draw=lambda: 1.0) for n in range(1, 7)] == [1, 2, 4, 5, 5, None]
    assert [rest_seconds(policy, n, draw=lambda: 0.0) for n in range(1, 6)] == [0.5, 1, 2, 2.5, 2.5]
    assert rest_seconds(RetryPolicy(10**6, 1, 900), 10**5, draw=lambda: 1.0) == 900


def test_a_topics_rule_changes_only_what_it_names() -> None:
    retries = Retries(RetryPolicy(12, 1, 900), {"edi.file.queued": RetryRule(attempts=80)})
    assert retries.policy("edi.file.queued") == RetryPolicy(80, 1, 900)
    assert retries.policy("edi.file.sent") == RetryPolicy(12, 1, 900)
