"""Outbox, inbox, idempotency keys and numbered counters

Revision ID: 04_jobs
Revises: 03_audit
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    ALL_ROWS,
    PRACTICE_ROWS,
    Access,
    cents_column,
    count_column,
    create_intake_table,
    create_practice_table,
    drop_tables,
    instant_column,
    json_column,
    text_column,
    uuid_column,
)

revision = "04_jobs"
down_revision = "03_audit"

OUTBOX_STATE = ("started_at", "done_at", "attempts", "problem")
INBOX_STATE = ("company_id", "practice_id", "state", "problem", "processed_at")


def upgrade() -> None:
    create_intake_table(
        "outbox",
        uuid_column("id"),
        text_column("topic"),
        json_column("payload"),
        text_column("request_id"),
        uuid_column("user_id", nullable=True),
        instant_column("created_at"),
        instant_column("sent_at", nullable=True),
        instant_column("started_at", nullable=True),
        instant_column("done_at", nullable=True),
        count_column("attempts"),
        text_column("problem", nullable=True),
        access=[
            Access("staff", "select insert"),
            Access("practice", "select insert"),
            Access("patient", "insert", rows=PRACTICE_ROWS),
            Access("worker", "select insert", update=OUTBOX_STATE),
            Access("intake", "select insert", update=OUTBOX_STATE, rows=ALL_ROWS),
            Access("scheduler", "insert", rows=ALL_ROWS),
            Access("relay", "select delete", update=("sent_at",), rows=ALL_ROWS),
        ],
        indexes=[("practice_id", "created_at")],
    )
    # The relay looks only at what has not been sent.
    op.execute("create index outbox_unsent_idx on app.outbox (created_at, id) where sent_at is null")
    create_intake_table(
        "inbox_event",
        uuid_column("id"),
        text_column("source"),
        text_column("external_id"),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        instant_column("received_at"),
        text_column("state"),
        instant_column("processed_at", nullable=True),
        text_column("problem", nullable=True),
        access=[
            Access("intake", "select insert", update=INBOX_STATE, rows=ALL_ROWS),
            Access("worker", "select", update=("state", "problem", "processed_at")),
            Access("staff", "select"),
        ],
        unique=[("source", "external_id")],
        checks={"state": "state in ('received', 'claimed', 'processed', 'refused')"},
    )
    create_practice_table(
        "idempotency_key",
        text_column("key"),
        text_column("request_hash"),
        count_column("status", nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        instant_column("created_at"),
        key=("key",),
        access=[
            Access("staff", "select insert delete", update=("status", "answer")),
            Access("practice", "select insert delete", update=("status", "answer")),
        ],
    )
    create_practice_table(
        "counter",
        text_column("name"),
        cents_column("value"),
        key=("name",),
        access=[
            Access("staff", "select insert", update=("value",)),
            Access("worker", "select insert", update=("value",)),
        ],
    )


def downgrade() -> None:
    drop_tables("outbox", "inbox_event", "idempotency_key", "counter")
