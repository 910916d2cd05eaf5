"""The append-only record of who saw or changed what, one partition a month

Revision ID: 03_audit
Revises: 02_tenancy
"""

from alembic import op
from migrations.ops import Access, make_append_only, role, secure

revision = "03_audit"
down_revision = "02_tenancy"

FIRST_YEAR, LAST_YEAR = 2026, 2028

COLUMNS = (
    "company_id, practice_id, id, occurred_at, audience, user_id, role, purpose, session_id, request_id, address, action, object_type,"
    " object_id, patient_ids, changed, outcome"
)


def upgrade() -> None:
    op.execute(
        """
        create table app.audit_event (
            company_id uuid, practice_id uuid, id uuid not null,
            occurred_at timestamptz not null, recorded_at timestamptz not null default clock_timestamp(),
            xid xid8 not null default pg_current_xact_id(),
            audience text not null, user_id uuid, role text not null, purpose text not null, session_id uuid, request_id text not null,
            address text not null, action text not null, object_type text not null, object_id text not null,
            patient_ids uuid[] not null, changed jsonb not null, outcome text not null
                constraint audit_event_outcome_check check (outcome in ('done', 'refused', 'failed')),
            constraint audit_event_pkey primary key (recorded_at, id)
        ) partition by range (recorded_at)
        """
    )
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            after = f"{year + month // 12}-{month % 12 + 1:02d}-01"
            op.execute(
                f"create table app.audit_event_{year}_{month:02d} partition of app.audit_event"
                f" for values from ('{year}-{month:02d}-01 00:00:00+00') to ('{after} 00:00:00+00')"
            )
            _force(f"audit_event_{year}_{month:02d}")
    op.execute("create table app.audit_event_beyond partition of app.audit_event default")
    _force("audit_event_beyond")
    op.execute("create index audit_event_practice_id_idx on app.audit_event (practice_id, recorded_at, id)")
    op.execute("create index audit_event_xid_idx on app.audit_event (xid)")
    secure(
        "audit_event",
        [
            Access("staff"),
            Access("practice"),
            Access("worker"),
            Access("sealer", rows="true"),
        ],
    )
    make_append_only("audit_event")
    # Insert only, and only the columns a service may say: when it was recorded and by which transaction is the database's word.
    # A scope that names no practice (company work) writes events of the company; sign-in and intake write events of nobody yet.
    for name, rows in _INSERTS.items():
        op.execute(f"grant insert ({COLUMNS}) on app.audit_event to {role(name)}")
        op.execute(f"create policy {name}_insert on app.audit_event for insert to {role(name)} with check ({rows})")


def downgrade() -> None:
    op.execute("drop table app.audit_event")


_OWN_PRACTICE = "practice_id = (select scope.practice())"
_OWN_COMPANY = "company_id = (select scope.company())"
_INSERTS = {
    "staff": f"case when practice_id is null then {_OWN_COMPANY} else {_OWN_PRACTICE} end",
    "practice": _OWN_PRACTICE,
    "patient": _OWN_PRACTICE,
    "worker": f"case when practice_id is null then {_OWN_COMPANY} else {_OWN_PRACTICE} end",
    "identity": "true",
    "intake": "true",
}


def _force(name: str) -> None:
    """A partition can be named directly, so it is guarded like the whole."""
    op.execute(f"alter table app.{name} enable row level security")
    op.execute(f"alter table app.{name} force row level security")
    make_append_only(name)
