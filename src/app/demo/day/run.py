"""`billwright demo` and `billwright up`: the day from beginning to end, told as it happens."""

import asyncio
import datetime as dt
import sys
import uuid
from pathlib import Path

import msgspec

from app.audit_commands import verify_log
from app.demo.day import claims_day, facts_told, isolation, patient_pays
from app.demo.day.interruptions import told_in_words
from app.demo.day.jobs import practice_scopes, wait_for_answers, wait_for_jobs
from app.demo.day.setup import People, Tenants, add_the_people, open_the_company, set_up, tenants_of
from app.demo.day.telling import Teller
from app.demo.facts import DemoPractice, load_facts
from app.providers import make_resources
from app.resources import Resources
from app.stack import Stack, line_for_other_commands, local_settings, running_stack
from audit.public import count_by_action
from kernel import clock
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.money import dollars
from kernel.secrets import LocalSecrets
from kernel.settings import Settings
from payments.public import PatientAccount
from reports.service import PracticeReport

HOUR = dt.time(16, 0, tzinfo=dt.UTC)
BILLERS = {"riverbend": "biller-riverbend", "cedar-hill": "biller-cedar-hill"}
PAYING_PRACTICE, OTHER_PRACTICE = "riverbend", "cedar-hill"
LEASE_SECONDS = 6.0
"""A demonstration that was killed goes on soon: the jobs of its dead worker are taken up after this long."""


def demo_settings(home: Path) -> Settings:
    """The installation of the demonstration, on its fixed business date."""
    facts = load_facts()
    settings = local_settings(home, business_time=dt.datetime.combine(facts.business_date, HOUR))
    settings.jobs.lease_seconds = LEASE_SECONDS
    settings.web.office_name, settings.web.office_phone = facts.company.name, "(614) 555-0100"
    return settings


def run_demo(home: Path, *, as_json: bool) -> int:
    """Run the day twice, tell it, and return the exit code: 0 when everything adds up."""
    teller = Teller(quiet=as_json)
    teller.say("Billwright: a billing day for two practices of one billing company.")
    # The mailboxes are read when the day says so. Read every minute besides, a slow machine would bill in another order.
    demo_stack = running_stack(demo_settings(home), fixed_ports=False, scheduled=False)
    with demo_stack as stack, asyncio.Runner() as runner:
        day = Day(stack, teller, runner)
        try:
            with told_in_words(stack.supervisor):
                facts = day.run()
        finally:
            runner.run(day.resources.close())
    if as_json:
        sys.stdout.write(facts_told.as_json(facts).decode() + "\n")
    for problem in facts.problems:
        teller.say(f"OFF: {problem}")
    if not facts.problems:
        teller.say("\nEverything adds up: nothing unexplained, nothing twice, nothing seen that must not be seen.")
        teller.say(f"Look next: {home / 'demo'} (reports as CSV and XLSX), then `make up` to look around in a browser.")
    return 1 if facts.problems else 0


def run_up(home: Path) -> None:
    """Start everything, set the company up, print addresses and sign-ins, and stay until Ctrl-C."""
    teller = Teller(quiet=False)
    with running_stack(demo_settings(home), fixed_ports=True) as stack, asyncio.Runner() as runner:
        people = People(load_facts(), LocalSecrets(stack.settings.home / "secrets"))
        resources = make_resources(stack.settings)
        try:
            runner.run(open_the_company(resources.database, people))
            working = set_up(people, stack.settings.web.public_url)
            runner.run(add_the_people(resources.database, people, working))
        finally:
            runner.run(resources.close())
        web = stack.settings.web.public_url
        teller.say("\nBillwright is up. Ctrl-C stops everything.\n")
        teller.say(f"  A patient's bill     {web}/bill")
        teller.say(f"  API (OpenAPI)        {web}/api/v1/openapi")
        teller.say(f"  Card processor       {stack.settings.stripe.api_base} (stand-in)\n")
        teller.say("  For commands in another terminal, such as `billwright doctor`:")
        teller.say(f"    {line_for_other_commands(stack.settings)}\n")
        teller.say("  Sign-ins (POST /api/v1/session):")
        for person in (*people.facts.staff, *people.facts.practice_users):
            teller.say(f"    {person.email:42} {people.password(person):46} {person.role}")
        teller.say("")
        stack.supervisor.wait()


