"""Idempotency keys: the answer to a POST is stored in the transaction that made it, so that asking again changes nothing.

Same key and body: the stored answer. Same key, other body: 409. Same key while the first still runs: 409 with Retry-After.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response

from kernel.clock import wall_now
from kernel.db.tables import count_column, instant_column, practice_table, text_column
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Invalid

idempotency_key = practice_table(
    "idempotency_key",
    text_column("key"),
    text_column("request_hash"),
    count_column("status", nullable=True),
    sa.Column("answer", sa.LargeBinary(), nullable=True),
    instant_column("created_at"),
    key=("key",),
)

MEDIA_TYPE = "application/json"


class KeyInUse(Conflict):
    """The same key is being worked on right now, or was used for another request."""

    slug = "idempotency-key-in-use"


class KeyBusy(KeyInUse):
    """The first request with this key has not finished; asking again a little later gives its answer."""

    retry_after_seconds = 1


async def once(
    tx: Tx, key: str | None, request: Any, produce: Callable[[], Awaitable[msgspec.Struct]], *, status: int = 201
) -> Response[bytes]:
    """Answer with what `produce` makes, or with what it made the first time this key was used in this practice.

    `request` is everything the answer depends on (path and body), used to tell a repetition from a mix-up. Raises Invalid without
    a key, KeyInUse for another request under the same key or while the first is running.
    """
    if not key or len(key) > 200:
        raise Invalid("send an Idempotency-Key header of 1 to 200 characters, a new one for each thing you want done")
    digest = hashlib.sha256(msgspec.json.encode(request)).hexdigest()
    if not await tx.scalar(_TRY_LOCK, {"key": f"{tx.practice_id}:{key}"}):
        raise KeyBusy("a request with this Idempotency-Key is still running; ask again in a second with the same key")
    stored = (await tx.execute(_stored(tx, key))).one_or_none()
    if stored is not None and stored.request_hash != digest:
        raise KeyInUse("this Idempotency-Key was used for another request; use a new key for a new request")
    if stored is not None:
        return Response(stored.answer, status_code=stored.status, media_type=MEDIA_TYPE)
    answer = msgspec.json.encode(await produce())
    await tx.execute(
        idempotency_key.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            key=key,
            request_hash=digest,
            status=status,
            answer=answer,
            created_at=wall_now(),
        )
    )
    return Response(answer, status_code=status, media_type=MEDIA_TYPE)


_TRY_LOCK = sa.text("select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(:key, 0))")


def _stored(tx: Tx, key: str) -> sa.Select[Any]:
    return sa.select(idempotency_key).where(
        idempotency_key.c.practice_id == tx.practice_id, idempotency_key.c.key == key
    )
