"""Escapes by the tables themselves: writing, moving, emptying, copying, and what views and partitions let through."""

from tests.isolation.escapes.by_scope import THEIRS
from tests.isolation.escapes.escape import Escape

PATIENT_COLUMNS = (
    "practice_id, company_id, id, account_number, last_name, first_name, birth_date, sex, address, city, state_code, zip, phone,"
    " created_at"
)
KEY = (
    "insert into app.idempotency_key (practice_id, company_id, key, request_hash, created_at)"
    " values ('{{{whose}_practice}}', '{{{whose}_company}}', 'k', '', now())"
)
MARCH = "app.audit_event_2027_03"
EVENT_IN_MARCH = (
    "insert into app.audit_event select (jsonb_populate_record(e, jsonb_build_object('recorded_at', '2027-03-05'))).*"
    " from app.audit_event e limit 1"
)

ESCAPES = (
    Escape(
        name="insert into another practice",
        attempt=(
            f"insert into app.patient ({PATIENT_COLUMNS}) values ('{{their_practice}}', '{{their_company}}', gen_random_uuid(), 'X',"
            " '', '', '2000-01-01', 'U', '', '', '', '', '', now())",
        ),
        refused="violates row-level security policy",
        breaks=("alter policy staff on app.patient with check (true)",),
    ),
    Escape(
        name="change another practice's row",
        attempt=("update app.patient set last_name = 'Changed' where practice_id = '{their_practice}'",),
        breaks=("alter policy staff on app.patient using (true) with check (true)",),
    ),
    Escape(
        name="move a row to another practice",
        given=(KEY.format(whose="our"),),
        attempt=("update app.idempotency_key set practice_id = '{their_practice}'",),
        refused="permission denied for table idempotency_key",
        breaks=(
            "grant update (practice_id) on app.idempotency_key to {staff}",
            "alter policy staff on app.idempotency_key with check (true)",
        ),
    ),
    Escape(
        name="delete another practice's row",
        given=(KEY.format(whose="their"),),
        attempt=("delete from app.idempotency_key where practice_id = '{their_practice}'",),
        breaks=("alter policy staff on app.idempotency_key using (true)",),
    ),
    Escape(
        name="empty a table, which row security does not look at",
        role="worker",
        attempt=("truncate app.sighting", "select 1"),
        refused="permission denied for table sighting",
        breaks=("grant truncate on app.sighting to {worker}",),
    ),
    Escape(
        name="lock a table against everybody",
        attempt=("lock table app.patient in access exclusive mode", "select 1"),
        refused="permission denied for table patient",
        breaks=("grant truncate on app.patient to {staff}",),
    ),
    Escape(
        name="hang a trigger on a table",
        attempt=(
            "create trigger spy before insert on app.patient for each statement execute function scope.refuse_change()",
            "select 1",
        ),
        refused="permission denied for table patient",
        breaks=(
            "grant trigger on app.patient to {staff}",
            "grant execute on function scope.refuse_change() to {staff}",
        ),
    ),
    Escape(
        name="copy a table out",
        attempt=(f"copy ({THEIRS}) to stdout",),
        breaks=("alter policy staff on app.patient using (true)",),
    ),
    Escape(
        name="copy rows into a table",
        attempt=("copy app.patient from stdin",),
        refused="COPY FROM not supported with row-level security",
        breaks=("alter table app.patient disable row level security",),
    ),
    Escape(
        name="read a partition by its own name",
        given=(
            f"grant select on {MARCH} to {{staff}}",
            EVENT_IN_MARCH,
        ),
        attempt=(f"select id from {MARCH}",),
        breaks=(f"alter table {MARCH} disable row level security",),
    ),
    Escape(
        name="read through a view",
        given=(
            "create view app.everybody with (security_invoker = true) as select * from app.patient",
            "grant select on app.everybody to {staff}",
        ),
        attempt=("select id from app.everybody where practice_id = '{their_practice}'",),
        breaks=("alter view app.everybody set (security_invoker = false)",),
    ),
    Escape(
        name="read a materialized view",
        given=("create materialized view app.kept as select * from app.patient",),
        attempt=("select id from app.kept where practice_id = '{their_practice}'",),
        refused="permission denied for materialized view kept",
        breaks=("grant select on app.kept to {staff}",),
    ),
    Escape(
        name="rewrite an audit event",
        attempt=("update app.audit_event set action = 'nothing'",),
        refused="permission denied for table audit_event",
        breaks=(
            "grant update (action) on app.audit_event to {staff}",
            "create policy edit on app.audit_event for update to {staff} using (true)",
            "alter table app.audit_event disable trigger user",
        ),
    ),
    Escape(
        name="a cached plan keeps the scope it was made in",
        given=("insert into app.counter values ('{their_practice}', '{their_company}', 'plan', 1)",),
        attempt=(
            "set local plan_cache_mode = force_generic_plan",
            "prepare who as select scope.practice() as practice_id",
            "execute who",
            "select pg_catalog.set_config('billwright.scope', '', true)",
            "execute who",
        ),
        refused="no scope",
        breaks=("alter function scope.practice() immutable",),
    ),
)