class Day:
    """One billing day. Every step is keyed by what it is about, so a day that was cut short goes on where it stopped."""

    def __init__(self, stack: Stack, teller: Teller, runner: asyncio.Runner) -> None:
        self._stack = stack
        self._teller = teller
        self._runner = runner
        self._facts = load_facts()
        self._home = stack.settings.home
        self._url = stack.settings.web.public_url
        self._people = People(self._facts, LocalSecrets(self._home / "secrets"))
        self._tenants: Tenants = tenants_of(self._facts)
        self._scopes = practice_scopes(self._tenants.company_id, list(self._tenants.practices.values()))
        self.resources: Resources = make_resources(stack.settings)
        clock.fix_process_time(stack.settings.business_time)

    def run(self) -> facts_told.DayFacts:
        """The nine steps."""
        tell = self._teller
        with tell.step("Set up the company, its practices, people, payers and enrollments"):
            self._set_up()
        with tell.step("Import encounters, build claims, scrub, hold, release, send"):
            self._claims_out()
        with tell.step("The payer acknowledges, pays, denies, reverses and recovers; secondaries are billed"):
            self._answers_in()
        with tell.step("A patient opens the bill and pays by card"):
            paying = self._patient_pays()
        with tell.step("Reports: what became of every dollar"):
            reports = [self._report(practice) for practice in self._facts.practices]
        with tell.step("Isolation: what tenants see of each other"):
            walls = self._isolation(paying)
        with tell.step("Run everything a second time"):
            same_books, same_files = self._repeat(reports)
        with tell.step("Audit: every step left its event"):
            practices = [self._practice_facts(practice) for practice in self._facts.practices]
            self._tell_sealed()
        return facts_told.DayFacts(
            business_date=str(self._facts.business_date),
            practices=practices,
            isolation=walls,
            same_books=same_books,
            same_files=same_files,
        )

    def _set_up(self) -> None:
        self._runner.run(open_the_company(self.resources.database, self._people))
        working = set_up(self._people, self._url)
        self._runner.run(add_the_people(self.resources.database, self._people, working))
        names = " and ".join(practice.name for practice in self._facts.practices)
        people = len(self._facts.staff) + len(self._facts.practice_users)
        self._teller.detail(f"{self._facts.company.name} bills for {names}")
        self._teller.detail(
            f"{people} people, {len(self._facts.providers)} providers, {len(self._facts.payers)} payers,"
            f" {len(self._facts.enrollments())} enrollments"
        )

    def _claims_out(self) -> None:
        for practice in self._facts.practices:
            base = self._base(practice)
            with self._people.at_work(BILLERS[practice.slug], self._url) as biller:
                imported = claims_day.import_encounters(biller, base, practice, self._reports(practice))
                self._jobs()
                waiting = claims_day.waiting_for_enrollment(biller, base)
                held = len(claims_day.claims_in(biller, base, "held"))
                claims_day.submit(biller, base)
                self._jobs()
                self._approve(practice, base)
                self._jobs()
                still = {one["number"] for one in claims_day.claims_in(biller, base, "held")}
                claims_day.submit(biller, base)
                self._jobs()
            released = [number for number in waiting if number not in still]
            exactly = (
                "exactly these" if released == waiting and held - len(released) == len(still) else "NOT exactly these"
            )
            self._teller.detail(
                f"{practice.name}: {imported.accepted} encounters in, {imported.refused_rows} rows refused;"
                f" {held} claims held, {len(waiting)} of them for an enrollment"
            )
            if waiting:
                self._teller.detail(
                    f"  the payer approved it back to an earlier date: {len(released)} claims released, {exactly}"
                )

    def _approve(self, practice: DemoPractice, base: str) -> None:
        with self._people.at_work("credentialing", self._url) as specialist:
            for one in self._facts.enrollments():
                if one.practice == practice.slug and one.retroactive_effective_date is not None:
                    claims_day.approve(specialist, base, one)

    def _answers_in(self) -> None:
        for practice in self._facts.practices:
            base, exchange = self._base(practice), self._exchange(practice)
            with self._people.at_work(BILLERS[practice.slug], self._url) as biller:
                for _ in range(claims_day.MOST_ROUNDS):
                    wait_for_answers(exchange, self._stack.supervisor)
                    while not claims_day.exchange_files(biller, base, exchange):
                        self._jobs()
                    self._jobs()
                    if not claims_day.submit(biller, base):
                        break
                    self._jobs()
                states = {
                    state: len(claims_day.claims_in(biller, base, state))
                    for state in ("patient", "denied", "closed", "held")
                }
                paid = biller.list(f"{base}/remittances")
            self._teller.detail(
                f"{practice.name}: {len(paid)} payments, {sum(one['claim_count'] for one in paid)} decisions;"
                f" now {', '.join(f'{count} {state}' for state, count in states.items())}"
            )

    def _patient_pays(self) -> patient_pays.Payer:
        slug = PAYING_PRACTICE
        practice = self._facts.practice(slug)
        base = self._base(practice)
        with self._people.at_work(BILLERS[slug], self._url) as biller:
            candidates = [
                uuid.UUID(one["patient_id"])
                for state in ("patient", "closed")
                for one in claims_day.claims_in(biller, base, state)
            ]
            paying = self._runner.run(
                patient_pays.choose_patient(self.resources.database, self._tenants, slug, candidates)
            )
            code = biller.post(f"{base}/patients/{paying.patient.id}/bill-code")["code"]
        visitor = patient_pays.BillVisitor(self._url)
        try:
            visitor.open(code, paying.patient)
            visitor.pay_all(self._stack.supervisor)
        finally:
            visitor.close()
        self._jobs()
        account = self._runner.run(
            patient_pays.account_of(self.resources.database, self._tenants, slug, paying.patient.id)
        )
        self._tell_bill(account)
        return paying

    def _tell_bill(self, account: PatientAccount) -> None:
        visits = account.visits
        self._teller.detail(
            f"price ${dollars(sum(one.price_cents for one in visits))}"
            f" - discount ${dollars(sum(one.discount_cents for one in visits))}"
            f" - insurer ${dollars(sum(one.insurer_paid_cents for one in visits))}"
            f" = share ${dollars(sum(one.owed_cents + one.patient_paid_cents for one in visits))};"
            f" paid ${dollars(sum(one.patient_paid_cents for one in visits))} by card, owes ${dollars(account.owed_cents)}"
        )

    def _report(self, practice: DemoPractice) -> PracticeReport:
        report = self._read_report(practice)
        facts_told.write_reports(report, self._reports(practice))
        tell, figures = self._teller.detail, report.equation
        tell(practice.name)
        tell("  claims: " + ", ".join(f"{count} {state}" for state, count in report.claims_by_state.items()))
        tell(
            f"  charge {dollars(figures.charge_cents)} = discount {dollars(figures.discount_cents)}"
            f" + insurer {dollars(figures.insurer_cents)} + patient {dollars(figures.patient_cents)}"
            f" + written off {dollars(figures.written_off_cents)} + unexplained {dollars(figures.unexplained_cents)}"
        )
        for row in report.aging:
            tell(
                f"  {row.bucket:>7} days: insurance {dollars(row.insurance_cents):>12}   patients {dollars(row.patient_cents):>10}"
            )
        posted = sum(row.state == "posted" for row in report.remittances)
        paid = sum(row.amount_cents for row in report.remittances)
        tell(
            f"  remittances: {len(report.remittances)} payments of {dollars(paid)} in all,"
            f" {posted} of them posted to the cent, {len(report.remittances) - posted} held"
        )
        return report

    def _read_report(self, practice: DemoPractice) -> PracticeReport:
        with self._people.at_work("auditor", self._url) as auditor:
            summary = auditor.get(f"{self._base(practice)}/reports/summary", as_of=str(self._facts.business_date))
        return msgspec.convert(summary, PracticeReport)

    def _isolation(self, paying: patient_pays.Payer) -> isolation.Isolation:
        other = self._facts.practice(OTHER_PRACTICE)
        with self._people.at_work(BILLERS[OTHER_PRACTICE], self._url) as theirs:
            their_claim = claims_day.claims_in(theirs, self._base(other), "patient")[0]["id"]
            theirs.get(f"{self._base(other)}/claims/{their_claim}")
        with self._people.at_work(BILLERS[PAYING_PRACTICE], self._url) as ours:
            walls = self._runner.run(
                isolation.try_everything(
                    self.resources.database,
                    ours,
                    self._tenants,
                    ours=PAYING_PRACTICE,
                    theirs=OTHER_PRACTICE,
                    their_claim=their_claim,
                    patient_id=paying.patient.id,
                )
            )
        tell = self._teller.detail
        tell(
            f"a biller opens the other practice's claim: {walls.other_practice_status};"
            f" through the own practice: {walls.other_claim_status}"
        )
        tell(f"a patient sees claims of others: {'YES' if walls.patient_sees_claims_of_others else 'no'}")
        tell(f"the same SQL without a scope: {walls.without_scope}; with a scope changed by hand: {walls.forged_scope}")
        return walls

    def _repeat(self, reports: list[PracticeReport]) -> tuple[bool, bool]:
        before = [self._file_digests(practice) for practice in self._facts.practices]
        with self._teller.muted():
            self._set_up()
            self._claims_out()
            self._answers_in()
            self._patient_pays()
            again = [self._report(practice) for practice in self._facts.practices]
        after = [self._file_digests(practice) for practice in self._facts.practices]
        same_books = [one.ledger_digest for one in reports] == [one.ledger_digest for one in again]
        same_books = same_books and [one.claims_by_state for one in reports] == [one.claims_by_state for one in again]
        self._teller.detail(
            f"the books are {'the same' if same_books else 'DIFFERENT'}, the files are {'the same' if before == after else 'DIFFERENT'}"
        )
        return same_books, before == after

    def _practice_facts(self, practice: DemoPractice) -> facts_told.PracticeFacts:
        report = self._read_report(practice)
        counts = self._runner.run(self._audit_counts(practice))
        paying = facts_told.PAYING_ACTIONS if practice.slug == PAYING_PRACTICE else ()
        expected = (*facts_told.EXPECTED_ACTIONS, *paying)
        missing = [action for action in expected if not counts.get(action)]
        self._teller.detail(
            f"{practice.name}: {sum(counts.values())} events of {len(counts)} kinds"
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )
        return facts_told.PracticeFacts(
            slug=practice.slug, report=report, files=self._file_digests(practice), audit_missing=missing
        )

    async def _audit_counts(self, practice: DemoPractice) -> dict[str, int]:
        scope = Scope(
            audience="staff",
            company_id=self._tenants.company_id,
            practice_id=self._tenants.practices[practice.slug],
            role="demonstration",
        )
        async with open_transaction(self.resources.database, scope) as tx:
            return await count_by_action(tx)

    def _tell_sealed(self) -> None:
        """Said and not told as a fact: how many seals there are depends on the time they took."""
        log, faults = self._runner.run(verify_log(self.resources, resume=False, say=lambda _: None))
        self._teller.detail(
            f"{log.events} events in {log.seals} seals under {log.checkpoint} signed checkpoints: "
            + (f"{len(faults)} FAULTS, the first is {faults[0]}" if faults else "verified")
        )

    def _file_digests(self, practice: DemoPractice) -> dict[str, str]:
        report = self._read_report(practice)
        written = facts_told.write_reports(report, self._reports(practice))
        return {**facts_told.exchanged_digests(self._exchange(practice)), **written}

    def _base(self, practice: DemoPractice) -> str:
        return f"/api/v1/practices/{self._tenants.practices[practice.slug]}"

    def _exchange(self, practice: DemoPractice) -> Path:
        return self._home / "exchange" / str(self._tenants.company_id) / practice.slug

    def _reports(self, practice: DemoPractice) -> Path:
        return self._home / "demo" / practice.slug

    def _jobs(self) -> None:
        self._runner.run(wait_for_jobs(self.resources.database, self._scopes, self._stack.supervisor))
