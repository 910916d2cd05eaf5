"""Who exists: companies, practices, people, invitations, memberships and their history."""

from kernel.db.tables import (
    bytes_column,
    company_table,
    flag_column,
    instant_column,
    json_column,
    practice_table,
    text_column,
    uuid_column,
)

company = company_table(
    "company",
    text_column("slug"),
    text_column("name"),
    text_column("currency"),
    flag_column("second_factor_required"),
    instant_column("created_at"),
    key=(),
)

practice = practice_table(
    "practice",
    text_column("slug"),
    text_column("name"),
    text_column("npi"),
    bytes_column("tax_id_sealed"),
    text_column("taxonomy"),
    text_column("address"),
    text_column("city"),
    text_column("state_code"),
    text_column("zip"),
    text_column("phone"),
    text_column("time_zone"),
    text_column("claim_prefix"),
    text_column("status"),
    instant_column("created_at"),
    key=(),
)

user_account = company_table(
    "user_account",
    uuid_column("id"),
    text_column("email"),
    text_column("display_name"),
    text_column("password_hash"),
    instant_column("created_at"),
    instant_column("ended_at", nullable=True),
)

membership = company_table(
    "membership",
    uuid_column("id"),
    uuid_column("user_id"),
    uuid_column("practice_id", nullable=True),
    text_column("role"),
    instant_column("created_at"),
    instant_column("ended_at", nullable=True),
    instant_column("starts_at", nullable=True),
    instant_column("expires_at", nullable=True),
    uuid_column("granted_by", nullable=True),
    text_column("reason"),
)

membership_change = company_table(
    "membership_change",
    uuid_column("id"),
    instant_column("changed_at"),
    uuid_column("user_id"),
    uuid_column("membership_id"),
    uuid_column("practice_id", nullable=True),
    text_column("role"),
    text_column("change"),
    instant_column("starts_at", nullable=True),
    instant_column("expires_at", nullable=True),
    uuid_column("changed_by", nullable=True),
    text_column("purpose"),
    text_column("reason"),
)

invitation = company_table(
    "invitation",
    uuid_column("id"),
    uuid_column("practice_id", nullable=True),
    text_column("email"),
    text_column("display_name"),
    json_column("roles"),
    text_column("reason"),
    text_column("token_hash"),
    uuid_column("created_by", nullable=True),
    instant_column("created_at"),
    instant_column("expires_at"),
    uuid_column("user_id", nullable=True),
    instant_column("accepted_at", nullable=True),
    instant_column("withdrawn_at", nullable=True),
)
