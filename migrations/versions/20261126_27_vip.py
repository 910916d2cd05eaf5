"""Patients can be marked as VIP, so that each look at their records is listed

Revision ID: 27_vip
Revises: 26_audit_batches
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import Access, allow, disallow, role

revision = "27_vip"
down_revision = "26_audit_batches"


def upgrade() -> None:
    op.add_column("patient", sa.Column("vip", sa.Boolean(), nullable=False, server_default=sa.false()), schema="app")
    op.execute(f"grant update (vip) on app.patient to {role('staff')}")
    disallow("patient", "practice")
    allow("patient", [Access("practice", update=("vip",))])


def downgrade() -> None:
    disallow("patient", "practice")
    allow("patient", [Access("practice")])
    op.drop_column("patient", "vip", schema="app")
