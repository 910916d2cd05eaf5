"""One table, insert-only by grant and by trigger; the database says when a row was recorded and by which transaction."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from kernel.db.tables import instant_column, json_column, metadata, text_column, uuid_column

audit_event = sa.Table(
    "audit_event",
    metadata,
    uuid_column("company_id", nullable=True),
    uuid_column("practice_id", nullable=True),
    uuid_column("id"),
    instant_column("occurred_at"),
    sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
    text_column("audience"),
    uuid_column("user_id", nullable=True),
    text_column("role"),
    text_column("purpose"),
    uuid_column("session_id", nullable=True),
    text_column("request_id"),
    text_column("address"),
    text_column("action"),
    text_column("object_type"),
    text_column("object_id"),
    sa.Column("patient_ids", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    json_column("changed"),
    text_column("outcome"),
    sa.PrimaryKeyConstraint("recorded_at", "id"),
    info={"class": "audit"},
    implicit_returning=False,  # insert-only roles may not read back what they wrote
)
