"""Every job leaves its events: with the topic as their purpose, in the practice they are about, or says why there is nothing to tell."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import psycopg
import pytest
import pytest_asyncio
from pydantic import SecretStr
from tests.api.test_foreign_ids import BORN
from tests.audit.complete import COLUMNS, Event, lacks
from tests.audit.test_api import seal
from tests.factories.claims import SERVICE_DATE, Visit, build, open_clinic, register, send
from tests.factories.clearinghouse import connect
from tests.factories.payments import claim_payment, file_of, paid_by, reversed_payment, take_in
from tests.plugins.stripe_sandbox import GOOD_CARD, StripeSandbox, WebhookReceiver
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of, make_test_resources, request_id_of, started

from app.asgi import create_app
from app.subscriptions import handlers, outside_handlers
from audit.keys import LocalSigners
from claims.public import capture_encounters
from clearinghouse.public import request_poll
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.jobs.outbox import announce
from kernel.settings import Settings
from kernel.storage.folder import FolderStore
from sandbox.payer.desk import Desk

NOTHING_TO_TELL: Mapping[str, str] = {
    "audit.checkpoint.ready": "nobody listens yet; the announcement is on record",
    "edi.ta1.received": "nothing follows from it; the file's receipt is on record",
    "tenancy.invitation.made": "nobody mails yet; the invitation is on record",
    "tenancy.password_reset.asked": "nobody mails yet; the request is on record",
}
"""Topics whose job does nothing."""

NOT_ENROLLED = ("2999901020", "BHERON")
SHARE = "paid 100.00, CO-45 36.00, PR-1 64.00"


class Log:
    """What jobs left, read past row security."""

    def __init__(self, admin: psycopg.Connection[tuple[object, ...]]) -> None:
        self.admin = admin

    def patients(self, answer: httpx.Response) -> list[object]:
        """The patients whom the events of a request name."""
        rows = self.admin.execute(
            "select unnest(patient_ids) from app.audit_event where request_id = %s", [request_id_of(answer)]
        )
        return [patient for (patient,) in rows]

    def lacking(self, tenant: Tenant) -> list[tuple[str, str]]:
        """What the events of jobs in this practice should say and do not."""
        rows = self.admin.execute(
            f"select {COLUMNS} from app.audit_event where practice_id = %s and role = 'job'", [tenant.practice_id]
        )
        events = [Event(*row) for row in rows]  # type: ignore[arg-type]
        assert events
        return [(one.action, lack) for one in events for lack in lacks(one)]

    def topics(self, tenant: Tenant) -> set[object]:
        """Those with an event in this practice."""
        rows = self.admin.execute(
            "select distinct purpose from app.audit_event where practice_id = %s and role = 'job'", [tenant.practice_id]
        )
        return {topic for (topic,) in rows}


@pytest.fixture
def left(settings: Settings, admin_url: str) -> Iterator[Log]:
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}", autocommit=True) as admin:
        yield Log(admin)


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> Iterator[StripeSandbox]:
    with StripeSandbox(tmp_path_factory.mktemp("stripe-jobs"), receiver.url) as running:
        yield running


@pytest_asyncio.fixture
async def paying(web_settings: Settings, sandbox: StripeSandbox) -> AsyncIterator[Web]:
    """The application with the card processor's stand-in."""
    resources = make_test_resources(web_settings, sandbox.url, webhook_secret=SecretStr(sandbox.webhook_secret))
    async with started(create_app(resources)) as app:
        made = Web(app, resources)
        yield made
        await made.close()


def test_every_topic_is_tried_or_has_nothing_to_tell(web: Web) -> None:
    """A new topic: let one of the tests below cause it, or say why there is nothing to tell."""
    heard = {*handlers(web.resources), *outside_handlers(web.resources)}
    assert heard == {*CLAIMS, *REMITTANCES, *CARDS, *HOUSEKEEPING, *NOTHING_TO_TELL}
    assert all(NOTHING_TO_TELL.values())


CLAIMS = {
    "claims.encounters.captured", "credentialing.enrollment.approved", "clearinghouse.poll.due", "edi.file.queued",
    "edi.file.sent", "edi.999.received", "edi.277ca.received", "edi.835.received",
}  # fmt: skip


async def test_claims_sent_and_answered(web: Web, tenant: Tenant, left: Log) -> None:
    clinic = await open_clinic(tenant, not_enrolled=NOT_ENROLLED, connected=False)
    await connect(tenant)
    visits = Visit(), Visit(number="E-2", encounter={"rendering_npi": NOT_ENROLLED[0]})
    encounters = [await register(clinic, one) for one in visits]
    async with tenant.tx("worker") as tx:
        await capture_encounters(tx, encounters)
    await web.run_jobs(tenant)
    admin = await web.signed_in(tenant, "administrator")
    admin.headers["If-Match"] = "*"
    approval = {"effective_date": "2020-01-01"}
    approved = await admin.post(
        f"{base_of(tenant)}/enrollments/{clinic.enrollments[NOT_ENROLLED]}/approve", json=approval
    )
    assert approved.status_code == 200, approved.text
    assert (await admin.post(f"{base_of(tenant)}/claims/submit")).status_code == 202
    await web.run_jobs(tenant)
    exchange = web.resources.settings.home / "exchange" / str(tenant.company_id)
    await asyncio.to_thread(Desk(exchange, SERVICE_DATE + dt.timedelta(days=20)).sweep)
    async with tenant.tx() as tx:
        await request_poll(tx)
    await web.run_jobs(tenant)
    assert left.topics(tenant) >= CLAIMS
    assert left.lacking(tenant) == []
    files = (await admin.get(f"{base_of(tenant)}/edi-files")).json()["items"]
    answers = {
        one["transaction_set"]: await admin.get(f"{base_of(tenant)}/edi-files/{one['id']}/content") for one in files
    }
    assert set(answers) >= {"837", "999", "277ca", "835"}
    assert {kind for kind, answer in answers.items() if left.patients(answer)} >= {"837", "277ca", "835"}


