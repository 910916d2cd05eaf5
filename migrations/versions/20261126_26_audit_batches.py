"""Audit events come to the database as one batch, at the end of the transaction they are about

Revision ID: 26_audit_batches
Revises: 25_disclosures
"""

from alembic import op
from migrations.ops import role

revision = "26_audit_batches"
down_revision = "25_disclosures"

WRITERS = ("staff", "practice", "patient", "worker", "identity", "intake")
COLUMNS = (
    "company_id, practice_id, id, occurred_at, audience, user_id, role, purpose, session_id, request_id, address, action, object_type,"
    " object_id, patient_ids, changed, outcome"
)


def upgrade() -> None:
    # It runs with the rights of whoever calls it: column grants, policies and the append-only triggers decide as for any insert.
    op.execute(
        f"""
        create function app.record_events(batch bytea) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin
            insert into app.audit_event ({COLUMNS})
            select {COLUMNS} from jsonb_to_recordset(convert_from(batch, 'UTF8')::jsonb) as event(
                company_id uuid, practice_id uuid, id uuid, occurred_at timestamptz, audience text, user_id uuid, role text,
                purpose text, session_id uuid, request_id text, address text, action text, object_type text, object_id text,
                patient_ids uuid[], changed jsonb, outcome text);
        end $$
        """
    )
    op.execute("revoke execute on function app.record_events(bytea) from public")
    for name in WRITERS:
        op.execute(f"grant execute on function app.record_events(bytea) to {role(name)}")


def downgrade() -> None:
    op.execute("drop function app.record_events(bytea)")
