"""The sealer and the operator's commands on the audit log record what they do in the same way as everybody

Revision ID: 28_sealer_records
Revises: 27_vip
"""

from alembic import op
from migrations.ops import role

revision = "28_sealer_records"
down_revision = "27_vip"


def upgrade() -> None:
    op.execute(f"grant execute on function app.record_events(bytea) to {role('sealer')}")


def downgrade() -> None:
    op.execute(f"revoke execute on function app.record_events(bytea) from {role('sealer')}")
