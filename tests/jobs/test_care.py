"""What a person does about jobs and events: seen in lists, replayed, dismissed, through the services and the command."""

import asyncio
import sys
import uuid
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from tests.jobs.running import TOPIC, Office, failing, leave_effect, listening

from app.cli import main
from app.stack import child_environment
from audit.public import record
from kernel import inbox
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict, Invalid, NotFound
from kernel.ids import named_id, new_id
from kernel.jobs.care import Job, dismiss_job, list_jobs, replay_job, replay_topic, show_job
from kernel.jobs.run import run_job

OPERATOR = Scope(audience="intake", role="operator", purpose="cli", request_id="test")


async def die(office: Office, count: int = 1) -> list[uuid.UUID]:
    """Dead jobs of the office's tenant."""
    await office.announce(count)
    async with office.working(failing(100, lambda: Conflict("claim RB0000125 is already sent"))):
        rows = await office.dead()
    return [row.id for row in rows]


async def listed(office: Office, state: str | None = None) -> list[Job]:
    async with open_transaction(office.database, OPERATOR) as tx:
        return await list_jobs(tx, state=state, practice_id=office.tenant.practice_id)


async def replay(office: Office, job_id: uuid.UUID) -> Job:
    async with open_transaction(office.database, OPERATOR) as tx:
        return await replay_job(tx, job_id, record)


async def test_a_dead_job_is_listed_with_what_it_said(office: Office) -> None:
    (job_id,) = await die(office)
    (job,) = await listed(office, "dead")
    assert (job.id, job.topic, job.state, job.attempts) == (job_id, TOPIC, "dead", 1)
    assert job.problem == "claim RB0000125 is already sent"
    assert await listed(office, "waiting") == []


async def test_a_dead_job_that_is_replayed_is_done(office: Office) -> None:
    (job_id,) = await die(office)
    job = await replay(office, job_id)
    assert (job.state, job.attempts) == ("waiting", 0)
    async with office.working(leave_effect):
        await office.done()
    assert await office.effects() == 1
    assert ("jobs.job.replayed", "done") in await office.events()


async def test_replaying_a_done_job_changes_nothing(office: Office) -> None:
    await office.announce()
    message = await office.message()
    await run_job(office.database, message, listening(leave_effect))
    before = await office.rows()
    assert (await replay(office, message.outbox_id)).state == "done"
    assert await office.rows() == before
    assert await office.relay() == 0
    assert (await office.effects(), await office.events()) == (1, [])


async def test_a_job_that_rests_may_be_tried_now_and_keeps_its_count(office: Office) -> None:
    await office.announce()
    message = await office.message()
    await run_job(office.database, message, listening(failing(1, LookupError)))
    job = await replay(office, message.outbox_id)
    assert (job.state, job.attempts) == ("waiting", 1)
    assert await office.relay() == 1


async def test_all_dead_jobs_of_a_topic_are_replayed_at_once(office: Office) -> None:
    await die(office, 3)
    async with open_transaction(office.database, OPERATOR) as tx:
        assert await replay_topic(tx, TOPIC, record) == 3
    async with office.working(leave_effect):
        await office.done(3)
    assert await office.effects() == 3


async def test_a_dismissed_job_stays_put_with_its_reason(office: Office) -> None:
    first, second = await die(office, 2)
    async with open_transaction(office.database, OPERATOR) as tx:
        job = await dismiss_job(tx, first, "the claim was sent by hand", record)
        assert (job.state, job.dismissal) == ("dismissed", "the claim was sent by hand")
        assert await dismiss_job(tx, first, "again", record) == job
        assert await replay_topic(tx, TOPIC, record) == 1
    assert (await replay(office, first)).state == "dismissed"
    async with office.working(leave_effect):
        await office.done()
    assert (await office.effects(), {row.id: row.done_at is None for row in await office.rows()}) == (
        1,
        {first: True, second: False},
    )


