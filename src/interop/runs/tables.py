"""Imports: what came in, what was refused."""

from kernel.db.tables import count_column, instant_column, json_column, practice_table, text_column, uuid_column

import_run = practice_table(
    "import_run",
    uuid_column("id"),
    text_column("template"),
    text_column("file_name"),
    text_column("sha256"),
    count_column("accepted"),
    count_column("refused"),
    text_column("rejects_key"),
    json_column("problems"),
    instant_column("created_at"),
)
