"""Insert-only tables, by grant and by trigger: events, the seals and checkpoints over them, epochs, legal holds.

The database itself says when an event was recorded and by which transaction.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from kernel.db.tables import (
    cents_column,
    count_column,
    instant_column,
    json_column,
    metadata,
    practice_table,
    text_column,
    uuid_column,
)

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

audit_checkpoint = sa.Table(
    "audit_checkpoint",
    metadata,
    cents_column("number"),
    count_column("epoch"),
    instant_column("sealed_at"),
    cents_column("position_to"),
    text_column("body"),
    sa.Column("signature", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("number"),
    info={"class": "audit"},
)
"""`body` is what is signed, to the byte; the other columns repeat some of it, to be found by."""

audit_seal = sa.Table(
    "audit_seal",
    metadata,
    uuid_column("company_id", nullable=True),
    uuid_column("practice_id", nullable=True),
    text_column("chain", ordered=True),
    cents_column("number"),
    cents_column("checkpoint"),
    count_column("place"),
    cents_column("position_from"),
    cents_column("position_to"),
    text_column("month", ordered=True),
    text_column("body"),
    sa.Column("leaves", sa.LargeBinary(), nullable=False),
    sa.Column("path", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("chain", "number"),
    info={"class": "audit"},
)
"""`body` is what is sealed, to the byte. `leaves` are the hashes of its events, 32 bytes each: they name a tampered event.

`path` leads from the seal to its checkpoint's root, over hashes of other practices' seals, which this one's people cannot read.
"""

audit_epoch = sa.Table(
    "audit_epoch",
    metadata,
    count_column("number"),
    text_column("cluster"),
    cents_column("xid_offset"),
    cents_column("after_checkpoint"),
    text_column("reason"),
    instant_column("begun_at"),
    sa.PrimaryKeyConstraint("number"),
    info={"class": "audit"},
)

audit_hold = practice_table(
    "audit_hold",
    uuid_column("id"),
    text_column("state"),
    text_column("reason"),
    uuid_column("user_id", nullable=True),
    instant_column("decided_at"),
)
