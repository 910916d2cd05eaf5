"""Encounters and their charges; claims, what was sent, and what payers answered."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from kernel.db.tables import (
    cents_column,
    count_column,
    date_column,
    flag_column,
    instant_column,
    json_column,
    list_column,
    practice_table,
    text_column,
    uuid_column,
)

encounter = practice_table(
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
)

charge = practice_table(
    "charge",
    uuid_column("encounter_id"),
    count_column("line_number"),
    text_column("procedure_code"),
    list_column("modifiers"),
    count_column("units"),
    cents_column("charge_cents"),
    sa.Column("pointers", pg.ARRAY(sa.Integer()), nullable=False),
    key=("encounter_id", "line_number"),
)

claim = practice_table(
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
)

claim_line = practice_table(
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
)

claim_event = practice_table(
    "claim_event",
    uuid_column("claim_id"),
    count_column("position"),
    text_column("from_state"),
    text_column("to_state"),
    text_column("reason"),
    uuid_column("actor_id", nullable=True),
    instant_column("occurred_at"),
    key=("claim_id", "position"),
)

finding = practice_table(
    "finding",
    uuid_column("claim_id"),
    count_column("position"),
    text_column("code"),
    text_column("severity"),
    text_column("field"),
    text_column("message"),
    key=("claim_id", "position"),
)

submission = practice_table(
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
)

adjudication = practice_table(
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
)
