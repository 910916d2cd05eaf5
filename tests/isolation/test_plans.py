"""Under row security every hot query reaches its rows by the tenant's key, on tables with many rows of many practices."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa
from bench.captured import Statement, captured
from bench.day import run_day
from bench.installation import Office, open_office
from bench.many_practices import multiply, widen
from tests.isolation.plans import large_tables, nodes, plan_of, reads_tables, scans_past_the_key
from tests.plugins.database import create_database, drop_database
from tests.plugins.web import NOBODY_LISTENS, make_test_resources

from app.demo.facts import load_facts
from audit.public import EventFilter, accesses_of_patient, find_events, person_events
from audit.tables import audit_event
from claims.public import claims_for_remittance, claims_of_patient
from claims.reading import count_by_state, list_claims, read_claim
from clearinghouse.files import find_file, list_edi_files
from credentialing.public import list_enrollments
from directory.public import payers_by_id, providers_by_npi
from kernel import clock
from kernel.context import Audience, Scope
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx, open_transaction
from kernel.jobs.outbox import count_open, failed_topics, outbox
from kernel.settings import Settings
from ledger.public import account_totals, open_items, transfers_of_groups
from patients.coverages import coverages_of
from patients.public import watched_patients
from patients.registration import list_patients, read_patient
from payments.public import list_remittances, patient_account
from payments.remittance.reading import read_remittance
from payments.remittance.service import plan_remittance
from payments.tables import remittance
from reports.service import practice_report
from tenancy.identity.sessions import SessionOwner
from tenancy.public import NewMember, add_member

COPIES = 40
WIDER = (
    ("claim", 400, ("id=gen_random_uuid()", "encounter_id=gen_random_uuid()", "number='ZZ' || lpad(n::text, 7, '0')")),
    ("patient", 400, ("id=gen_random_uuid()", "account_number='ZZ' || n")),
    ("remittance", 200, ("id=gen_random_uuid()", "position=1000 + n")),
    ("edi_file", 200, ("id=gen_random_uuid()", "sha256='wide' || n")),
    ("finding", 200, ("claim_id=gen_random_uuid()",)),
)
"""Tables a day fills with few rows, made large enough for a plan to matter."""

MUST_BE_LARGE = {
    "balance", "charge", "claim", "claim_event", "claim_line", "coverage", "edi_file", "encounter", "finding",
    "journal_entry", "outbox", "patient", "remittance", "remittance_claim", "submission", "transfer",
}  # fmt: skip


KEYS = ("practice_id", "company_id")

SIGN_IN = (
    ("session", ("id=gen_random_uuid()", "token_hash='crowd' || n")),
    ("user_account", ("id=gen_random_uuid()", "email='crowd' || n")),
    ("membership", ("id=gen_random_uuid()", "user_id=gen_random_uuid()")),
)
READ_BY_THIS_TRANSACTION = """
    select relname, seq_tup_read, idx_tup_fetch from pg_stat_xact_user_tables
    where schemaname = 'app' and seq_tup_read + coalesce(idx_tup_fetch, 0) > 0