async def test_only_a_dead_job_is_dismissed_and_only_with_a_reason(office: Office) -> None:
    (dead,) = await die(office)
    await office.announce()
    waiting = next(row.id for row in await office.rows() if row.id != dead)
    async with open_transaction(office.database, OPERATOR) as tx:
        with pytest.raises(Conflict, match="is waiting; only a dead job"):
            await dismiss_job(tx, waiting, "no", record)
        for reason in ("", "  ", "x" * 201):
            with pytest.raises(Invalid, match="1 to 200 characters"):
                await dismiss_job(tx, dead, reason, record)
        with pytest.raises(NotFound, match="there is no job"):
            await show_job(tx, new_id())
        assert (await dismiss_job(tx, dead, "no", record)).state == "dismissed"


async def event_of(office: Office, *, problem: str | None) -> uuid.UUID:
    """A stored event that has been worked on."""
    external_id = f"evt_{new_id()}"
    async with open_transaction(office.database, OPERATOR) as tx:
        await inbox.receive(tx, "stripe", external_id, b'{"name": "Petra Marlowe"}')
        await inbox.finish(tx, named_id("inbox", "stripe", external_id), problem=problem)
    return named_id("inbox", "stripe", external_id)


@pytest.mark.parametrize("problem", ["the event names no payment of ours in its metadata", None])
async def test_an_event_is_replayed_whether_it_was_refused_or_processed(office: Office, problem: str | None) -> None:
    event_id = await event_of(office, problem=problem)
    async with open_transaction(office.database, OPERATOR) as tx:
        assert (await inbox.show_event(tx, event_id)).state == ("refused" if problem else "processed")
        event = await inbox.replay_event(tx, event_id, record)
        assert (event.state, event.problem, event.size_bytes) == ("received", None, 25)
        waiting = await list_jobs(tx, state="waiting", topic="inbox.stripe.received")
        assert len(waiting) == 2
        assert "Petra" not in repr(await inbox.list_events(tx))
        with pytest.raises(NotFound, match="no inbound event"):
            await inbox.replay_event(tx, new_id(), record)


class Command:
    """`billwright`, against the test database."""

    def __init__(self, office: Office) -> None:
        self._environment = dict(child_environment(office.settings))

    async def run(self, *words: str, code: int = 0) -> str:
        """What it says, run in this process."""
        done = await asyncio.to_thread(CliRunner(env=self._environment).invoke, main, list(words))
        assert done.exit_code == code, done.stderr
        return done.stdout + done.stderr

    async def start(self, *words: str) -> str:
        """What it says, as a process."""
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", *words, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await done.communicate()
        assert done.returncode == 0
        return said.decode()


async def test_the_command_lists_shows_replays_and_dismisses(office: Office, tmp_path: Path) -> None:
    first, second = await die(office, 2)
    command = Command(office)
    table = await command.start("jobs", "list", "--state", "dead")
    assert "claim RB0000125 is already sent" in table
    lines = (await command.run("jobs", "list", "--json")).splitlines()
    rows = [msgspec.json.decode(line, type=Job) for line in lines]
    assert {row.id for row in rows} == {first, second}
    assert "dead" in await command.run("jobs", "show", str(first))
    assert "no longer wanted" in await command.run("jobs", "dismiss", str(first), "--reason", "no longer wanted")
    assert await command.run("jobs", "replay", "--topic", TOPIC) == f"1 dead jobs of {TOPIC} will be tried again\n"
    assert "waiting" in await command.run("jobs", "replay", str(second))
    assert "there is no job" in await command.run("jobs", "show", str(new_id()), code=1)
    assert "name one JOB" in await command.run("jobs", "replay", code=2)
    assert await command.run("jobs", "list", "--state", "done") == "no such jobs\n"
    event_id = await event_of(office, problem="not ours")
    assert "not ours" in await command.run("inbox", "list", "--state", "refused")
    assert "Petra" not in await command.run("inbox", "show", str(event_id), "--json")
    assert "received" in await command.run("inbox", "replay", str(event_id))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_shells_are_helped_to_complete(office: Office, shell: str) -> None:
    assert "_BILLWRIGHT_COMPLETE" in await Command(office).run("completion", shell)
