"""Entries and transfers, append-only, and the open balance of each item kept beside them."""

import sqlalchemy as sa

from kernel.db.tables import (
    cents_column,
    count_column,
    date_column,
    instant_column,
    practice_table,
    text_column,
    uuid_column,
)

journal_entry = practice_table(
    "journal_entry",
    uuid_column("id"),
    text_column("fact"),
    text_column("kind"),
    date_column("posted_date"),
    text_column("source"),
    uuid_column("reverses_id", nullable=True),
    uuid_column("posted_by", nullable=True),
    instant_column("recorded_at"),
)

transfer = practice_table(
    "transfer",
    uuid_column("entry_id"),
    count_column("position"),
    sa.Column("debit", sa.SmallInteger(), nullable=False),
    sa.Column("credit", sa.SmallInteger(), nullable=False),
    cents_column("amount_cents"),
    uuid_column("group_id", nullable=True),
    uuid_column("item_id", nullable=True),
    uuid_column("party_id", nullable=True),
    text_column("reason"),
    date_column("posted_date"),
    key=("entry_id", "position"),
)

balance = practice_table(
    "balance",
    sa.Column("account", sa.SmallInteger(), nullable=False),
    uuid_column("item_id"),
    uuid_column("group_id", nullable=True),
    uuid_column("party_id", nullable=True),
    cents_column("balance_cents"),
    date_column("opened_date"),
    key=("account", "item_id"),
)
