"""An audit event is in an index only if a search through that index could be for it

Revision ID: 32_audit_indexes
Revises: 31_suspensions
"""

from alembic import op

revision = "32_audit_indexes"
down_revision = "31_suspensions"

# Searches in a practice name it, and those by person name a person: what has neither is found through the company's indexes.
INDEXES = {
    "audit_event_practice_id_idx": ("(practice_id, recorded_at, id)", "practice_id is not null"),
    "audit_event_user_id_idx": (
        "(practice_id, user_id, recorded_at, id)",
        "practice_id is not null and user_id is not null",
    ),
    "audit_event_object_id_idx": ("(practice_id, object_id, recorded_at, id)", "practice_id is not null"),
}


def upgrade() -> None:
    for name, (columns, condition) in INDEXES.items():
        op.execute(f"drop index app.{name}")
        op.execute(f"create index {name} on app.audit_event {columns} where {condition}")


def downgrade() -> None:
    for name, (columns, _) in INDEXES.items():
        op.execute(f"drop index app.{name}")
        op.execute(f"create index {name} on app.audit_event {columns}")
