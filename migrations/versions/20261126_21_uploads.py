"""Uploads: files that are announced, put into the store by link, and claimed by what uses them

Revision ID: 21_uploads
Revises: 20_audit_search
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import Access, create_practice_table, drop_tables, instant_column, text_column, uuid_column

revision = "21_uploads"
down_revision = "20_audit_search"

EXPIRED = "state <> 'claimed' and expires_at < now()"


def upgrade() -> None:
    create_practice_table(
        "upload",
        uuid_column("id"),
        text_column("purpose"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        text_column("sha256"),
        text_column("state"),
        instant_column("created_at"),
        instant_column("expires_at"),
        instant_column("claimed_at", nullable=True),
        uuid_column("claimed_for", nullable=True),
        access=[
            Access("staff", "select insert", update=("state", "claimed_at", "claimed_for")),
            # The sweep sees nothing that is claimed or in time, so it cannot delete anything else.
            Access("intake", "select delete", update=("state",), rows=EXPIRED),
        ],
        checks={
            "state": "state in ('begun', 'claimed', 'expired')",
            "size_bytes": "size_bytes > 0",
            "sha256": "sha256 ~ '^[0-9a-f]{64}$'",
            "claimed": "(state = 'claimed') = (claimed_at is not null and claimed_for is not null)",
        },
    )
    op.create_index(
        "upload_expires_at_idx",
        "upload",
        ["expires_at"],
        schema="app",
        postgresql_where=sa.text("state <> 'claimed'"),
    )


def downgrade() -> None:
    drop_tables("upload")
