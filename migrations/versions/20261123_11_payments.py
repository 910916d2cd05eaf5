"""Remittances, card payments by patients, and imports

Revision ID: 11_payments
Revises: 10_claims
"""

from alembic import op
from migrations.ops import (
    Access,
    allow,
    cents_column,
    count_column,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    json_column,
    role,
    text_column,
    uuid_column,
)

revision = "11_payments"
down_revision = "10_claims"

OWN_ROWS = "practice_id = (select scope.practice()) and patient_id = (select scope.patient())"

OWN_CLAIMS = (
    "practice_id = (select scope.practice()) and group_id in (select c.id from app.claim c"
    " where c.practice_id = (select scope.practice()) and c.patient_id = (select scope.patient()))"
)


def both(*update: str) -> list[Access]:
    """Staff and jobs write; the practice looks on."""
    return [
        Access("staff", "select insert", update=update),
        Access("worker", "select insert", update=update),
        Access("practice"),
    ]


def upgrade() -> None:
    create_practice_table(
        "remittance",
        uuid_column("id"),
        uuid_column("edi_file_id"),
        count_column("position"),
        text_column("fingerprint"),
        text_column("trace_number"),
        text_column("payer_edi_id"),
        text_column("payer_name"),
        uuid_column("payer_id", nullable=True),
        text_column("payee_npi"),
        date_column("paid_date", nullable=True),
        cents_column("amount_cents"),
        cents_column("claims_paid_cents"),
        cents_column("provider_adjustment_cents"),
        count_column("claim_count"),
        text_column("state"),
        text_column("problem"),
        text_column("plan_digest"),
        instant_column("created_at"),
        instant_column("posted_at", nullable=True),
        access=both("state", "problem", "plan_digest", "posted_at"),
        unique=[("edi_file_id", "position")],
        indexes=[("fingerprint",), ("state", "paid_date")],
        references={"edi_file": ("edi_file_id",)},
        checks={"state": "state in ('received', 'held', 'posted')"},
    )
    create_practice_table(
        "remittance_claim",
        uuid_column("remittance_id"),
        count_column("position"),
        text_column("claim_number"),
        text_column("payer_claim_number"),
        text_column("status_code"),
        cents_column("charge_cents"),
        cents_column("paid_cents"),
        cents_column("patient_cents"),
        cents_column("offset_bytes"),
        cents_column("length_bytes"),
        uuid_column("claim_id", nullable=True),
        count_column("match_score"),
        text_column("match_reason"),
        count_column("payer_order"),
        uuid_column("entry_id", nullable=True),
        text_column("state"),
        text_column("problem"),
        json_column("content"),
        key=("remittance_id", "position"),
        access=both("claim_id", "match_score", "match_reason", "payer_order", "entry_id", "state", "problem"),
        indexes=[("claim_id",)],
        references={"remittance": ("remittance_id",), "claim": ("claim_id",)},
        checks={"state": "state in ('received', 'held', 'posted', 'reversed')"},
    )
    create_practice_table(
        "provider_adjustment",
        uuid_column("remittance_id"),
        count_column("position"),
        text_column("reason"),
        text_column("reference"),
        cents_column("amount_cents"),
        key=("remittance_id", "position"),
        access=both(),
        references={"remittance": ("remittance_id",)},
    )
    create_practice_table(
        "patient_payment",
        uuid_column("id"),
        uuid_column("patient_id"),
        cents_column("amount_cents"),
        text_column("state"),
        text_column("checkout_id"),
        text_column("checkout_url"),
        text_column("gateway_reference"),
        text_column("problem"),
        instant_column("created_at"),
        instant_column("settled_at", nullable=True),
        access=[
            *both("state", "checkout_id", "checkout_url", "gateway_reference", "problem", "settled_at"),
            Access(
                "patient", "select insert", update=("state", "checkout_id", "checkout_url", "problem"), rows=OWN_ROWS
            ),
        ],
        indexes=[("patient_id", "created_at")],
        references={"patient": ("patient_id",)},
        checks={"state": "state in ('intended', 'opened', 'paid', 'failed', 'expired')", "amount": "amount_cents > 0"},
    )
    create_practice_table(
        "import_run",
        uuid_column("id"),
        text_column("template"),
        text_column("file_name"),
        text_column("sha256"),
        count_column("accepted"),
        count_column("refused"),
        text_column("rejects_key"),
        json_column("problems"),
        instant_column("created_at"),
        access=[*both()],
        unique=[("template", "sha256")],
    )
    # A patient sees the money of the own claims: what was moved and what is open, never the entries' wording.
    for table in ("transfer", "balance"):
        allow(table, [Access("patient", rows=OWN_CLAIMS)])


def downgrade() -> None:
    for table in ("transfer", "balance"):
        op.execute(f"drop policy patient on app.{table}")
        op.execute(f"revoke select on app.{table} from {role('patient')}")
    drop_tables("remittance", "remittance_claim", "provider_adjustment", "patient_payment", "import_run")
