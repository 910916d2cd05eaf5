"""Trading-partner connections, the files that came and went, and what was seen in a partner's folder

Revision ID: 09_clearinghouse
Revises: 08_credentialing
"""

from alembic import op
from migrations.ops import (
    Access,
    cents_column,
    create_practice_table,
    drop_tables,
    instant_column,
    text_column,
    uuid_column,
)

revision = "09_clearinghouse"
down_revision = "08_credentialing"

FILE_STATE = ("state", "problem", "sent_at")


def upgrade() -> None:
    create_practice_table(
        "connection",
        uuid_column("id"),
        text_column("name"),
        text_column("folder"),
        text_column("submitter_id"),
        text_column("receiver_id"),
        text_column("receiver_name"),
        instant_column("created_at"),
        access=[Access("staff", "select insert", update=("folder",)), Access("worker")],
        unique=[("name",)],
        # A single name that means the same on every file system, so that no connection reaches another's folder.
        checks={"folder": "folder ~ '^[a-z0-9][a-z0-9-]{0,60}$'"},
    )
    # Across the company's practices on purpose: two connections on one folder would read each other's files.
    op.create_unique_constraint(
        "connection_company_id_folder_key", "connection", ["company_id", "folder"], schema="app"
    )
    create_practice_table(
        "edi_file",
        uuid_column("id"),
        uuid_column("connection_id"),
        text_column("direction"),
        text_column("name"),
        text_column("sha256"),
        cents_column("size_bytes"),
        # Empty for a file that was too large to take.
        text_column("storage_key", nullable=True),
        text_column("transaction_set"),
        text_column("control_number"),
        text_column("state"),
        text_column("problem", nullable=True),
        instant_column("created_at"),
        instant_column("sent_at", nullable=True),
        access=[
            Access("staff", "select insert", update=FILE_STATE),
            Access("worker", "select insert", update=FILE_STATE),
            Access("practice"),
        ],
        # The same bytes from the same side are the same file.
        unique=[("direction", "sha256")],
        references={"connection": ("connection_id",)},
        checks={
            "direction": "direction in ('in', 'out')",
            "state": "state in ('queued', 'sent', 'announced', 'refused')",
        },
    )
    create_practice_table(
        "sighting",
        uuid_column("connection_id"),
        text_column("name"),
        text_column("stamp"),
        uuid_column("edi_file_id"),
        instant_column("seen_at"),
        key=("connection_id", "name", "stamp"),
        access=[Access("worker", "select insert"), Access("staff")],
        references={"connection": ("connection_id",), "edi_file": ("edi_file_id",)},
    )


def downgrade() -> None:
    drop_tables("connection", "edi_file", "sighting")
