"""Disclosures that people record for a patient's accounting, and the ones they take back

Revision ID: 25_disclosures
Revises: 24_spent
"""

from migrations.ops import (
    Access,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    make_append_only,
    text_column,
    uuid_column,
)

revision = "25_disclosures"
down_revision = "24_spent"

GROUNDS = (
    "required_by_law", "public_health", "abuse_or_neglect", "health_oversight", "court", "law_enforcement", "coroner", "organ_donation",
    "research", "serious_threat", "government_function", "workers_compensation", "rule_enforcement", "not_permitted", "treatment",
    "payment", "operations", "to_patient", "incidental", "authorization", "involved_in_care", "national_security", "custody",
    "limited_data_set",
)  # fmt: skip
WRITERS = [Access("staff", "select insert"), Access("practice", "select insert")]


def upgrade() -> None:
    create_practice_table(
        "disclosure",
        uuid_column("id"),
        uuid_column("patient_id"),
        date_column("disclosed_on"),
        text_column("recipient_name"),
        text_column("recipient_address"),
        text_column("what"),
        text_column("purpose"),
        text_column("ground"),
        date_column("withheld_until", nullable=True),
        uuid_column("recorded_by", nullable=True),
        instant_column("recorded_at"),
        access=WRITERS,
        indexes=[("patient_id", "disclosed_on", "id")],
        references={"patient": ("patient_id",)},
        checks={"ground": f"ground in ({', '.join(repr(one) for one in GROUNDS)})"},
    )
    create_practice_table(
        "disclosure_withdrawal",
        uuid_column("disclosure_id"),
        text_column("reason"),
        uuid_column("withdrawn_by", nullable=True),
        instant_column("withdrawn_at"),
        key=("disclosure_id",),
        access=WRITERS,
        references={"disclosure": ("disclosure_id",)},
    )
    for name in ("disclosure", "disclosure_withdrawal"):
        make_append_only(name)


def downgrade() -> None:
    drop_tables("disclosure", "disclosure_withdrawal")
