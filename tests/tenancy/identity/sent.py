"""What a login role's pool sends to the database while a block runs."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tests.plugins.web import Web

from kernel.context import Audience

ROWS = re.compile(r"\\x[0-9a-f]+")


@asynccontextmanager
async def statements(web: Web, audience: Audience) -> AsyncIterator[list[str]]:
    """What a login role's pool sends while the block runs, BEGIN and COMMIT included; scopes and events differ each time."""
    sent: list[str] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        sent.append("BEGIN" if query.query.startswith("begin;") else ROWS.sub("", query.query))

    async with web.resources.database.line(audience):
        pass  # so that there is a connection to listen on
    lines = list(web.resources.database._pools[audience]._idle)
    for line in lines:
        line.driver.add_query_logger(note)
    try:
        yield sent
    finally:
        for line in lines:
            line.driver.remove_query_logger(note)
