"""An event is written with its fact, by the words of its scope, and never changed by anybody."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from tests.plugins.tenants import MakeTenant, Tenant

from audit.public import count_by_action, record
from audit.tables import audit_event
from kernel.context import Audience, Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.settings import Settings

WRITERS: tuple[Audience, ...] = ("staff", "practice", "patient", "worker")
EVERYBODY: tuple[Audience, ...] = (*WRITERS, "identity", "intake", "relay", "scheduler", "sealer", "reporting")
CHANGES = (
    "update app.audit_event set outcome = 'done'",
    "delete from app.audit_event",
    "truncate app.audit_event",
    "update app.audit_event_beyond set outcome = 'done'",
    "delete from app.audit_event_2026_11",
    "truncate app.audit_event_2026_11",
)


async def actions(tenant: Tenant) -> dict[str, int]:
    async with tenant.tx() as tx:
        return await count_by_action(tx)


async def events(tenant: Tenant) -> list[sa.Row[tuple[object, ...]]]:
    async with tenant.tx() as tx:
        statement = sa.select(audit_event).where(audit_event.c.practice_id == tenant.practice_id)
        return list((await tx.execute(statement.order_by(audit_event.c.recorded_at, audit_event.c.id))).all())


async def test_an_event_says_who_acted_from_the_scope_and_the_database_when(tenant: Tenant) -> None:
    patient = new_id()
    async with tenant.tx() as tx:
        record(tx, "claims.claim.scrubbed", "claim", "C-1", patient_ids=[patient], changed={"state": "ready"})
        now = await tx.scalar(sa.text("select now()"))
    (event,) = await events(tenant)
    assert (event.action, event.object_type, event.object_id, event.outcome) == (
        "claims.claim.scrubbed",
        "claim",
        "C-1",
        "done",
    )
    assert (event.audience, event.user_id, event.role, event.request_id) == ("staff", tenant.user_id, "biller", "test")
    assert (event.patient_ids, event.changed) == ([patient], {"state": "ready"})
    assert event.recorded_at > now


async def test_an_event_says_from_where_in_which_session_and_why(tenant: Tenant) -> None:
    scope = msgspec.structs.replace(
        tenant.scope(),
        session_id=(session := new_id()),
        address="203.0.113.7",
        purpose="a job's topic",
        request_id="r-1",
    )
    async with open_transaction(tenant.database, scope) as tx:
        record(tx, "claims.claim.read", "claim")
        record(tx, "tenancy.practice.suspended", "practice", tenant.practice_id, reason="no contract")
    without, with_reason = await events(tenant)
    assert (without.purpose, with_reason.purpose) == ("a job's topic", "no contract")
    for event in (without, with_reason):
        assert (event.session_id, event.address, event.request_id) == (session, "203.0.113.7", "r-1")
        assert (event.company_id, event.practice_id) == (tenant.company_id, tenant.practice_id)


async def test_a_patient_who_acts_is_named_among_the_patients(tenant: Tenant) -> None:
    patient, other = new_id(), new_id()
    async with tenant.tx("patient", patient) as tx:
        record(tx, "http.request.refused", "route", "/bill/pay", outcome="refused")
        record(tx, "patients.patient.read", "patient", patient, patient_ids=[patient])
    async with tenant.tx() as tx:
        record(tx, "patients.patient.read", "patient", other, patient_ids=[other])
    assert [event.patient_ids for event in await events(tenant)] == [[patient], [patient], [other]]


@pytest.mark.parametrize("audience", WRITERS)
async def test_everybody_who_acts_for_a_practice_leaves_events(tenant: Tenant, audience: Audience) -> None:
    async with tenant.tx(audience, new_id() if audience == "patient" else None) as tx:
        record(tx, "claims.claim.read", "claim")
    assert await actions(tenant) == {"claims.claim.read": 1}


async def test_an_event_goes_with_the_transaction_it_belongs_to(tenant: Tenant) -> None:
    with pytest.raises(LookupError):
        async with tenant.tx() as tx:
            record(tx, "claims.claim.read", "claim")
            raise LookupError
    assert await actions(tenant) == {}
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
        assert await count_by_action(tx) == {}  # it goes with the commit
    assert await actions(tenant) == {"claims.claim.read": 1}


async def test_a_fact_whose_event_cannot_be_written_is_not_stored(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        async with tenant.tx() as tx:
            record(tx, "claims.claim.read", "claim")
            record(tx, "claims.claim.read", "claim", "a\0b")
    assert await actions(tenant) == {}


async def test_nothing_in_an_event_is_read_as_a_statement(tenant: Tenant) -> None:
    hostile = "'); rollback; select ('"
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim", hostile, changed={hostile: hostile})
        own = await tx.scalar(sa.text("select pg_current_xact_id()::text"))
    async with tenant.tx() as tx:
        (event,) = await tx.execute(sa.text("select object_id, changed, xid::text as xid from app.audit_event"))
    assert (event.object_id, event.changed, event.xid) == (hostile, {hostile: hostile}, own)


async def test_a_refusal_is_on_record_although_its_transaction_rolled_back(tenant: Tenant) -> None:
    with pytest.raises(LookupError):
        async with tenant.tx() as tx:
            record(tx, "claims.claim.read", "claim")
            raise LookupError
    async with tenant.tx() as tx:
        record(tx, "clearinghouse.file.refused", "edi_file", outcome="refused")
    assert [(event.action, event.outcome) for event in await events(tenant)] == [
        ("clearinghouse.file.refused", "refused")
    ]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("audience", EVERYBODY)
async def test_no_login_role_can_change_or_remove_an_event(
    tenant: Tenant, database: Database, audience: Audience, change: str
) -> None:
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
    scope = Scope(audience=audience, company_id=tenant.company_id, practice_id=tenant.practice_id)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with open_transaction(database, scope) as tx:
            await tx.execute(sa.text(change))
    assert await actions(tenant) == {"claims.claim.read": 1}


COLUMN = {"audit_seal": "body", "audit_checkpoint": "body", "audit_epoch": "reason", "audit_hold": "reason"}


def changes_of(table: str) -> list[str]:
    """Every way to change or empty a table."""
    column = COLUMN[table]
    return [f"update app.{table} set {column} = {column}", f"delete from app.{table}", f"truncate app.{table}"]


@pytest.mark.parametrize("table", COLUMN)
@pytest.mark.parametrize("audience", EVERYBODY)
async def test_no_login_role_can_change_what_seals_the_log_or_holds_it(
    tenant: Tenant, database: Database, audience: Audience, table: str
) -> None:
    scope = Scope(audience=audience, company_id=tenant.company_id, practice_id=tenant.practice_id)
    for change in changes_of(table):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with open_transaction(database, scope) as tx:
                await tx.execute(sa.text(change))


@pytest.mark.parametrize("table", COLUMN)
def test_nor_can_the_owner(owner: psycopg.Connection, table: str) -> None:
    assert owner.execute(f"select has_table_privilege('app.{table}', 'delete')").fetchone() == (True,)
    for change in changes_of(table):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(change)
        owner.rollback()
        owner.execute("set role billwright_test_owner")


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    """The tables' owner, which only migrating becomes; nothing of it is kept."""
    with psycopg.connect(settings.database.url("migrator")) as connection:
        connection.execute("set role billwright_test_owner")
        yield connection
        connection.rollback()


