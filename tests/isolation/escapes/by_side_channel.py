"""Escapes that read nothing and learn something: errors, keys, statistics, numbers, other sessions, locks and clocks."""

from tests.isolation.escapes.by_table import PATIENT_COLUMNS
from tests.isolation.escapes.escape import Escape


def call(name: str, statement: str, function: str, *, role: str = "staff") -> Escape:
    """A function of Postgres itself that this role must not be able to call; `function` with its arguments' types."""
    return Escape(
        name=name,
        role=role,
        attempt=(statement,),
        refused=f"permission denied for function {function.partition('(')[0]}",
        breaks=(f"grant execute on function pg_catalog.{function} to {{{role}}}",),
    )


OUR_COPY = (
    f"insert into app.patient ({PATIENT_COLUMNS}) select practice_id, company_id, '{{their_patient}}', 'COPY', last_name, first_name,"
    " birth_date, sex, address, city, state_code, zip, phone, created_at from app.patient where id = '{our_patient}'"
)

ESCAPES = (
    Escape(
        name="an error that only another practice's row can cause",
        attempt=("select id from app.patient where 1 / (case when practice_id = '{their_practice}' then 0 else 1 end) = 1",),
        told="division by zero",
        breaks=("alter table app.patient disable row level security",),
    ),
    Escape(
        name="a foreign key that tells whether an id exists elsewhere",
        attempt=(
            "insert into app.patient_access (practice_id, company_id, id, patient_id, code_hash, birth_date_hash, failed_attempts,"
            " created_at) values ('{our_practice}', '{our_company}', gen_random_uuid(), '{their_patient}', 'h', 'h', 0, now())",
        ),
        refused="violates foreign key constraint",
        breaks=(
            "alter table app.patient add unique (id)",
            "alter table app.patient_access drop constraint patient_access_patient_id_fkey,"
            " add foreign key (patient_id) references app.patient (id)",
        ),
    ),
    Escape(
        name="a unique key that tells whether an id exists elsewhere",
        attempt=(OUR_COPY,),
        told="duplicate key value violates unique constraint",
        breaks=("create unique index on app.patient (id)",),
    ),
    Escape(
        name="on conflict do nothing tells whether an id exists elsewhere",
        attempt=(f"with tried as ({OUR_COPY} on conflict do nothing returning 1) select 1 where not exists (select from tried)",),
        breaks=("create unique index on app.patient (id)",),
    ),
    Escape(
        name="a refused key shows its values",
        attempt=(OUR_COPY.replace("{their_patient}", "{our_patient}"),),
        told="Key (practice_id, id)=",
        breaks=("alter table app.patient disable row level security",),
    ),
    Escape(
        name="statistics show values of a table",
        given=("analyze app.patient",),
        attempt=("select most_common_vals from pg_catalog.pg_stats where tablename = 'patient'",),
        breaks=("alter table app.patient disable row level security",),
    ),
    Escape(
        name="statistics read at their source",
        given=("analyze app.patient",),
        attempt=("select stavalues1 from pg_catalog.pg_statistic",),
        refused="permission denied for table pg_statistic",
        breaks=("grant select on pg_catalog.pg_statistic to {staff}",),
    ),
    Escape(
        name="a counter tells how much the others do",
        given=("insert into app.counter values ('{their_practice}', '{their_company}', 'claims', 812)",),
        attempt=("select value from app.counter where practice_id = '{their_practice}'",),
        breaks=("alter policy staff on app.counter using (true)",),
    ),
    Escape(
        name="the broker's sequence tells how much everybody does",
        given=("grant usage on schema dramatiq to {staff}",),
        attempt=("select last_value from dramatiq.queue_position_seq",),
        refused="permission denied for sequence queue_position_seq",
        breaks=("grant select on sequence dramatiq.queue_position_seq to {staff}",),
    ),
    call("see other sessions' statements", "select query from pg_stat_activity", "pg_stat_get_activity(integer)"),
    call("see one session's statement", "select pg_stat_get_backend_activity(1)", "pg_stat_get_backend_activity(integer)"),
    call("cancel another session", "select pg_cancel_backend(0)", "pg_cancel_backend(integer)"),
    call("end another session", "select pg_terminate_backend(0)", "pg_terminate_backend(integer, bigint)"),
    call("hold a lock beyond the transaction", "select pg_advisory_lock(1)", "pg_advisory_lock(bigint)"),
    call("release other transactions' locks", "select pg_advisory_unlock_all()", "pg_advisory_unlock_all()"),
    call("notify others", "select pg_notify('a', 'b')", "pg_notify(text, text)"),
    call("notify others as a patient", "select pg_notify('a', 'b')", "pg_notify(text, text)", role="patient"),
    call("tell by time", "select pg_sleep(0)", "pg_sleep(double precision)"),
    call("run SQL that is a value", "select word from ts_stat('select ''a:1''::tsvector')", "ts_stat(text)"),
    call("keep bytes outside every table", "select lo_from_bytea(0, 'x')", "lo_from_bytea(oid, bytea)"),
    call("keep bytes outside every table as a worker", "select lo_create(0)", "lo_create(oid)", role="worker"),
)  # fmt: skip