"""

PATIENT_EVENTS = (
    "select count(*) from identity.patient_events(:patient, now() - interval '400 days', now() + interval '1 day')"
)


class Crowd(msgspec.Struct, frozen=True):
    """A practice among many, and ids of things it has."""

    office: Office
    admin_url: str
    patient_id: uuid.UUID
    claim_id: uuid.UUID
    claim_number: str
    remittance_id: uuid.UUID
    edi_file_id: uuid.UUID
    outbox_id: uuid.UUID


Query = Callable[[Tx, Crowd], Awaitable[object]]


def latest_events(tx: Tx, _: Crowd) -> Awaitable[object]:
    newest = audit_event.c.recorded_at.desc()
    return tx.execute(
        sa.select(audit_event).where(audit_event.c.practice_id == tx.practice_id).order_by(newest).limit(100)
    )


AGO = dt.timedelta(days=400)


def _ago() -> dt.datetime:
    return clock.wall_now() - AGO


def searched(tx: Tx, **filters: Any) -> Awaitable[object]:
    now = clock.wall_now()
    return find_events(tx, EventFilter(since=now - AGO, until=now + AGO, **filters), PageAsked(50))


HOT: dict[str, Query] = {
    "claims page": lambda tx, _: list_claims(tx, state=None, page=PageAsked(50)),
    "claims worklist": lambda tx, _: list_claims(tx, state="denied", page=PageAsked(50)),
    "claims by state": lambda tx, _: count_by_state(tx),
    "claim": lambda tx, it: read_claim(tx, it.claim_id),
    "claims a remittance names": lambda tx, it: claims_for_remittance(tx, [it.claim_number], lock=False),
    "claims of a patient": lambda tx, it: claims_of_patient(tx, it.patient_id),
    "patients page": lambda tx, _: list_patients(tx, PageAsked(50)),
    "patient": lambda tx, it: read_patient(tx, it.patient_id),
    "coverages": lambda tx, it: coverages_of(tx, it.patient_id),
    "patient's account": lambda tx, it: patient_account(tx, it.patient_id),
    "remittances": lambda tx, _: list_remittances(tx),
    "remittance": lambda tx, it: read_remittance(tx, it.remittance_id),
    "posting plan": lambda tx, it: plan_remittance(tx, it.remittance_id),
    "files": lambda tx, _: list_edi_files(tx),
    "file": lambda tx, it: find_file(tx, it.edi_file_id),
    "enrollments": lambda tx, _: list_enrollments(tx),
    "payers": lambda tx, _: payers_by_id(tx),
    "providers": lambda tx, _: providers_by_npi(tx),
    "open items": lambda tx, _: open_items(tx),
    "open items of a claim": lambda tx, it: open_items(tx, [it.claim_id]),
    "account totals": lambda tx, _: account_totals(tx),
    "history of a claim's money": lambda tx, it: transfers_of_groups(tx, [it.claim_id]),
    "open jobs": lambda tx, _: count_open(tx),
    "failed jobs": lambda tx, _: failed_topics(tx),
    "audit log": latest_events,
    "audit search": lambda tx, _: searched(tx),
    "audit search by person": lambda tx, it: searched(tx, user_id=it.patient_id),
    "audit search by object": lambda tx, it: searched(tx, object_id=str(it.claim_id), object_type="claim"),
    "audit search by action": lambda tx, _: searched(tx, action="claims.claim.read", outcome="done"),
    "what people did": lambda tx, _: person_events(tx, since=_ago(), until=clock.wall_now() + AGO, most=100_000),
    "patients to be watched": lambda tx, it: watched_patients(tx, last_names=["Delacroix"], ids=[it.patient_id]),
    "report": lambda tx, _: practice_report(tx, as_of=load_facts().business_date),
}
"""What people and jobs do all day, by name."""


@pytest_asyncio.fixture(scope="module")
async def crowd(settings: Settings, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crowd]:
    """One practice's day, forty times over, and fresh statistics."""
    own = settings.model_copy(deep=True)
    own.home, own.database.name = tmp_path_factory.mktemp("plans"), f"{settings.database.name}_plans"
    create_database(admin_url, own.database.name)
    resources = make_test_resources(own, NOBODY_LISTENS)
    facts = load_facts()
    clock.fix_process_time(dt.datetime.combine(facts.business_date, dt.time(16), dt.UTC))
    try:
        await run_day(resources, facts, facts.practices[0], "crowd")
        office = await open_office(resources, facts, facts.practices[0], "crowd")
    finally:
        clock.fix_process_time(None)
    large_url = f"{admin_url.rpartition('/')[0]}/{own.database.name}"
    admin = await asyncpg.connect(large_url)
    for table, rows, changes in WIDER:
        await widen(admin, office.practice_id, table, rows, changes)
    await multiply(admin, office.practice_id, COPIES)
    await admin.close()
    yield await _crowd(office, large_url)
    await resources.close()
    drop_database(admin_url, own.database.name)


async def _crowd(office: Office, admin_url: str) -> Crowd:
    async with office.tx() as tx:
        first = (await list_claims(tx, state="patient", page=PageAsked(1)))[0]
        paid = await tx.scalar(
            sa.select(remittance.c.id).where(remittance.c.practice_id == tx.practice_id, remittance.c.position < 1000)
        )
        (file, *_), job = (
            await list_edi_files(tx),
            await tx.scalar(sa.select(outbox.c.id).where(outbox.c.practice_id == tx.practice_id)),
        )
    return Crowd(office, admin_url, first.patient_id, first.id, first.number, paid, file.id, job)


async def test_the_tables_are_large(crowd: Crowd) -> None:
    async with crowd.office.tx() as tx:
        large = await large_tables(tx.driver)
    assert MUST_BE_LARGE - large == set()
    assert any(name.startswith("audit_event_") for name in large)


async def test_a_scan_past_the_key_is_noticed(crowd: Crowd) -> None:
    """A query that leaves the practice out still starts from it, through row security; without row security it reads everybody."""
    careless = Statement("select id from app.claim where charge_cents > 0", ())
    async with crowd.office.tx() as tx:
        assert scans_past_the_key(await plan_of(tx.driver, careless), {"claim"}, KEYS) == []
    admin = await asyncpg.connect(crowd.admin_url)
    assert scans_past_the_key(await plan_of(admin, careless), {"claim"}, KEYS) == ["Seq Scan of claim"]
    await admin.close()


@pytest.mark.parametrize("name", HOT)
@pytest.mark.parametrize("audience", ["staff", "worker"])
async def test_a_hot_query_starts_from_the_practice(crowd: Crowd, name: str, audience: Audience) -> None:
    async with crowd.office.tx(audience) as tx:
        assert await _past_the_key(tx, lambda: HOT[name](tx, crowd), KEYS) == {}


@pytest.mark.parametrize("person", [None, uuid.UUID(int=7)], ids=["everybody", "one person"])
async def test_the_companys_own_events_start_from_the_company(crowd: Crowd, person: uuid.UUID | None) -> None:
    scope = Scope(audience="staff", company_id=crowd.office.company_id, role="auditor")
    async with open_transaction(crowd.office.resources.database, scope) as tx:
        assert await _past_the_key(tx, lambda: searched(tx, user_id=person), ("company_id",)) == {}


