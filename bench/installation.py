"""An installation of its own for one measure: embedded Postgres, migrated, with the demonstration's practices; gone afterwards."""

import datetime as dt
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from app.demo.day.setup import CLAIM_PREFIXES
from app.demo.facts import DemoFacts, DemoPayer, DemoPractice
from app.embedded.postgres import remove, start
from app.migrate import migrate
from app.providers import make_resources
from app.resources import Resources
from app.stack import local_settings
from clearinghouse.public import NewConnection, add_connection
from credentialing.public import NewEnrollment, request_enrollment
from directory.public import NewPayer, NewProvider, add_payer, add_provider
from kernel import clock
from kernel.context import Audience, Scope
from kernel.db.transaction import Tx, open_transaction
from tenancy.public import NewPractice, company_id_of, onboard_practice, open_company, practice_id_of


class Installation(msgspec.Struct, frozen=True):
    """The running product without its processes; `admin_url` is a superuser's, for floors only."""

    resources: Resources
    admin_url: str


class Office(msgspec.Struct, frozen=True):
    """A practice, and how to act in it."""

    resources: Resources
    company_id: uuid.UUID
    practice_id: uuid.UUID
    folder: str

    @asynccontextmanager
    async def tx(self, audience: Audience = "staff") -> AsyncIterator[Tx]:
        """A transaction in the practice's scope, as that login role."""
        scope = Scope(audience=audience, company_id=self.company_id, practice_id=self.practice_id, role="bench")
        async with open_transaction(self.resources.database, scope) as tx:
            yield tx


@asynccontextmanager
async def installation(business_date: dt.date) -> AsyncIterator[Installation]:
    """Start, migrate, yield, remove. The server keeps its promises about the disk, as in production."""
    with tempfile.TemporaryDirectory(prefix="billwright-bench-") as folder:
        home = Path(folder)
        server = start(home / "postgres")
        try:
            settings = local_settings(home, business_time=dt.datetime.combine(business_date, dt.time(16), dt.UTC))
            settings.database.host, settings.database.port = server.host, server.port
            migrate(settings, server.url)
            clock.fix_process_time(settings.business_time)
            resources = make_resources(settings)
            try:
                yield Installation(resources, f"{server.url.rpartition('/')[0]}/{settings.database.name}")
            finally:
                await resources.close()
        finally:
            clock.fix_process_time(None)
            server.stop()
            remove(home / "postgres")


async def open_office(resources: Resources, facts: DemoFacts, practice: DemoPractice, company_slug: str) -> Office:
    """The practice as client of a company of that slug, with its payers, providers, enrollments and a mailbox of its own."""
    company_id = company_id_of(company_slug)
    office = Office(resources, company_id, practice_id_of(company_id, practice.slug), f"{company_slug}-{practice.slug}")
    async with office.tx() as tx:
        await open_company(tx, slug=company_slug, name=facts.company.name)
        await onboard_practice(tx, _practice(practice))
        payers = {one.code: await add_payer(tx, _payer(one)) for one in facts.payers}
        await add_connection(tx, _mailbox(facts, office.folder))
        for one in facts.providers_of(practice.slug):
            await add_provider(
                tx,
                NewProvider(
                    npi=one.npi, last_name=one.last_name, first_name=one.first_name, taxonomy=one.taxonomy_code
                ),
            )
        for each in facts.enrollments():
            if each.practice == practice.slug:
                await request_enrollment(
                    tx,
                    NewEnrollment(
                        provider_npi=each.provider_npi,
                        payer_id=payers[each.payer],
                        requested_date=each.applied_date or each.effective_date or facts.business_date,
                        effective_date=each.effective_date,
                    ),
                )
    return office


def _practice(one: DemoPractice) -> NewPractice:
    return NewPractice(
        slug=one.slug,
        name=one.name,
        npi=one.npi,
        tax_id=one.tax_id,
        taxonomy=one.taxonomy_code,
        address=one.address_1,
        city=one.city,
        state_code=one.state,
        zip=one.zip,
        phone=one.phone,
        time_zone=one.time_zone,
        claim_prefix=CLAIM_PREFIXES[one.slug],
    )


def _payer(one: DemoPayer) -> NewPayer:
    return NewPayer(
        code=one.code,
        name=one.name,
        kind=one.kind,
        edi_id=one.x12_payer_id,
        timely_filing_days=one.timely_filing_days,
    )


def _mailbox(facts: DemoFacts, folder: str) -> NewConnection:
    return NewConnection(
        name="Sandbox clearinghouse",
        folder=folder,
        submitter_id=facts.company.submitter_id,
        receiver_id="SANDBOX",
        receiver_name="SANDBOX CLEARINGHOUSE",
    )
