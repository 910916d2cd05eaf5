"""Which provider may bill which payer, from when."""

from kernel.db.tables import date_column, instant_column, practice_table, text_column, uuid_column

enrollment = practice_table(
    "enrollment",
    uuid_column("id"),
    uuid_column("provider_id"),
    uuid_column("payer_id"),
    text_column("state"),
    date_column("requested_date"),
    date_column("effective_date", nullable=True),
    date_column("ended_date", nullable=True),
    instant_column("decided_at", nullable=True),
)
