"""Search in the audit log: by person, by object and by patient; a practice sees the names of those who acted in it

Revision ID: 20_audit_search
Revises: 19_keys_and_links
"""

from alembic import op
from migrations.ops import ALL_ROWS, Access, allow, create_identity_functions, drop_identity_functions, role

revision = "20_audit_search"
down_revision = "19_keys_and_links"

INDEXES = {
    "audit_event_user_id_idx": "(practice_id, user_id, recorded_at, id)",
    "audit_event_object_id_idx": "(practice_id, object_id, recorded_at, id)",
    "audit_event_patient_ids_idx": "using gin (patient_ids)",
}
ACTED_HERE = (
    "company_id = (select scope.company()) and exists (select from app.audit_event e"
    " where e.practice_id = (select scope.practice()) and e.user_id = user_account.id)"
)
READERS = ("staff", "practice")


def upgrade() -> None:
    for name, definition in INDEXES.items():
        op.execute(f"create index {name} on app.audit_event {definition}")
    allow("user_account", [Access("practice", rows=ACTED_HERE, columns=("company_id", "id", "display_name"))])
    allow("audit_event", [Access("identity_owner", rows=ALL_ROWS, columns=SEARCHED)])
    _as("scope", f"grant execute on function scope.practice() to {role('identity_owner')}")
    create_identity_functions(_PATIENT_EVENTS)
    _as(
        "identity_owner",
        f"grant usage on schema identity to {role('practice')}",
        *(f"grant execute on function {_SIGNATURE} to {role(name)}" for name in READERS),
    )


def downgrade() -> None:
    drop_identity_functions("patient_events")
    _as("identity_owner", f"revoke usage on schema identity from {role('practice')}")
    _as("scope", f"revoke execute on function scope.practice() from {role('identity_owner')}")
    op.execute("drop policy identity_owner on app.audit_event")
    op.execute(f"revoke select ({', '.join(SEARCHED)}) on app.audit_event from {role('identity_owner')}")
    op.execute("drop policy practice on app.user_account")
    op.execute(f"revoke select (company_id, id, display_name) on app.user_account from {role('practice')}")
    for name in INDEXES:
        op.execute(f"drop index app.{name}")


SEARCHED = ("practice_id", "recorded_at", "id", "patient_ids")


def _as(name: str, *statements: str) -> None:
    op.execute(f"set local role {role(name)}")
    for statement in statements:
        op.execute(statement)
    op.execute(f"set local role {role('owner')}")


# Under row security an index on an array is not used: the operator might tell what it sees before the policy has judged the row. So
# the keys come from a function that asks for the practice itself, and the events are then read under row security. A patient's id
# belongs to one practice: found by it alone and first, nothing is thrown away. (With the times beside it, a plan that does not know the
# values would read a month's whole key as well.)
_SIGNATURE = "identity.patient_events(uuid, timestamptz, timestamptz)"
_PATIENT_EVENTS = """create function identity.patient_events(p_patient uuid, p_since timestamptz, p_until timestamptz)
    returns table (recorded_at timestamptz, id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with about_patient as materialized (
        select e.recorded_at, e.id, e.practice_id from app.audit_event e
        where e.patient_ids @> array[p_patient])
    select a.recorded_at, a.id from about_patient a
    where a.practice_id = (select scope.practice()) and a.recorded_at >= p_since and a.recorded_at < p_until $$"""
