"""Disclosures that people recorded, and the ones they took back; what agencies stated about them. All are insert-only."""

from kernel.db.tables import date_column, instant_column, practice_table, text_column, uuid_column

disclosure = practice_table(
    "disclosure",
    uuid_column("id"),
    uuid_column("patient_id"),
    date_column("disclosed_on"),
    text_column("recipient_name"),
    text_column("recipient_address"),
    text_column("what"),
    text_column("purpose"),
    text_column("ground"),
    uuid_column("recorded_by", nullable=True),
    instant_column("recorded_at"),
)

disclosure_withdrawal = practice_table(
    "disclosure_withdrawal",
    uuid_column("disclosure_id"),
    text_column("reason"),
    uuid_column("withdrawn_by", nullable=True),
    instant_column("withdrawn_at"),
    key=("disclosure_id",),
)
"""A record that was wrong stays, and is no longer counted; the right one is recorded anew."""

disclosure_suspension = practice_table(
    "disclosure_suspension",
    uuid_column("id"),
    uuid_column("disclosure_id"),
    text_column("agency"),
    text_column("statement"),
    date_column("stated_on"),
    date_column("until"),
    uuid_column("recorded_by", nullable=True),
    instant_column("recorded_at"),
)

suspension_lift = practice_table(
    "suspension_lift",
    uuid_column("suspension_id"),
    text_column("reason"),
    uuid_column("lifted_by", nullable=True),
    instant_column("lifted_at"),
    key=("suspension_id",),
)
