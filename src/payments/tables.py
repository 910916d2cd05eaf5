"""Remittances as they came, and card payments by patients."""

from kernel.db.tables import (
    cents_column,
    count_column,
    date_column,
    instant_column,
    json_column,
    practice_table,
    text_column,
    uuid_column,
)

remittance = practice_table(
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
)

remittance_claim = practice_table(
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
)

provider_adjustment = practice_table(
    "provider_adjustment",
    uuid_column("remittance_id"),
    count_column("position"),
    text_column("reason"),
    text_column("reference"),
    cents_column("amount_cents"),
    key=("remittance_id", "position"),
)

patient_payment = practice_table(
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
)
