"""Patients and the coverages that pay for them."""

from kernel.db.tables import (
    bytes_column,
    count_column,
    date_column,
    flag_column,
    instant_column,
    practice_table,
    text_column,
    uuid_column,
)

patient = practice_table(
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
    flag_column("vip"),
)

coverage = practice_table(
    "coverage",
    uuid_column("id"),
    uuid_column("patient_id"),
    count_column("rank"),
    uuid_column("payer_id"),
    bytes_column("member_id_sealed"),
    bytes_column("member_id_index"),
    text_column("group_number"),
    text_column("relationship"),
    text_column("subscriber_last_name"),
    text_column("subscriber_first_name"),
    date_column("subscriber_birth_date", nullable=True),
    text_column("subscriber_sex"),
    instant_column("created_at"),
)
