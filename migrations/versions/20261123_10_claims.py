"""From a visit to an answered claim

Revision ID: 10_claims
Revises: 09_clearinghouse
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    Access,
    cents_column,
    count_column,
    create_practice_table,
    date_column,
    drop_tables,
    flag_column,
    instant_column,
    json_column,
    list_column,
    text_column,
    uuid_column,
)
from sqlalchemy.dialects import postgresql as pg

revision = "10_claims"
down_revision = "09_clearinghouse"

OWN_ROWS = "practice_id = (select scope.practice()) and patient_id = (select scope.patient())"
OWN_CLAIM = (
    "practice_id = (select scope.practice()) and exists (select from app.claim c"
    " where c.practice_id = {table}.practice_id and c.id = {table}.claim_id and c.patient_id = (select scope.patient()))"
)
STATES = "'held', 'ready', 'queued', 'sent', 'file_accepted', 'accepted', 'rejected', 'denied', 'patient', 'closed'"


def both(*update: str) -> list[Access]:
    """Staff and jobs write; the practice looks on."""
    return [
        Access("staff", "select insert", update=update),
        Access("worker", "select insert", update=update),
        Access("practice"),
    ]


def upgrade() -> None:
    create_practice_table(
        "encounter",
        uuid_column("id"),
        text_column("number", ordered=True),
        uuid_column("patient_id"),
        date_column("service_date"),
        text_column("rendering_npi"),
        text_column("referring_npi"),
        text_column("referring_last_name"),
        text_column("referring_first_name"),
        text_column("place_of_service"),
        text_column("prior_authorization"),
        list_column("diagnoses"),
        uuid_column("primary_coverage_id"),
        uuid_column("secondary_coverage_id", nullable=True),
        text_column("source"),
        instant_column("created_at"),
        access=[*both(), Access("patient", rows=OWN_ROWS)],
        unique=[("number",)],
        references={"patient": ("patient_id",)},
    )
    for column in ("primary_coverage_id", "secondary_coverage_id"):
        op.create_foreign_key(
            f"encounter_{column}_fkey", "encounter", "coverage", ["practice_id", column], ["practice_id", "id"],
            source_schema="app", referent_schema="app",
        )  # fmt: skip
    create_practice_table(
        "charge",
        uuid_column("encounter_id"),
        count_column("line_number"),
        text_column("procedure_code"),
        list_column("modifiers"),
        count_column("units"),
        cents_column("charge_cents"),
        sa.Column("pointers", pg.ARRAY(sa.Integer()), nullable=False),
        key=("encounter_id", "line_number"),
        access=both(),
        references={"encounter": ("encounter_id",)},
    )
    create_practice_table(
        "claim",
        uuid_column("id"),
        text_column("number", ordered=True),
        uuid_column("encounter_id"),
        uuid_column("patient_id"),
        uuid_column("provider_id", nullable=True),
        uuid_column("coverage_id"),
        uuid_column("payer_id"),
        count_column("payer_order"),
        date_column("service_date"),
        cents_column("charge_cents"),
        text_column("state", ordered=True),
        text_column("payer_claim_number"),
        count_column("version"),
        instant_column("created_at"),
        instant_column("updated_at"),
        access=[
            *both(
                "state",
                "payer_order",
                "coverage_id",
                "payer_id",
                "provider_id",
                "payer_claim_number",
                "version",
                "updated_at",
            ),
            Access("patient", rows=OWN_ROWS),
        ],
        unique=[("number",), ("encounter_id",)],
        indexes=[("state", "number"), ("patient_id",)],
        references={"encounter": ("encounter_id",), "patient": ("patient_id",), "coverage": ("coverage_id",)},
        checks={"state": f"state in ({STATES})", "payer_order": "payer_order between 1 and 3"},
    )
    create_practice_table(
        "claim_line",
        uuid_column("id"),
        uuid_column("claim_id"),
        count_column("line_number"),
        text_column("control_number"),
        text_column("procedure_code"),
        list_column("modifiers"),
        count_column("units"),
        cents_column("charge_cents"),
        sa.Column("pointers", pg.ARRAY(sa.Integer()), nullable=False),
        date_column("service_date"),
        access=[*both(), Access("patient", rows=OWN_CLAIM.format(table="claim_line"))],
        unique=[("claim_id", "line_number")],
        references={"claim": ("claim_id",)},
    )
    create_practice_table(
        "claim_event",
        uuid_column("claim_id"),
        count_column("position"),
        text_column("from_state"),
        text_column("to_state"),
        text_column("reason"),
        uuid_column("actor_id", nullable=True),
        instant_column("occurred_at"),
        key=("claim_id", "position"),
        access=both(),
        references={"claim": ("claim_id",)},
    )
    create_practice_table(
        "finding",
        uuid_column("claim_id"),
        count_column("position"),
        text_column("code"),
        text_column("severity"),
        text_column("field"),
        text_column("message"),
        access=[
            Access("staff", "select insert delete"),
            Access("worker", "select insert delete"),
            Access("practice"),
        ],
        key=("claim_id", "position"),
        references={"claim": ("claim_id",)},
        checks={"severity": "severity in ('block', 'warn', 'info')"},
    )
    create_practice_table(
        "submission",
        uuid_column("id"),
        uuid_column("claim_id"),
        count_column("payer_order"),
        count_column("attempt"),
        uuid_column("payer_id"),
        text_column("frequency"),
        uuid_column("edi_file_id"),
        text_column("set_control_number"),
        text_column("state"),
        text_column("problem"),
        instant_column("created_at"),
        access=both("state", "problem"),
        unique=[("claim_id", "payer_order", "attempt")],
        indexes=[("edi_file_id", "set_control_number")],
        references={"claim": ("claim_id",), "edi_file": ("edi_file_id",)},
        checks={"state": "state in ('queued', 'sent', 'file_accepted', 'accepted', 'rejected')"},
    )
    create_practice_table(
        "adjudication",
        uuid_column("id"),
        uuid_column("claim_id"),
        count_column("payer_order"),
        uuid_column("payer_id"),
        text_column("payer_claim_number"),
        text_column("status_code"),
        flag_column("is_reversal"),
        flag_column("crossed_over"),
        cents_column("charge_cents"),
        cents_column("paid_cents"),
        cents_column("patient_cents"),
        date_column("paid_date"),
        json_column("content"),
        count_column("sequence"),
        access=[*both(), Access("patient", rows=OWN_CLAIM.format(table="adjudication"))],
        unique=[("claim_id", "sequence")],
        references={"claim": ("claim_id",)},
    )


def downgrade() -> None:
    drop_tables("encounter", "charge", "claim", "claim_line", "claim_event", "finding", "submission", "adjudication")
