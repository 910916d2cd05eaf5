"""Which provider may bill which payer, from when

Revision ID: 08_credentialing
Revises: 07_patients
"""

from alembic import op
from migrations.ops import (
    Access,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    text_column,
    uuid_column,
)

revision = "08_credentialing"
down_revision = "07_patients"


def upgrade() -> None:
    create_practice_table(
        "enrollment",
        uuid_column("id"),
        uuid_column("provider_id"),
        uuid_column("payer_id"),
        text_column("state"),
        date_column("requested_date"),
        date_column("effective_date", nullable=True),
        date_column("ended_date", nullable=True),
        instant_column("decided_at", nullable=True),
        access=[
            Access("staff", "select insert", update=("state", "effective_date", "ended_date", "decided_at")),
            Access("worker"),
            Access("practice"),
        ],
        unique=[("provider_id", "payer_id")],
        references={"provider": ("provider_id",)},
        checks={
            "state": "state in ('requested', 'approved', 'refused', 'ended')",
            "approved": "(state in ('approved', 'ended')) = (effective_date is not null)",
        },
    )
    op.create_foreign_key(
        "enrollment_payer_id_fkey", "enrollment", "payer", ["company_id", "payer_id"], ["company_id", "id"],
        source_schema="app", referent_schema="app",
    )  # fmt: skip


def downgrade() -> None:
    drop_tables("enrollment")
