"""How people and patients prove who they are: sessions, second factors, bill codes."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from kernel.db.tables import (
    company_table,
    count_column,
    flag_column,
    instant_column,
    intake_table,
    list_column,
    practice_table,
    text_column,
    uuid_column,
)

session = company_table(
    "session",
    uuid_column("id"),
    text_column("audience"),
    uuid_column("user_id", nullable=True),
    uuid_column("practice_id", nullable=True),
    uuid_column("patient_id", nullable=True),
    text_column("token_hash"),
    instant_column("created_at"),
    instant_column("last_seen_at"),
    instant_column("expires_at"),
    instant_column("revoked_at", nullable=True),
    text_column("stage"),
    text_column("address"),
    text_column("device"),
    flag_column("second_factor_passed"),
    count_column("idle_seconds"),
    instant_column("authenticated_at", nullable=True),
)

patient_access = practice_table(
    "patient_access",
    uuid_column("id"),
    uuid_column("patient_id"),
    text_column("code_hash"),
    text_column("birth_date_hash"),
    count_column("failed_attempts"),
    instant_column("locked_until", nullable=True),
    instant_column("created_at"),
    instant_column("ended_at", nullable=True),
)

second_factor = company_table(
    "second_factor",
    uuid_column("user_id"),
    sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
    count_column("last_step"),
    instant_column("created_at"),
    instant_column("confirmed_at", nullable=True),
    key=("user_id",),
)

recovery_code = company_table(
    "recovery_code",
    uuid_column("id"),
    uuid_column("user_id"),
    text_column("code_hash"),
    instant_column("created_at"),
    instant_column("ended_at", nullable=True),
)

password_reset = company_table(
    "password_reset",
    uuid_column("id"),
    uuid_column("user_id"),
    instant_column("created_at"),
    instant_column("expires_at"),
    instant_column("ended_at", nullable=True),
)

sign_in_throttle = intake_table(
    "sign_in_throttle",
    uuid_column("id"),
    count_column("failures"),
    instant_column("last_failed_at"),
    instant_column("blocked_until", nullable=True),
)

api_key = company_table(
    "api_key",
    uuid_column("id"),
    uuid_column("user_id"),
    text_column("name"),
    text_column("prefix"),
    text_column("key_hash"),
    list_column("permissions"),
    sa.Column("practice_ids", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    flag_column("company_wide"),
    instant_column("created_at"),
    instant_column("expires_at"),
    instant_column("last_used_at", nullable=True),
    instant_column("revoked_at", nullable=True),
)

bill_link = practice_table(
    "bill_link",
    uuid_column("id"),
    uuid_column("access_id"),
    instant_column("created_at"),
    instant_column("expires_at"),
    instant_column("spent_at", nullable=True),
)