REMITTANCES = {"payments.remittance.received", "payments.remittance.unblocked"}


async def test_remittances_posted_and_looked_at_again(web: Web, tenant: Tenant, left: Log) -> None:
    clinic = await open_clinic(tenant)
    store = FolderStore(web.resources.settings.home / "files")
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    paid = claim_payment(claim, "paid 120.00, CO-45 60.00, PR-2 20.00")
    back = paid_by("BHERON", reversed_payment(paid), trace="EFT-2", provider_adjustments=[("WO", -12_000)])
    for number, one in ((2, back), (1, paid_by("BHERON", paid, trace="EFT-1"))):
        await take_in(clinic, store, file_of(one, number=number))
        await web.run_jobs(tenant)
    assert left.topics(tenant) >= REMITTANCES
    assert left.lacking(tenant) == []


CARDS = {"inbox.stripe.received", "payments.card_event.received", "payments.stale.due"}


async def owing(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """A patient whose insurer left a share, at the open bill."""
    clinic = await open_clinic(tenant)
    store = FolderStore(web.resources.settings.home / "files")
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, SHARE))))
    await web.run_jobs(tenant)
    biller = await web.signed_in(tenant, "biller")
    code = (await biller.post(f"{base_of(tenant)}/patients/{claim.patient_id}/bill-code")).json()["code"]
    patient = web.visitor()
    assert (await patient.post("/bill", data={"bill_code": code, **BORN})).headers["Location"] == "/bill/account"
    return patient


async def pay(patient: httpx.AsyncClient, sandbox: StripeSandbox, amount: str) -> None:
    form = {"choice": "part", "part": amount, "attempt_key": str(new_id())}
    opened = await patient.post("/bill/pay", data=form)
    assert opened.status_code == 303, opened.text
    await asyncio.to_thread(sandbox.submit, opened.headers["Location"], GOOD_CARD)


async def test_card_payments_told_by_webhook_or_found_by_asking(
    paying: Web, tenant: Tenant, left: Log, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    patient = await owing(paying, tenant)
    await pay(patient, sandbox, "20.00")
    (told,) = await asyncio.to_thread(
        receiver.wait_for,
        "checkout.session.completed",
        where=lambda event: str(tenant.practice_id) in str(event["data"]["object"].get("metadata")),
    )
    headers = {"Stripe-Signature": told.signature}
    answer = await paying.visitor().post("/webhooks/stripe", content=told.payload, headers=headers)
    assert answer.status_code == 202, answer.text
    await paying.run_jobs(tenant)
    await pay(patient, sandbox, "20.00")
    left.admin.execute(
        "update app.patient_payment set created_at = created_at - interval '1 hour' where practice_id = %s",
        [tenant.practice_id],
    )
    async with tenant.tx("worker") as tx:
        await announce(tx, "payments.stale.due", {})
    await paying.run_jobs(tenant)
    assert left.topics(tenant) >= CARDS
    assert left.lacking(tenant) == []


HOUSEKEEPING = {"audit.checkpoint.due", "kernel.expiry.due", "storage.uploads.due"}


async def test_what_is_done_on_a_schedule(web: Web, tenant: Tenant, left: Log, audit_signers: LocalSigners) -> None:
    admin = await web.signed_in(tenant, "administrator")
    begun = await admin.post(
        f"{base_of(tenant)}/imports/encounters/uploads", json={"size_bytes": 10, "sha256": "0" * 64}
    )
    assert begun.status_code == 201, begun.text
    left.admin.execute(
        "update app.upload set expires_at = expires_at - interval '30 days', created_at = created_at - interval '30 days'"
        " where practice_id = %s",
        [tenant.practice_id],
    )
    left.admin.execute(
        "update app.session set expires_at = expires_at - interval '400 days', created_at = created_at - interval '400 days'"
        " where company_id = %s",
        [tenant.company_id],
    )
    await seal(tenant, audit_signers)
    async with open_transaction(
        web.resources.database, Scope(audience="scheduler", request_id=(due := str(new_id())))
    ) as tx:
        await announce(tx, "kernel.expiry.due", {})
    async with tenant.tx("worker") as tx:
        await announce(tx, "audit.checkpoint.due", {})
        await announce(tx, "storage.uploads.due", {})
    await web.run_jobs(tenant)
    everybodys = left.admin.execute("select purpose from app.audit_event where request_id = %s", [due]).fetchall()
    assert left.topics(tenant) | {topic for (topic,) in everybodys} >= HOUSEKEEPING
