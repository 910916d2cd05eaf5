"""Audit events that could not be written because the database was away: kept in a folder, and written when it is back.

One small file an event, ids only, readable by this account alone. Each is removed after its transaction has committed; a process that
dies in between writes it twice, which is better than never. An event keeps the time it happened at.
"""

import asyncio
import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import sqlalchemy as sa
import structlog

from audit.public import Outcome, record
from kernel import clock
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.logging import error_place

FLUSH_SECONDS = 5.0

_ACTIONS: Mapping[Outcome, str] = {
    "done": "http.request.repeated",
    "refused": "http.request.refused",
    "failed": "http.request.failed",
}

log = structlog.get_logger("audit")


class RefusedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose own transaction did not commit: whose, where, and what it was answered.

    `outcome` is `done` for one that was given the stored answer to the same request before.
    """

    scope: Scope
    route: str
    method: str
    status: int
    outcome: Outcome
    happened_at: dt.datetime


class AuditSpool:
    """The folder, and the way from it into the audit log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, database: Database, event: RefusedRequest) -> None:
        """Record an event, or keep it here when the database does not take it."""
        try:
            await _write(database, event)
        except Exception as error:
            log.error(
                "audit event kept for later",
                status=event.status,
                error=type(error).__name__,
                error_at=error_place(error),
            )
            await asyncio.to_thread(self._keep, event)

    async def flush(self, database: Database) -> int:
        """Write what is kept, oldest first, until one fails; returns how many were written."""
        written = 0
        for path in sorted(self._folder.glob("*.json")):
            event = msgspec.json.decode(path.read_bytes(), type=RefusedRequest)
            try:
                await _write(database, event)
            except (OSError, sa.exc.SQLAlchemyError):
                break
            path.unlink()
            written += 1
        if written:
            log.warning("kept audit events written", count=written)
        return written

    async def flush_forever(self, database: Database) -> None:
        """Try again every few seconds, until cancelled."""
        while True:
            await self.flush(database)
            await asyncio.sleep(FLUSH_SECONDS)

    def _keep(self, event: RefusedRequest) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Ids begin with the time, and the order only helps to write the oldest first.
        path = self._folder / f"{new_id()}.json"
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(event))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)


async def _write(database: Database, event: RefusedRequest) -> None:
    with clock.fixed(event.happened_at):
        async with open_transaction(database, event.scope) as tx:
            record(
                tx,
                _ACTIONS[event.outcome],
                "route",
                event.route,
                changed={"method": event.method, "status": event.status},
                outcome=event.outcome,
            )
