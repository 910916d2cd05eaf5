"""From when on something in the audit log is unusual can be set by a company, and by a practice for itself

Revision ID: 30_thresholds
Revises: 29_company_events
"""

from migrations.ops import (
    COMPANY_ROWS,
    Access,
    create_company_table,
    create_practice_table,
    drop_tables,
    instant_column,
    json_column,
    uuid_column,
)

revision = "30_thresholds"
down_revision = "29_company_events"

CHANGED = ("thresholds", "changed_by", "changed_at")


def upgrade() -> None:
    create_company_table(
        "company_thresholds",
        json_column("thresholds", nullable=True),
        uuid_column("changed_by", nullable=True),
        instant_column("changed_at", nullable=True),
        key=(),
        access=[
            Access("staff", "select insert", update=CHANGED, rows=COMPANY_ROWS),
            Access("practice", rows=COMPANY_ROWS),
        ],
    )
    create_practice_table(
        "practice_thresholds",
        json_column("thresholds", nullable=True),
        uuid_column("changed_by", nullable=True),
        instant_column("changed_at", nullable=True),
        key=(),
        access=[
            Access("staff", "select insert", update=CHANGED),
            Access("practice", "select insert", update=CHANGED),
        ],
    )


def downgrade() -> None:
    drop_tables("company_thresholds", "practice_thresholds")
