"""Escapes by the scope: reading without one, with a made-up one, with one that is not for this use."""

from tests.isolation.escapes.escape import Escape

THEIRS = "select id from app.patient where practice_id = '{their_practice}'"
ANYBODYS = "select id from app.patient"


def without(complaint: str) -> tuple[str, ...]:
    """The check of a scope no longer raises this complaint."""
    raised = f"raise exception '{complaint}' using errcode = '42501'"
    return (
        f"do $do$ begin execute replace(pg_get_functiondef('scope.verified()'::regprocedure), $r${raised}$r$, 'null'); end $do$",
    )


COMPANYS = "select id from app.audit_event where practice_id is null"
COMPANY_EVENT = (
    "insert into app.audit_event select (jsonb_populate_record(e, jsonb_build_object('practice_id', null, 'company_id', '{company}',"
    " 'id', gen_random_uuid()))).* from app.audit_event e limit 1"
)
UNGUARDED = ("alter table app.patient disable row level security",)
OPEN_POLICY = ("alter policy staff on app.patient using (true)",)

ESCAPES = (
    Escape(name="read without a scope", scope="none", attempt=(ANYBODYS,), refused="no scope", breaks=UNGUARDED),
    Escape(name="read another practice", attempt=(THEIRS,), breaks=OPEN_POLICY),
    Escape(
        name="write another practice's id into one's own scope",
        scope="forged",
        attempt=(THEIRS,),
        refused="bad scope",
        breaks=without("bad scope"),
    ),
    Escape(
        name="injected set_config",
        attempt=("select pg_catalog.set_config('billwright.scope', '{their_token}', true)", THEIRS),
        refused="bad scope",
        breaks=without("bad scope"),
    ),
    Escape(
        name="injected set",
        attempt=("set local billwright.scope = '{their_token}'", THEIRS),
        refused="bad scope",
        breaks=without("bad scope"),
    ),
    Escape(
        name="use a scope after its time",
        scope="expired",
        attempt=(ANYBODYS,),
        refused="expired scope",
        breaks=without("expired scope"),
    ),
    Escape(
        name="use a scope of staff on the worker's connection",
        role="worker",
        scope="staff's",
        attempt=(ANYBODYS,),
        refused="scope of another audience",
        breaks=without("scope of another audience"),
    ),
    Escape(
        name="read practice rows with a scope of the whole company",
        scope="whole company",
        attempt=(ANYBODYS,),
        refused="the scope names no practice",
        breaks=OPEN_POLICY,
    ),
    Escape(
        name="read another company's payers",
        attempt=("select id from app.payer where company_id = '{their_company}'",),
        breaks=("alter policy staff on app.payer using (true)",),
    ),
    Escape(
        name="read the company's own audit events with a practice's scope",
        given=(COMPANY_EVENT.format(company="{our_company}"),),
        attempt=(COMPANYS,),
        breaks=("alter policy staff on app.audit_event using (true)",),
    ),
    Escape(
        name="read another company's audit events with one's own company's scope",
        scope="whole company",
        given=(COMPANY_EVENT.format(company="{their_company}"),),
        attempt=(COMPANYS,),
        breaks=("alter policy staff on app.audit_event using (practice_id is null)",),
    ),
    Escape(
        name="read a practice's audit events with the company's scope",
        scope="whole company",
        attempt=("select id from app.audit_event where practice_id = '{our_practice}'",),
        breaks=("alter policy staff on app.audit_event using (company_id = (select scope.company()))",),
    ),
    Escape(
        name="a practice's own people read the company's audit events",
        role="practice",
        given=(COMPANY_EVENT.format(company="{our_company}"),),
        attempt=(COMPANYS,),
        breaks=("alter policy practice on app.audit_event using (company_id = (select scope.company()))",),
    ),
    Escape(
        name="a patient reads another patient of the practice",
        role="patient",
        scope="our patient's",
        given=(
            "insert into app.patient select practice_id, company_id, gen_random_uuid(), 'ANOTHER', last_name, first_name, birth_date, sex,"
            " address, city, state_code, zip, phone, created_at from app.patient where id = '{our_patient}'",
        ),
        attempt=("select id from app.patient where id <> '{our_patient}'",),
        breaks=("alter policy patient on app.patient using (practice_id = (select scope.practice()))",),
    ),
    Escape(
        name="read the signing key",
        attempt=("select inner_pad from scope.signing_key",),
        refused="permission denied for table signing_key",
        breaks=("grant select on scope.signing_key to {staff}",),
    ),
    Escape(
        name="ask what a scope says, to sign one's own",
        attempt=("select scope.verified()",),
        refused="permission denied for function verified",
        breaks=("grant execute on function scope.verified() to {staff}",),
    ),
    Escape(
        name="replace the check of the signature by a function found earlier",
        given=("grant usage, create on schema app to {staff}",),
        attempt=(
            "create function app.encode(bytea, text) returns text language sql as"
            " $$ select pg_catalog.right(pg_catalog.current_setting('billwright.scope'), 64) $$",
            "grant execute on function app.encode to public",
            "set local search_path = app, pg_catalog",
            "select pg_catalog.set_config('billwright.scope', '{their_token}', true)",
            THEIRS,
        ),
        refused="bad scope",
        breaks=(
            "alter function scope.verified() reset search_path",
            "alter function scope.practice() reset search_path",
            "grant usage on schema app to {scope}",
        ),
    ),
)
