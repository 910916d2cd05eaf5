"""Is the process alive, and can it do its work?"""

import msgspec
import sqlalchemy as sa
from litestar import Response, get

from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.http.scoping import AnyRequest

_ANYTHING = Fixed(sa.text("select 1"))


class Health(msgspec.Struct, frozen=True):
    """`ok`, or what is missing."""

    state: str


@get("/health/live", tags=["Health"], summary="Alive")
async def live() -> Health:
    """The process answers."""
    return Health("ok")


@get("/health/ready", tags=["Health"], summary="Ready")
async def ready(request: AnyRequest) -> Response[Health]:
    """The database answers too; 503 while it does not."""
    database: Database = request.app.state.database
    try:
        await database.ask("staff", _ANYTHING, {})
    except (OSError, sa.exc.SQLAlchemyError, TimeoutError):
        return Response(Health("the database does not answer"), status_code=503)
    return Response(Health("ok"))
