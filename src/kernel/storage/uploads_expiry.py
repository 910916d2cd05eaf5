"""Deletes uploads that nobody claimed in time, of all practices: bytes first, then their rows.

A row is marked before its bytes go, so that nobody claims it any more; it goes when they are gone. Whoever dies between leaves marked
rows, with which the next run goes on. The policies of the `intake` role show it no upload that is claimed or in time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.listeners import Recorder
from kernel.storage.base import ObjectStore
from kernel.storage.uploads import key_of, upload

BATCH = 200
"""So many at a time, each batch in transactions of its own."""

log = structlog.get_logger("uploads")


async def handle_uploads_due(
    database: Database, scope: Scope, _payload: Mapping[str, str], *, store: ObjectStore, record: Recorder
) -> None:
    """Job (intake), with no transaction open while the store works: delete all that expired unclaimed."""
    deleted = 0
    while expired := await _mark(database, scope):
        for row in expired:
            await store.delete(key_of(row.practice_id, row.id))
        await _forget(database, scope, expired, record)
        deleted += len(expired)
    if deleted:
        log.info("uploads expired", count=deleted)


async def _mark(database: Database, scope: Scope) -> Sequence[sa.Row[Any]]:
    """Rows that nobody can claim any more: newly marked, or left by a run that ended half way."""
    async with open_transaction(database, scope) as tx:
        due = (
            sa.select(upload.c.practice_id, upload.c.id)
            .where(upload.c.state != "claimed", upload.c.expires_at < sa.func.clock_timestamp())
            .order_by(upload.c.expires_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).subquery()
        marked = await tx.execute(
            upload.update()
            .where(upload.c.practice_id == due.c.practice_id, upload.c.id == due.c.id)
            .values(state="expired")
            .returning(upload.c.company_id, upload.c.practice_id, upload.c.id)
        )
        return marked.all()


async def _forget(database: Database, scope: Scope, rows: Sequence[sa.Row[Any]], record: Recorder) -> None:
    async with open_transaction(database, scope) as tx:
        for row in rows:
            gone = await tx.execute(
                upload.delete().where(
                    upload.c.practice_id == row.practice_id, upload.c.id == row.id, upload.c.state == "expired"
                )
            )
            if gone.rowcount:
                theirs = msgspec.structs.replace(scope, company_id=row.company_id, practice_id=row.practice_id)
                record(tx.acting(theirs), "storage.upload.expired", "upload", row.id)
