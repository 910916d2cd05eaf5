"""Disclosures that people recorded, and the ones they took back. Both are insert-only."""

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
    date_column("withheld_until", nullable=True),
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
