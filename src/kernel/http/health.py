"""Is the process alive, and can it do its work? Strangers may ask, so the answer names parts and gives no details."""

import msgspec
import sqlalchemy as sa
from litestar import Response, get
from litestar.openapi import ResponseSpec

from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.errors import AppError
from kernel.http.scoping import AnyRequest
from kernel.storage.base import ObjectStore

_STATE = Fixed(
    sa.text(
        "select (select version_num from app.alembic_version) as revision, exists (select from pg_catalog.pg_class c"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'dramatiq' and c.relname = 'queue') as broker"
    )
)
PROBE = "health/probe"


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """`ok`, or which parts are not: database, version (of its schema), broker, storage."""

    state: str
    missing: list[str] = []


@get("/health/live", tags=["Health"], summary="Alive")
async def live() -> Health:
    """The process answers."""
    return Health("ok")


@get(
    "/health/ready",
    tags=["Health"],
    summary="Ready",
    responses={503: ResponseSpec(Health, generate_examples=False, description="Not ready, and which parts are not.")},
)
async def ready(request: AnyRequest) -> Response[Health]:
    """Database, schema version, broker and storage are as this process needs them; 503 with their names where they are not."""
    state = request.app.state
    missing = [*await _database(state.database, state.revision), *await _storage(state.store)]
    if missing:
        return Response(Health("not ready", missing), status_code=503)
    return Response(Health("ok"))


async def _database(database: Database, revision: str) -> list[str]:
    try:
        (row,) = await database.ask("staff", _STATE, {})
    except (OSError, sa.exc.SQLAlchemyError, TimeoutError):
        return ["database"]
    return [
        name for name, is_there in (("version", row["revision"] == revision), ("broker", row["broker"])) if not is_there
    ]


async def _storage(store: ObjectStore) -> list[str]:
    """Writes a small object, the same each time: a disk that is full can still be read."""
    try:
        await store.put(PROBE, b"ok")
    except (OSError, AppError):
        return ["storage"]
    return []
