"""Runs revisions as the migrator login, which becomes the owner of the tables. Called by `app.migrate`, which passes the connection."""

from alembic import context
from sqlalchemy import Connection, text

from kernel.db.tables import metadata
from migrations.ops import role

connection: Connection = context.config.attributes["connection"]
connection.execute(text("set local lock_timeout = '5s'"))
connection.execute(text(f"set local role {role('owner')}"))
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema="app",
    include_schemas=True,
    transaction_per_migration=False,
)
context.run_migrations()