async def test_a_patients_events_are_found_by_key(crowd: Crowd) -> None:
    """The keys come from a function that reads this patient's events; each is then looked up, and nothing is read to be thrown away."""
    now = clock.wall_now()
    for use in (
        lambda: searched(tx, patient_id=crowd.patient_id),
        lambda: accesses_of_patient(tx, crowd.patient_id, since=now - AGO, until=now + AGO),
    ):
        async with crowd.office.tx() as tx:
            assert await _past_the_key(tx, use, ("recorded_at = ",)) == {}
    async with crowd.office.tx() as tx:
        before = await _events_read(tx)
        events = await tx.scalar(sa.text(PATIENT_EVENTS), {"patient": crowd.patient_id})
        read = await _events_read(tx) - before
    assert events > 0
    copied = COPIES + 1  # the copies of a practice have patients of the same ids, which no two real ones have
    assert 0 < read <= copied * events


async def _events_read(tx: Tx) -> int:
    """How many audit events this connection has read lately."""
    rows = (await tx.execute(sa.text(READ_BY_THIS_TRANSACTION))).all()
    return sum(row.seq_tup_read + (row.idx_tup_fetch or 0) for row in rows if row.relname.startswith("audit_event"))


@pytest.mark.parametrize("name", ["patient's account", "claims of a patient", "patient"])
async def test_a_patients_own_queries_start_from_the_practice(crowd: Crowd, name: str) -> None:
    office = crowd.office
    scope = Scope(
        audience="patient",
        company_id=office.company_id,
        practice_id=office.practice_id,
        patient_id=crowd.patient_id,
        role="patient",
    )
    async with open_transaction(office.resources.database, scope) as tx:
        assert await _past_the_key(tx, lambda: HOT[name](tx, crowd), KEYS) == {}


async def test_a_job_finds_its_row_by_its_id(crowd: Crowd) -> None:
    async with crowd.office.tx("worker") as tx:
        find = sa.select(outbox).where(outbox.c.id == crowd.outbox_id).with_for_update()
        assert await _past_the_key(tx, lambda: tx.execute(find), ("id = ",)) == {}


async def test_the_relay_reads_what_is_unsent_and_nothing_else(crowd: Crowd) -> None:
    """The only query that belongs to no practice; an index holds the unsent rows alone."""
    async with open_transaction(crowd.office.resources.database, Scope(audience="relay")) as tx:
        waiting = (
            sa.select(outbox.c.id)
            .where(outbox.c.sent_at.is_(None), outbox.c.done_at.is_(None), outbox.c.dead_at.is_(None))
            .order_by(outbox.c.due_at, outbox.c.created_at, outbox.c.id)
            .limit(200)
        )
        async with captured(tx) as sent:
            await tx.execute(waiting)
        plan = await plan_of(tx.driver, sent[0])
    assert [node["Index Name"] for node in nodes(plan) if "Index Name" in node] == ["outbox_waiting_idx"]


async def test_a_session_is_found_without_reading_anybody_elses(crowd: Crowd) -> None:
    resources, company_id = crowd.office.resources, crowd.office.company_id
    async with crowd.office.tx() as tx:
        new = NewMember(
            email="crowd@northgate.example",
            display_name="Sam",
            password="long enough 12",
            roles={None: "administrator"},
        )
        user_id = await add_member(tx, new)
    async with open_transaction(resources.database, Scope(audience="identity")) as tx:
        opened = await resources.sessions.open(
            tx, SessionOwner(audience="staff", company_id=company_id, user_id=user_id)
        )
    admin = await asyncpg.connect(crowd.admin_url)
    for table, changes in SIGN_IN:
        await widen(admin, company_id, table, 3000, changes)
    await admin.close()
    principal = await resources.sessions.find(opened.token)
    assert principal is not None
    async with open_transaction(resources.database, Scope(audience="identity")) as tx:
        hashed = resources.sessions.hash("session", opened.token)
        assert (await tx.execute(sa.text("select identity.find_session(:hash)"), {"hash": hashed})).all()
        read = (await tx.execute(sa.text(READ_BY_THIS_TRANSACTION))).all()
    assert {"session", "user_account", "membership"} <= {row.relname for row in read}
    assert [row for row in read if row.relname in dict(SIGN_IN) and row.seq_tup_read > 100] == []


async def _past_the_key(tx: Tx, use: Callable[[], Awaitable[object]], keys: tuple[str, ...]) -> dict[str, list[str]]:
    """By statement that this use case reads with: scans of large tables that no tenant's key begins."""
    large = await large_tables(tx.driver)
    async with captured(tx) as sent:
        await use()
    read = [statement for statement in sent if reads_tables(statement)]
    assert read
    found = {one.sql: scans_past_the_key(await plan_of(tx.driver, one), large, keys) for one in read}
    return {sql: past for sql, past in found.items() if past}
