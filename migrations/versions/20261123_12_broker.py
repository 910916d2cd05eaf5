"""The default job broker's own tables, made here because no service may make tables

Revision ID: 12_broker
Revises: 11_payments
"""

from alembic import op
from dramatiq_postgres import generate_init_sql
from migrations.ops import role

revision = "12_broker"
down_revision = "11_payments"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(generate_init_sql())
    for user in ("worker", "relay"):
        op.execute(f"grant usage on schema dramatiq to {role(user)}")
        op.execute(f"grant select, insert, update, delete on all tables in schema dramatiq to {role(user)}")


def downgrade() -> None:
    op.execute("drop schema dramatiq cascade")
