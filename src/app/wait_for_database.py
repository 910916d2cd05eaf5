"""Before a process says that it is ready: its login roles reach the database, or it says what it waits for, or why it ends."""

import asyncio
import time

import sqlalchemy as sa
import structlog

from app.database_words import refusal_words
from app.stopping import rest
from kernel.context import Audience
from kernel.db.database import Database

AGAIN_SECONDS = 0.5
ATTEMPT_SECONDS = 10.0
"""A host that swallows packets must not keep a process from saying that it waits."""

PASSING = frozenset({"57P03", "53300"})
"""SQLSTATEs that end by themselves: the server starts or stops, or has no connection left."""

NO_ANSWER = "it does not answer: start it, or check BILLWRIGHT_DATABASE__*"

log = structlog.get_logger("start")


async def wait_for_database(
    database: Database, *audiences: Audience, stopping: asyncio.Event, within_seconds: float
) -> bool:
    """True as soon as each login role has had a connection; False when the process is told to stop before.

    A server that does not answer or is starting is waited for, with a line in the log. Raises RoleCanBypass, SQLAlchemyError
    for what the database refuses (for good, such as a password, or still after `within_seconds`), ConnectionError for no answer,
    MissingSecrets with every login role that has no password.
    """
    database.require(*audiences)
    give_up_at = time.monotonic() + within_seconds
    said = ""
    while not stopping.is_set():
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await _reach(database, audiences)
        except (OSError, sa.exc.SQLAlchemyError) as error:
            if not _passes(error) or time.monotonic() > give_up_at:
                raise error if isinstance(error, sa.exc.SQLAlchemyError) else ConnectionError(NO_ANSWER) from error
            words = NO_ANSWER if isinstance(error, OSError) else refusal_words(error)
            if words != said:
                log.warning("waiting for the database", state=words, seconds=within_seconds)
                said = words
            await rest(stopping, AGAIN_SECONDS)
        else:
            return True
    return False


async def _reach(database: Database, audiences: tuple[Audience, ...]) -> None:
    for audience in audiences:
        connection = await database.connect(audience)
        await connection.close()


def _passes(error: Exception) -> bool:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return isinstance(cause, OSError) or getattr(cause, "sqlstate", None) in PASSING
