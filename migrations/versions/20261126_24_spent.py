"""What opens nothing any more may be deleted: password resets, bill links, invitations, sign-in attempts

Revision ID: 24_spent
Revises: 23_tax_ids
"""

from alembic import op
from migrations.ops import Access, allow, disallow

revision = "24_spent"
down_revision = "23_tax_ids"

# The hourly cleaning sees nothing that may still be used or asked about, so it cannot delete anything else.
SPENT = {
    "password_reset": (("company_id", "id"), "expires_at < now() - interval '30 days'"),
    "bill_link": (("practice_id", "id"), "expires_at < now() - interval '30 days'"),
    "invitation": (
        ("company_id", "id"),
        "coalesce(accepted_at, withdrawn_at, expires_at) < now() - interval '90 days'",
    ),
    "sign_in_throttle": (("id",), "last_failed_at < now() - interval '1 day'"),
}
ENDS = ("password_reset", "bill_link", "session")


def upgrade() -> None:
    for table, (key, rows) in SPENT.items():
        allow(table, [Access("intake", "select delete", rows=rows, columns=key)])
    for table in ENDS:
        op.create_index(f"{table}_expires_at_idx", table, ["expires_at"], schema="app")


def downgrade() -> None:
    for table in ENDS:
        op.drop_index(f"{table}_expires_at_idx", table, schema="app")
    for table in SPENT:
        disallow(table, "intake")
