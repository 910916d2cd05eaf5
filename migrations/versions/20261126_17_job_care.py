"""Jobs rest, die and are dismissed; a schedule; idempotency keys of a company; what expires may be deleted

Revision ID: 17_job_care
Revises: 16_audit_seal
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    ALL_ROWS,
    Access,
    allow,
    count_column,
    create_company_table,
    disallow,
    drop_tables,
    instant_column,
    role,
    text_column,
    uuid_column,
)

revision = "17_job_care"
down_revision = "16_audit_seal"

WORKER_MARKS = ("due_at", "dead_at")
PERSON_MARKS = ("sent_at", "dismissed_at", "dismissal")
EXPIRED_KEYS = "created_at < now() - interval '24 hours'"
EXPIRED_SESSIONS = "expires_at < now() - interval '1 year'"
SETTLED_JOBS = "coalesce(done_at, dismissed_at) < now() - interval '7 days'"
SERVICES = ("staff", "practice", "patient", "worker", "relay", "scheduler", "sealer", "identity", "intake", "reporting")


def upgrade() -> None:
    _outbox()
    _schedule()
    create_company_table(
        "company_idempotency_key",
        text_column("key"),
        text_column("request_hash"),
        count_column("status"),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        instant_column("created_at"),
        key=("key",),
        access=[
            Access("staff", "select insert", rows="company_id = (select scope.company())"),
            Access("intake", "select delete", rows=EXPIRED_KEYS),
        ],
    )
    # The nightly cleaning sees nothing that has not expired, so it cannot delete anything else.
    allow("idempotency_key", [Access("intake", "select delete", rows=EXPIRED_KEYS)])
    allow("session", [Access("intake", "select delete", rows=EXPIRED_SESSIONS)])
    op.execute(f"grant delete on app.outbox to {role('intake')}")
    op.execute(
        f"create policy intake_expiry on app.outbox as restrictive for delete to {role('intake')} using ({SETTLED_JOBS})"
    )
    allow("practice", [Access("intake", rows=ALL_ROWS, columns=("practice_id", "status"))])
    # Every process compares the revision with its own before it says that it is ready.
    op.execute(f"grant select on app.alembic_version to {', '.join(role(name) for name in SERVICES)}")


def downgrade() -> None:
    op.execute(f"revoke select on app.alembic_version from {', '.join(role(name) for name in SERVICES)}")
    disallow("practice", "intake")
    op.execute(f"drop policy intake_expiry on app.outbox; revoke delete on app.outbox from {role('intake')}")
    for table in ("idempotency_key", "session"):
        op.execute(f"drop policy intake on app.{table}; revoke select, delete on app.{table} from {role('intake')}")
    drop_tables("schedule_miss", "schedule", "company_idempotency_key")
    _undo_outbox()


def _outbox() -> None:
    op.add_column(
        "outbox",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="app",
    )
    for column in (
        instant_column("dead_at", nullable=True),
        instant_column("dismissed_at", nullable=True),
        text_column("dismissal", nullable=True),
    ):
        op.add_column("outbox", column, schema="app")
    for name, marks in (
        ("worker", WORKER_MARKS),
        ("intake", (*WORKER_MARKS, *PERSON_MARKS)),
        ("relay", ("due_at",)),
    ):
        op.execute(f"grant update ({', '.join(marks)}) on app.outbox to {role(name)}")
    op.execute(f"grant select (topic, practice_id, done_at, dead_at) on app.outbox to {role('scheduler')}")
    op.drop_index("outbox_unsent_idx", "outbox", schema="app")
    # The relay looks only at what waits, lease and schedule at what is open, people at what is dead, the cleaning at what is old.
    op.execute(
        "create index outbox_waiting_idx on app.outbox (due_at, created_at, id)"
        " where sent_at is null and done_at is null and dead_at is null"
    )
    op.execute(
        "create index outbox_open_idx on app.outbox (topic, practice_id) where done_at is null and dead_at is null"
    )
    op.execute("create index outbox_dead_idx on app.outbox (dead_at) where dead_at is not null")
    op.execute("create index outbox_created_idx on app.outbox using brin (created_at)")


def _undo_outbox() -> None:
    for name in ("outbox_created_idx", "outbox_dead_idx", "outbox_open_idx", "outbox_waiting_idx"):
        op.drop_index(name, "outbox", schema="app")
    op.execute("create index outbox_unsent_idx on app.outbox (created_at, id) where sent_at is null")
    op.execute(f"revoke select (topic, practice_id, done_at, dead_at) on app.outbox from {role('scheduler')}")
    op.execute(f"revoke update (sent_at) on app.outbox from {role('intake')}")
    for name in ("dismissal", "dismissed_at", "dead_at", "due_at"):
        op.drop_column("outbox", name, schema="app")


def _schedule() -> None:
    """What runs when is nobody's data: the scheduler writes it, whoever looks after the installation reads it."""
    op.create_table(
        "schedule",
        text_column("topic"),
        count_column("every_seconds"),
        instant_column("due_at"),
        instant_column("announced_at", nullable=True),
        sa.PrimaryKeyConstraint("topic", name="schedule_pkey"),
        schema="app",
    )
    op.create_table(
        "schedule_miss",
        uuid_column("id"),
        text_column("topic"),
        instant_column("due_at"),
        instant_column("found_at"),
        count_column("runs"),
        sa.PrimaryKeyConstraint("id", name="schedule_miss_pkey"),
        schema="app",
    )
    op.execute(f"grant select, insert on app.schedule to {role('scheduler')}")
    op.execute(f"grant update (every_seconds, due_at, announced_at) on app.schedule to {role('scheduler')}")
    op.execute(f"grant insert on app.schedule_miss to {role('scheduler')}")
    op.execute(f"grant select on app.schedule, app.schedule_miss to {role('intake')}")
