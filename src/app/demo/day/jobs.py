"""Waiting for jobs and partners, as an operator would: until nothing is open, with the reasons if something cannot finish."""

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from app.demo.day.errors import DayStuck
from app.embedded.processes import Supervisor
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.outbox import count_open, failed_topics

PATIENCE_SECONDS = 90.0
REST_SECONDS = 0.05
LAST_ANSWER = "835"
"""What the sandbox payer writes last; an answer appears whole under its name."""


async def wait_for_jobs(database: Database, scopes: list[Scope], supervisor: Supervisor) -> None:
    """Until no job of these scopes is open. Raises DayStuck with the problems, ServiceFailed when a service ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    remaining = None
    while True:
        supervisor.check()
        now_open = 0
        for scope in scopes:
            async with open_transaction(database, scope) as tx:
                now_open += await count_open(tx)
        if now_open == 0:
            return
        if now_open != remaining:
            remaining, deadline = now_open, time.monotonic() + PATIENCE_SECONDS
        if time.monotonic() > deadline:
            raise DayStuck(await _problems(database, scopes, now_open))
        await asyncio.sleep(REST_SECONDS)


async def _problems(database: Database, scopes: list[Scope], still_open: int) -> str:
    said = []
    for scope in scopes:
        async with open_transaction(database, scope) as tx:
            said += [f"{topic}: {problem}" for topic, problem in await failed_topics(tx)]
    return f"{still_open} jobs did not finish. " + ("; ".join(said) or "None of them failed; is the worker running?")


def wait_for_answers(exchange: Path, supervisor: Supervisor) -> None:
    """Until the payer has answered every file it was sent. Raises DayStuck."""
    _wait(lambda: _unanswered(exchange) == [], supervisor, lambda: f"the payer did not answer {_unanswered(exchange)}")


def _unanswered(exchange: Path) -> list[str]:
    return [
        path.name for path in sorted(exchange.glob("to-payer/*.837")) if not (exchange / f".{path.stem}.done").exists()
    ]


def _wait(done: Callable[[], bool], supervisor: Supervisor, problem: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        supervisor.check()
        if time.monotonic() > deadline:
            raise DayStuck(problem())
        time.sleep(REST_SECONDS)


def practice_scopes(company_id: uuid.UUID, practice_ids: list[uuid.UUID]) -> list[Scope]:
    """The scopes whose jobs a day has: each practice's, and intake."""
    scopes = [
        Scope(audience="worker", company_id=company_id, practice_id=practice_id, role="demonstration")
        for practice_id in practice_ids
    ]
    return [*scopes, Scope(audience="intake", role="demonstration")]
