"""When each recurring topic is due next, and which runs were missed."""

import sqlalchemy as sa

from kernel.db.tables import count_column, instant_column, metadata, text_column, uuid_column

schedule = sa.Table(
    "schedule",
    metadata,
    text_column("topic"),
    count_column("every_seconds"),
    instant_column("due_at"),
    instant_column("announced_at", nullable=True),
    sa.PrimaryKeyConstraint("topic"),
    info={"class": "installation"},
)

schedule_miss = sa.Table(
    "schedule_miss",
    metadata,
    uuid_column("id"),
    text_column("topic"),
    instant_column("due_at"),
    instant_column("found_at"),
    count_column("runs"),
    sa.PrimaryKeyConstraint("id"),
    info={"class": "installation"},
)
