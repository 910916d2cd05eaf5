"""The reference shelves: payers of the company, providers of a practice

Revision ID: 06_directory
Revises: 05_ledger
"""

from migrations.ops import (
    COMPANY_ROWS,
    Access,
    count_column,
    create_company_table,
    create_practice_table,
    drop_tables,
    instant_column,
    text_column,
    uuid_column,
)

revision = "06_directory"
down_revision = "05_ledger"


def upgrade() -> None:
    create_company_table(
        "payer",
        uuid_column("id"),
        text_column("code"),
        text_column("name"),
        text_column("kind"),
        text_column("edi_id"),
        count_column("timely_filing_days"),
        access=[
            Access("staff", "select insert", update=("name", "timely_filing_days"), rows=COMPANY_ROWS),
            Access("worker", rows=COMPANY_ROWS),
            Access("practice", rows=COMPANY_ROWS),
            Access("patient", rows=COMPANY_ROWS),
        ],
        unique=[("code",)],
        checks={"kind": "kind in ('medicare', 'medicaid', 'commercial', 'supplement')"},
    )
    create_practice_table(
        "provider",
        uuid_column("id"),
        text_column("npi"),
        text_column("last_name"),
        text_column("first_name"),
        text_column("taxonomy"),
        instant_column("created_at"),
        access=[
            Access("staff", "select insert", update=("last_name", "first_name", "taxonomy")),
            Access("worker"),
            Access("practice"),
            Access("patient"),
        ],
        unique=[("npi",)],
    )


def downgrade() -> None:
    drop_tables("payer", "provider")
