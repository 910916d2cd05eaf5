"""Connections to trading partners, the files that came and went, and what was seen in a partner's folder."""

from kernel.db.tables import cents_column, instant_column, practice_table, text_column, uuid_column

connection = practice_table(
    "connection",
    uuid_column("id"),
    text_column("name"),
    text_column("folder"),
    text_column("submitter_id"),
    text_column("receiver_id"),
    text_column("receiver_name"),
    instant_column("created_at"),
)

edi_file = practice_table(
    "edi_file",
    uuid_column("id"),
    uuid_column("connection_id"),
    text_column("direction"),
    text_column("name"),
    text_column("sha256"),
    cents_column("size_bytes"),
    text_column("storage_key", nullable=True),
    text_column("transaction_set"),
    text_column("control_number"),
    text_column("state"),
    text_column("problem", nullable=True),
    instant_column("created_at"),
    instant_column("sent_at", nullable=True),
)

sighting = practice_table(
    "sighting",
    uuid_column("connection_id"),
    text_column("name"),
    text_column("stamp"),
    uuid_column("edi_file_id"),
    instant_column("seen_at"),
    key=("connection_id", "name", "stamp"),
)
