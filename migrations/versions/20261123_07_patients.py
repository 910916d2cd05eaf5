"""Patients and the coverages that pay for them

Revision ID: 07_patients
Revises: 06_directory
"""

from alembic import op
from migrations.ops import (
    Access,
    count_column,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    text_column,
    uuid_column,
)

revision = "07_patients"
down_revision = "06_directory"

OWN_ROW = "practice_id = (select scope.practice()) and id = (select scope.patient())"
OWN_ROWS = "practice_id = (select scope.practice()) and patient_id = (select scope.patient())"

# What is told again may change; what identifies a person or a coverage may not.
PATIENT_FOLLOWS = ("last_name", "first_name", "sex", "address", "city", "state_code", "zip", "phone")
COVERAGE_FOLLOWS = (
    "group_number", "relationship", "subscriber_last_name", "subscriber_first_name", "subscriber_birth_date", "subscriber_sex",
)  # fmt: skip


def upgrade() -> None:
    create_practice_table(
        "patient",
        uuid_column("id"),
        text_column("account_number", ordered=True),
        text_column("last_name"),
        text_column("first_name"),
        date_column("birth_date"),
        text_column("sex"),
        text_column("address"),
        text_column("city"),
        text_column("state_code"),
        text_column("zip"),
        text_column("phone"),
        instant_column("created_at"),
        access=[
            Access("staff", "select insert", update=PATIENT_FOLLOWS),
            Access("worker", "select insert", update=PATIENT_FOLLOWS),
            Access("practice"),
            Access("patient", rows=OWN_ROW),
        ],
        unique=[("account_number",)],
        checks={"sex": "sex in ('F', 'M', 'U')"},
    )
    create_practice_table(
        "coverage",
        uuid_column("id"),
        uuid_column("patient_id"),
        count_column("rank"),
        uuid_column("payer_id"),
        text_column("member_id"),
        text_column("group_number"),
        text_column("relationship"),
        text_column("subscriber_last_name"),
        text_column("subscriber_first_name"),
        date_column("subscriber_birth_date", nullable=True),
        text_column("subscriber_sex"),
        instant_column("created_at"),
        access=[
            Access("staff", "select insert", update=COVERAGE_FOLLOWS),
            Access("worker", "select insert", update=COVERAGE_FOLLOWS),
            Access("practice"),
            Access("patient", rows=OWN_ROWS),
        ],
        unique=[("patient_id", "payer_id", "member_id", "rank")],
        references={"patient": ("patient_id",)},
        checks={
            "relationship": "relationship in ('self', 'spouse', 'child', 'other')",
            "rank": "rank between 1 and 3",
        },
    )
    op.create_foreign_key(
        "coverage_payer_id_fkey",
        "coverage",
        "payer",
        ["company_id", "payer_id"],
        ["company_id", "id"],
        source_schema="app",
        referent_schema="app",
    )
    op.create_foreign_key(
        "patient_access_patient_id_fkey", "patient_access", "patient", ["practice_id", "patient_id"], ["practice_id", "id"],
        source_schema="app", referent_schema="app",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_constraint("patient_access_patient_id_fkey", "patient_access", schema="app")
    drop_tables("patient", "coverage")
