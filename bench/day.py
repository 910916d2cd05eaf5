"""A practice's day of claims, in process: what each step takes of the whole. HTTP, the broker and the payer are left out."""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from app.demo.facts import DemoFacts, DemoPractice, encounters_file, load_facts
from app.resources import Resources
from app.subscriptions import listeners
from bench.installation import Office, installation, open_office
from bench.measure import Measure, part_of_whole
from claims.public import submit_ready
from clearinghouse.public import request_poll
from credentialing.public import approve_enrollment, list_enrollments
from directory.public import providers_by_npi
from interop.runs.encounters import import_encounters
from kernel.db.transaction import Tx
from kernel.jobs.listeners import Handler
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import count_open
from kernel.jobs.relay import relay_batch
from kernel.jobs.run import run_job
from reports.service import practice_report
from sandbox.payer.desk import Desk

ROUNDS = 3
MOST_EXCHANGES = 6

IMPORT = "import the encounters"
BUILD = "build, charge and scrub claims"
RELEASE = "approve an enrollment, scrub again"
SUBMIT = "write 837P files"
SEND = "put files into the mailbox"
FETCH = "take files from the mailbox"
ACKNOWLEDGE = "apply 999 and 277CA"
READ = "read and check 835s"
POST = "match, plan and post 835s"
REPORT = "report"

STEPS = {
    "claims.encounters.captured": BUILD,
    "credentialing.enrollment.approved": RELEASE,
    "edi.file.queued": SEND,
    "edi.file.sent": SEND,
    "clearinghouse.poll.due": FETCH,
    "edi.999.received": ACKNOWLEDGE,
    "edi.277ca.received": ACKNOWLEDGE,
    "edi.835.received": READ,
    "payments.remittance.received": POST,
}
"""The step that a topic's job belongs to."""

Seconds = dict[str, float]


class DayWentWrong(Exception):
    """The measured day did not end as the demonstration's does, so its times mean nothing."""


def run() -> list[Measure]:
    """The steps, slowest first, as medians; each round is a company of its own on the same database."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    practice = facts.practices[0]
    async with installation(facts.business_date) as installed:
        days = [await run_day(installed.resources, facts, practice, f"bench-{number}") for number in range(ROUNDS)]
    whole = [sum(day.values()) for day in days]
    names = sorted(days[0], key=lambda name: -statistics.median(day[name] for day in days))
    noise = f"median of {ROUNDS} days, {min(whole):.2f} to {max(whole):.2f} s; {practice.slug}'s shipped file"
    total = statistics.median(whole)
    return [
        part_of_whole("day: all steps, s", total, total, note=noise),
        *(
            part_of_whole(f"day: {name}, s", statistics.median(day[name] for day in days), total, note="")
            for name in names
        ),
    ]


async def run_day(resources: Resources, facts: DemoFacts, practice: DemoPractice, company_slug: str) -> Seconds:
    """The whole day of this practice as client of a company of that slug; the seconds of each step. Raises DayWentWrong."""
    office = await open_office(resources, facts, practice, company_slug)
    day = Day(resources, office, Desk(resources.settings.home / "exchange", facts.business_date))
    await day.begin()
    await day.take_in(practice)
    await day.send()
    await day.approve(facts, practice)
    for _ in range(MOST_EXCHANGES):
        await day.send()
        if not await day.receive():
            break
    await day.report(facts)
    return day.seconds


class Day:
    """One practice's day, and the seconds of each step so far."""

    def __init__(self, resources: Resources, office: Office, payer: Desk) -> None:
        self.seconds: Seconds = defaultdict(float)
        self._resources = resources
        self._office = office
        self._payer = payer
        heard = listeners(resources)
        noted, self._took_up = _noted(heard.handlers)
        self._listeners = msgspec.structs.replace(heard, handlers=noted)

    async def begin(self) -> None:
        """Run what opening the office left behind; it is no part of the day."""
        await self._jobs()
        self.seconds.clear()

    async def take_in(self, practice: DemoPractice) -> None:
        """Import the file; the jobs build claims, post charges and scrub."""
        with encounters_file(practice).open("rb") as file, self._step(IMPORT):
            async with self._office.tx() as tx:
                await import_encounters(tx, self._resources.store, file_name="encounters.csv", file=file)  # type: ignore[arg-type]
        await self._jobs()

    async def approve(self, facts: DemoFacts, practice: DemoPractice) -> None:
        """The payer's approvals that were waited for, back to an earlier date."""
        for one in facts.enrollments():
            if one.practice == practice.slug and one.retroactive_effective_date is not None:
                with self._step(RELEASE):
                    async with self._office.tx() as tx:
                        provider = (await providers_by_npi(tx))[one.provider_npi]
                        waiting = [
                            found
                            for found in await list_enrollments(tx)
                            if found.provider_id == provider.id and found.effective_date is None
                        ]
                        for found in waiting:
                            await approve_enrollment(tx, found.id, one.retroactive_effective_date)
                await self._jobs()

    async def send(self) -> None:
        """Write what is ready, and send it."""
        with self._step(SUBMIT):
            async with self._office.tx() as tx:
                await submit_ready(tx, self._resources.store)
        await self._jobs()

    async def receive(self) -> bool:
        """Let the payer answer, unmeasured, and work through the answers; whether there were any."""
        await asyncio.to_thread(self._payer.sweep)
        before = len(self._took_up)
        async with self._office.tx() as tx:
            await request_poll(tx)
        await self._jobs()
        return len(self._took_up) > before + 1

    async def report(self, facts: DemoFacts) -> None:
        """The day's report, which also says whether the day went well. Raises DayWentWrong."""
        with self._step(REPORT):
            async with self._office.tx() as tx:
                report = await practice_report(tx, as_of=facts.business_date)
        async with self._office.tx("worker") as tx:
            unfinished = await count_open(tx)
        held = [row.trace_number for row in report.remittances if row.problem]
        if report.equation.unexplained_cents or report.breaches or held or unfinished or not report.remittances:
            raise DayWentWrong(f"{unfinished} jobs open, {len(held)} remittances held, {len(report.breaches)} breaches")

    async def _jobs(self) -> None:
        """Run what was announced, and what that announces, one after the other in this process."""
        database = self._resources.database
        waiting: list[JobMessage] = []
        while await relay_batch(database, waiting.extend):
            for message in waiting:
                started = time.perf_counter()
                await run_job(database, message, self._listeners)
                self.seconds[STEPS[self._took_up[-1]]] += time.perf_counter() - started
            waiting.clear()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - started


def _noted(of_topics: Mapping[str, Handler]) -> tuple[Mapping[str, Handler], list[str]]:
    """The same handlers, and the list in which they note their topic when they are called."""
    took_up: list[str] = []

    def noting(topic: str, handler: Handler) -> Handler:
        async def run(tx: Tx, payload: Mapping[str, str]) -> None:
            took_up.append(topic)
            await handler(tx, payload)

        return run

    return {topic: noting(topic, handler) for topic, handler in of_topics.items()}, took_up
