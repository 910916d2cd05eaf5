"""Who stated, how and until when, that a patient is not to be told of a disclosure; the day alone was kept before

Revision ID: 31_suspensions
Revises: 30_thresholds
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    Access,
    create_practice_table,
    date_column,
    drop_tables,
    instant_column,
    make_append_only,
    text_column,
    uuid_column,
)

revision = "31_suspensions"
down_revision = "30_thresholds"

WRITERS = [Access("staff", "select insert"), Access("practice", "select insert")]
TABLES = ("disclosure", "disclosure_suspension")


def upgrade() -> None:
    create_practice_table(
        "disclosure_suspension",
        uuid_column("id"),
        uuid_column("disclosure_id"),
        text_column("agency"),
        text_column("statement"),
        date_column("stated_on"),
        date_column("until"),
        uuid_column("recorded_by", nullable=True),
        instant_column("recorded_at"),
        access=WRITERS,
        indexes=[("disclosure_id",)],
        references={"disclosure": ("disclosure_id",)},
        checks={"statement": "statement in ('written', 'oral')"},
    )
    create_practice_table(
        "suspension_lift",
        uuid_column("suspension_id"),
        text_column("reason"),
        uuid_column("lifted_by", nullable=True),
        instant_column("lifted_at"),
        key=("suspension_id",),
        access=WRITERS,
        references={"disclosure_suspension": ("suspension_id",)},
    )
    # Such a disclosure was made to the agency itself, which named the day.
    _past_row_security(
        "insert into app.disclosure_suspension"
        " (practice_id, company_id, id, disclosure_id, agency, statement, stated_on, until, recorded_by, recorded_at)"
        " select practice_id, company_id, gen_random_uuid(), id, recipient_name, 'written', disclosed_on, withheld_until, recorded_by,"
        " recorded_at from app.disclosure where withheld_until is not null"
    )
    for name in ("disclosure_suspension", "suspension_lift"):
        make_append_only(name)
    op.drop_column("disclosure", "withheld_until", schema="app")


def downgrade() -> None:
    op.add_column("disclosure", sa.Column("withheld_until", sa.Date(), nullable=True), schema="app")
    op.execute("alter table app.disclosure disable trigger disclosure_append_only")
    _past_row_security(
        "update app.disclosure d set withheld_until = s.until from"
        " (select practice_id, disclosure_id, max(until) as until from app.disclosure_suspension group by practice_id, disclosure_id) s"
        " where s.practice_id = d.practice_id and s.disclosure_id = d.id"
    )
    op.execute("alter table app.disclosure enable trigger disclosure_append_only")
    drop_tables("disclosure_suspension", "suspension_lift")


def _past_row_security(statement: str) -> None:
    """The owner is bound by row security too, so it is lifted for the rewriting alone."""
    for table in TABLES:
        op.execute(f"alter table app.{table} no force row level security")
    op.execute(statement)
    for table in TABLES:
        op.execute(f"alter table app.{table} force row level security")
