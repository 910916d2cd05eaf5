"""How people and patients prove who they are: sessions and bill codes."""

from kernel.db.tables import (
    company_table,
    count_column,
    flag_column,
    instant_column,
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
