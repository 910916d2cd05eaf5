"""`billwright jobs` and `billwright inbox`: what waits, what is dead and why; replay it, or put it aside."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from app.cli_shapes import REASON
from app.cli_tables import show_one, show_rows
from app.providers import make_database
from audit.public import record
from kernel import inbox
from kernel.context import Scope
from kernel.db.transaction import Tx, open_transaction
from kernel.ids import new_id
from kernel.jobs.care import dismiss_job, list_jobs, replay_job, replay_topic, show_job
from kernel.settings import load_settings

T = TypeVar("T")

JOB_COLUMNS = ("id", "state", "topic", "attempts", "created_at", "problem")
EVENT_COLUMNS = ("id", "state", "source", "external_id", "received_at", "problem")
JOB_STATES = ("waiting", "sent", "done", "dead", "dismissed")
EVENT_STATES = ("received", "claimed", "processed", "refused")

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line, with every field.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most."
)


def run_as_operator(work: Callable[[Tx], Awaitable[T]]) -> T:
    """Do something in one transaction of the operator at this machine, which sees outbox and inbox of everybody."""

    async def run() -> T:
        database = make_database(load_settings())
        scope = Scope(audience="intake", role="operator", purpose="cli", request_id=str(new_id()))
        try:
            async with open_transaction(database, scope) as tx:
                return await work(tx)
        finally:
            await database.close()

    return asyncio.run(run())


@click.group()
def jobs() -> None:
    """Jobs: look, replay what is dead, dismiss what is not wanted."""


@jobs.command("list")
@click.option("--state", type=click.Choice(JOB_STATES), help="Only jobs in this state.")
@click.option("--topic", help="Only jobs of this topic.")
@click.option("--practice", type=click.UUID, help="Only jobs of the practice with this id.")
@limit_option
@as_json_option
def list_(*, state: str | None, topic: str | None, practice: uuid.UUID | None, limit: int, as_json: bool) -> None:
    """The newest jobs, newest first."""
    found = run_as_operator(lambda tx: list_jobs(tx, state=state, topic=topic, practice_id=practice, limit=limit))
    show_rows(found, JOB_COLUMNS, as_json=as_json, nothing="no such jobs")


@jobs.command()
@click.argument("job", type=click.UUID)
@as_json_option
def show(job: uuid.UUID, *, as_json: bool) -> None:
    """Everything about one job but what it works on."""
    show_one(run_as_operator(lambda tx: show_job(tx, job)), as_json=as_json)


@jobs.command()
@click.argument("job", type=click.UUID, required=False)
@click.option("--topic", help="Replay every dead job of this topic instead.")
@as_json_option
def replay(job: uuid.UUID | None, *, topic: str | None, as_json: bool) -> None:
    """Try a dead job again, or one that rests now. A job that is done stays as it is."""
    if (job is None) == (topic is None):
        raise click.UsageError("name one JOB, or a --topic")
    if job is not None:
        one = job
        show_one(run_as_operator(lambda tx: replay_job(tx, one, record)), as_json=as_json)
    else:
        count = run_as_operator(lambda tx: replay_topic(tx, topic or "", record))
        click.echo(f'{{"replayed":{count}}}' if as_json else f"{count} dead jobs of {topic} will be tried again")


@jobs.command()
@click.argument("job", type=click.UUID)
@click.option("--reason", required=True, type=REASON, help="Why it is not wanted any more; no personal data.")
@as_json_option
def dismiss(job: uuid.UUID, *, reason: str, as_json: bool) -> None:
    """Put a dead job aside for good."""
    show_one(run_as_operator(lambda tx: dismiss_job(tx, job, reason, record)), as_json=as_json)


@click.group("inbox")
def inbox_group() -> None:
    """Inbound events: look, and replay."""


@inbox_group.command("list")
@click.option("--state", type=click.Choice(EVENT_STATES), help="Only events in this state.")
@click.option("--source", help="Only events of this sender.")
@limit_option
@as_json_option
def list_events(*, state: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """The newest events, newest first."""
    found = run_as_operator(lambda tx: inbox.list_events(tx, state=state, source=source, limit=limit))
    show_rows(found, EVENT_COLUMNS, as_json=as_json, nothing="no such events")


@inbox_group.command("show")
@click.argument("event", type=click.UUID)
@as_json_option
def show_event(event: uuid.UUID, *, as_json: bool) -> None:
    """Everything about one event but what it says."""
    show_one(run_as_operator(lambda tx: inbox.show_event(tx, event)), as_json=as_json)


@inbox_group.command("replay")
@click.argument("event", type=click.UUID)
@as_json_option
def replay_event(event: uuid.UUID, *, as_json: bool) -> None:
    """Take a stored event up once more; one that was processed changes nothing again."""
    show_one(run_as_operator(lambda tx: inbox.replay_event(tx, event, record)), as_json=as_json)
