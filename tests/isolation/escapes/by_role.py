"""Escapes by being somebody else: another role, its owner, a superuser, or a session that is not bound."""

from tests.isolation.escapes.by_scope import THEIRS
from tests.isolation.escapes.escape import Escape

SOMEBODY = (
    "insert into app.user_account (company_id, id, email, display_name, password_hash, created_at)"
    " values ('{our_company}', gen_random_uuid(), gen_random_uuid() || '@b.example', 'Ana Ruiz', '', now())"
)

ESCAPES = (
    Escape(
        name="become the owner and unforce row security",
        attempt=(
            "set local role {owner}",
            "alter table app.patient no force row level security",
            THEIRS,
        ),
        refused="permission denied to set role",
        breaks=("grant {owner} to {staff}",),
    ),
    Escape(
        name="become the keeper of the signing key",
        attempt=("set local role {scope}", "select inner_pad from scope.signing_key"),
        refused="permission denied to set role",
        breaks=("grant {scope} to {staff}",),
    ),
    Escape(
        name="become the sign-in functions' owner, who sees every account",
        attempt=("set local role {identity_owner}", "select id from app.user_account union all select id from app.session"
                 " union all select practice_id from app.practice"),
        refused="permission denied to set role",
        breaks=("grant {identity_owner} to {staff}",),
    ),
    Escape(
        name="become a superuser",
        attempt=("set session authorization pg_database_owner",),
        refused="permission denied to set session authorization",
        breaks=("alter role {staff} superuser",),
    ),
    Escape(
        name="reset the role",
        attempt=("reset role", "reset session authorization", THEIRS),
        breaks=("alter role {staff} bypassrls",),
    ),
    Escape(
        name="switch row security off",
        attempt=("set local row_security = off", THEIRS),
        refused="query would be affected by row-level security policy",
        breaks=("alter role {staff} bypassrls",),
    ),
    Escape(
        name="switch row security off through pg_settings",
        attempt=("update pg_catalog.pg_settings set setting = 'off' where name = 'row_security'", THEIRS),
        refused="query would be affected by row-level security policy",
        breaks=("alter role {staff} bypassrls",),
    ),
    Escape(
        name="read as the tables' owner",
        role="migrator",
        attempt=("set local role {owner}", THEIRS),
        breaks=("alter table app.patient no force row level security",),
    ),
    Escape(
        name="read all data by a predefined role",
        attempt=("select inner_pad from scope.signing_key",),
        refused="permission denied",
        breaks=("grant pg_read_all_data to {staff} with inherit true",),
    ),
    Escape(
        name="read the server's files",
        attempt=("select pg_catalog.pg_read_file('PG_VERSION')",),
        refused="permission denied for function pg_read_file",
        breaks=("alter role {staff} superuser",),
    ),
    Escape(
        name="run a program",
        attempt=("copy (select 1) to program 'cat > /dev/null'", "select 1"),
        refused="permission denied to COPY to or from an external program",
        breaks=("grant pg_execute_server_program to {staff} with inherit true",),
    ),
    Escape(
        name="make a table of one's own",
        attempt=("create table app.mine (id int)", "select 1"),
        refused="permission denied for schema app",
        breaks=("grant create on schema app to {staff}",),
    ),
    Escape(
        name="make a temporary table",
        attempt=("create temporary table mine (id int)", "select 1"),
        refused="permission denied to create temporary tables",
        breaks=("do $$ begin execute format('grant temporary on database %I to {staff}', current_database()); end $$",),
    ),
    Escape(
        name="make a function that tells the rows it is shown",
        attempt=(
            "create function app.tell(uuid) returns boolean cost 0.0001 language plpgsql as"
            " $$ begin raise notice '%', $1; return true; end $$",
            "select 1",
        ),
        refused="permission denied for schema app",
        breaks=("grant create on schema app to {staff}",),
    ),
    Escape(
        name="read somebody's account through the sign-in functions",
        attempt=("select user_id from identity.find_user('a@b.example') union all select null",),
        refused="permission denied for function find_user",
        given=("grant usage on schema identity to {staff}",),
        breaks=("grant execute on function identity.find_user to {staff}",),
    ),
    Escape(
        name="ask which events are about another practice's patient",
        attempt=("select id from identity.patient_events('{their_patient}', '-infinity', 'infinity')",),
        breaks=(
            "do $do$ begin execute replace(pg_get_functiondef('identity.patient_events(uuid, timestamptz, timestamptz)'::regprocedure),"
            " 'a.practice_id = (select scope.practice())', 'true'); end $do$",
        ),
    ),
    Escape(
        name="read the names of people who never acted in the practice",
        role="practice",
        attempt=("select display_name from app.user_account",),
        given=(SOMEBODY,),
        breaks=("alter policy practice on app.user_account using (true)",),
    ),
    Escape(
        name="read the addresses of people who acted in the practice",
        role="practice",
        attempt=("select email from app.user_account",),
        given=(SOMEBODY,),
        refused="permission denied for table user_account",
        breaks=(
            "alter policy practice on app.user_account using (true)",
            "grant select (email) on app.user_account to {practice}",
        ),
    ),
    Escape(
        name="read the broker's queue",
        attempt=("select count(*) from dramatiq.queue",),
        refused="permission denied for schema dramatiq",
        breaks=("grant usage on schema dramatiq to {staff}", "grant select on dramatiq.queue to {staff}"),
    ),
)  # fmt: skip