@pytest.mark.parametrize("change", CHANGES)
async def test_not_even_the_owner_can(tenant: Tenant, owner: psycopg.Connection, change: str) -> None:
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
    assert owner.execute("select has_table_privilege('app.audit_event', 'delete')").fetchone() == (True,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute(change)
    owner.rollback()
    assert await actions(tenant) == {"claims.claim.read": 1}


@pytest.mark.parametrize(("column", "value"), [("recorded_at", "now() - interval '1 year'"), ("xid", "'1'::xid8")])
@pytest.mark.parametrize("audience", WRITERS)
async def test_nobody_can_say_when_or_by_what_an_event_was_recorded(
    tenant: Tenant, audience: Audience, column: str, value: str
) -> None:
    columns = (
        "company_id, practice_id, id, occurred_at, audience, role, purpose, request_id, address, action, object_type,"
        " object_id, patient_ids, changed, outcome"
    )
    values = (
        f"'{tenant.company_id}', '{tenant.practice_id}', '{new_id()}', now(), '{audience}', '', '', '', '', 'claims.claim.read',"
        " 'claim', '', '{}', '{}', 'done'"
    )
    patient = new_id() if audience == "patient" else None
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with tenant.tx(audience, patient) as tx:
            await tx.execute(sa.text(f"insert into app.audit_event ({columns}, {column}) values ({values}, {value})"))
    assert await actions(tenant) == {}
    async with tenant.tx(audience, patient) as tx:
        await tx.execute(sa.text(f"insert into app.audit_event ({columns}) values ({values})"))
    assert await actions(tenant) == {"claims.claim.read": 1}


async def test_an_event_names_the_transaction_that_wrote_it(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
        record(tx, "claims.claim.read", "claim")
        own = await tx.scalar(sa.text("select pg_current_xact_id()::text"))
    async with tenant.tx() as tx:
        written = (await tx.execute(sa.text("select xid::text from app.audit_event"))).scalars().all()
    assert written == [own, own]


@pytest.mark.parametrize("audience", WRITERS)
async def test_nobody_writes_into_another_practices_record(make_tenant: MakeTenant, audience: Audience) -> None:
    ours = await make_tenant()
    theirs = await make_tenant(company_id=ours.company_id)
    patient = new_id() if audience == "patient" else None
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        async with ours.tx(audience, patient) as tx:
            tx.scope = theirs.scope(audience, patient)
            record(tx, "claims.claim.read", "claim")
    async with ours.tx(audience, patient) as tx:
        record(tx, "claims.claim.read", "claim")
    assert (await actions(ours), await actions(theirs)) == ({"claims.claim.read": 1}, {})


async def test_an_outcome_outside_the_list_is_refused(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="audit_event_outcome_check"):
        async with tenant.tx() as tx:
            record(tx, "claims.claim.read", "claim", outcome="perhaps")  # type: ignore[arg-type]
