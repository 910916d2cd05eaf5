"""Seals and signed checkpoints over the audit log, epochs of its positions, legal holds

Revision ID: 16_audit_seal
Revises: 15_access
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    ALL_ROWS,
    Access,
    cents_column,
    count_column,
    create_practice_table,
    drop_tables,
    instant_column,
    make_append_only,
    role,
    secure,
    text_column,
    uuid_column,
)

revision = "16_audit_seal"
down_revision = "15_access"

TABLES = ("audit_epoch", "audit_checkpoint", "audit_seal", "audit_hold")
EVENT_COLUMNS = (
    "company_id, practice_id, id, occurred_at, audience, user_id, role, purpose, session_id, request_id, address, action, object_type,"
    " object_id, patient_ids, changed, outcome"
)


def upgrade() -> None:
    _epochs()
    _checkpoints()
    _seals()
    create_practice_table(
        "audit_hold",
        uuid_column("id"),
        text_column("state"),
        text_column("reason"),
        uuid_column("user_id", nullable=True),
        instant_column("decided_at"),
        checks={"state": "state in ('placed', 'released')", "reason": "reason <> ''"},
        access=[
            Access("staff", "select insert"),
            Access("sealer", rows=ALL_ROWS),
            Access("owner", rows=ALL_ROWS),
        ],
    )
    for name in TABLES:
        make_append_only(name)
    # What the sealer and the operator's commands do is on record in the chain of nobody; the owner writes what it dropped.
    sealer, owner = role("sealer"), role("owner")
    op.execute(f"grant insert ({EVENT_COLUMNS}) on app.audit_event to {sealer}")
    op.execute(
        f"create policy sealer_insert on app.audit_event for insert to {sealer} with check (practice_id is null and company_id is null)"
    )
    op.execute(
        f"create policy owner_insert on app.audit_event for insert to {owner} with check (action = 'audit.events.expired')"
    )


def downgrade() -> None:
    op.execute("drop policy owner_insert on app.audit_event")
    op.execute("drop policy sealer_insert on app.audit_event")
    op.execute(f"revoke insert ({EVENT_COLUMNS}) on app.audit_event from {role('sealer')}")
    drop_tables(*TABLES)


def _epochs() -> None:
    """Transaction numbers begin again in a cluster restored from a dump; positions, which are numbers plus an offset, do not."""
    op.create_table(
        "audit_epoch",
        count_column("number"),
        text_column("cluster"),
        cents_column("xid_offset"),
        cents_column("after_checkpoint"),
        text_column("reason"),
        instant_column("begun_at"),
        sa.PrimaryKeyConstraint("number", name="audit_epoch_pkey"),
        schema="app",
    )
    op.execute(
        "insert into app.audit_epoch select 1, system_identifier::text, 0, 0, 'installed', clock_timestamp() from pg_control_system()"
    )
    secure("audit_epoch", [Access("sealer", rows=ALL_ROWS), Access("owner", "select insert", rows=ALL_ROWS)])


def _checkpoints() -> None:
    op.create_table(
        "audit_checkpoint",
        cents_column("number"),
        count_column("epoch"),
        instant_column("sealed_at"),
        cents_column("position_to"),
        text_column("body"),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="audit_checkpoint_pkey"),
        schema="app",
    )
    everybody = [Access(name, rows=ALL_ROWS) for name in ("staff", "practice", "worker")]
    secure("audit_checkpoint", [Access("sealer", "select insert", rows=ALL_ROWS), *everybody])


def _seals() -> None:
    op.create_table(
        "audit_seal",
        uuid_column("company_id", nullable=True),
        uuid_column("practice_id", nullable=True),
        text_column("chain", ordered=True),
        cents_column("number"),
        cents_column("checkpoint"),
        count_column("place"),
        cents_column("position_from"),
        cents_column("position_to"),
        text_column("month", ordered=True),
        text_column("body"),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name="audit_seal_pkey"),
        sa.UniqueConstraint("checkpoint", "place", name="audit_seal_checkpoint_place_key"),
        schema="app",
    )
    op.create_index("audit_seal_month_idx", "audit_seal", ["month"], schema="app")
    op.create_index("audit_seal_practice_id_idx", "audit_seal", ["practice_id", "position_to"], schema="app")
    own = [Access(name) for name in ("staff", "practice", "worker")]
    secure("audit_seal", [Access("sealer", "select insert", rows=ALL_ROWS), *own])
