"""Double entry: entries of transfers, append-only, and the open balances kept beside them

Revision ID: 05_ledger
Revises: 04_jobs
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    Access,
    cents_column,
    count_column,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    make_append_only,
    text_column,
    uuid_column,
)

revision = "05_ledger"
down_revision = "04_jobs"


def upgrade() -> None:
    create_practice_table(
        "journal_entry",
        uuid_column("id"),
        text_column("fact"),
        text_column("kind"),
        date_column("posted_date"),
        text_column("source"),
        uuid_column("reverses_id", nullable=True),
        uuid_column("posted_by", nullable=True),
        instant_column("recorded_at"),
        access=[
            Access("staff", "select insert"),
            Access("worker", "select insert"),
            Access("practice"),
            Access("patient"),
        ],
        # A fact posts once, and an entry is reversed once.
        unique=[("fact",), ("reverses_id",)],
        references={"journal_entry": ("reverses_id",)},
    )
    create_practice_table(
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
        access=[Access("staff", "select insert"), Access("worker", "select insert"), Access("practice")],
        indexes=[("group_id",)],
        checks={"amount": "amount_cents > 0", "sides": "debit <> credit"},
    )
    # Declared keys are checked a row at a time, at half the speed of the whole insert. One check a statement says the same: the
    # entry is there, of the same practice, and by the entry's own key so is the practice; neither can be deleted under a transfer.
    op.drop_constraint("transfer_practice_id_fkey", "transfer", schema="app")
    op.execute(_TRANSFERS_HAVE_ENTRIES)
    op.execute(
        "create trigger transfer_has_entry after insert on app.transfer referencing new table as added"
        " for each statement execute function app.transfers_have_entries()"
    )
    for name in ("journal_entry", "transfer"):
        make_append_only(name)
    create_practice_table(
        "balance",
        sa.Column("account", sa.SmallInteger(), nullable=False),
        uuid_column("item_id"),
        uuid_column("group_id", nullable=True),
        uuid_column("party_id", nullable=True),
        cents_column("balance_cents"),
        date_column("opened_date"),
        key=("account", "item_id"),
        access=[
            Access("staff", "select insert", update=("balance_cents",)),
            Access("worker", "select insert", update=("balance_cents",)),
            Access("practice"),
        ],
        indexes=[("group_id",)],
    )
    op.execute(
        "create index balance_open_idx on app.balance (practice_id, account, opened_date) include (balance_cents) where balance_cents <> 0"
    )


def downgrade() -> None:
    drop_tables("journal_entry", "transfer", "balance")
    op.execute("drop function app.transfers_have_entries()")


_TRANSFERS_HAVE_ENTRIES = """
create function app.transfers_have_entries() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from (select distinct practice_id, entry_id from added) t
        where not exists (select from app.journal_entry e where e.practice_id = t.practice_id and e.id = t.entry_id)
    ) then
        raise exception 'a transfer names a journal entry that does not exist' using errcode = '23503';
    end if;
    return null;
end $$
"""
