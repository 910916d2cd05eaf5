"""The only module of the product that knows asyncpg: rows with named columns, and its errors in SQLAlchemy's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import exc

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""The connection under SQLAlchemy's; reached directly by what runs on every request."""


class Record(asyncpg.Record):
    """A row whose columns are attributes, as SQLAlchemy's rows have them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


_KINDS: tuple[tuple[type[Exception], type[exc.DBAPIError]], ...] = (
    (asyncpg.IntegrityConstraintViolationError, exc.IntegrityError),
    (asyncpg.SyntaxOrAccessError, exc.ProgrammingError),
    (asyncpg.DataError, exc.DataError),
    (asyncpg.PostgresConnectionError, exc.OperationalError),
    (asyncpg.InterfaceError, exc.InterfaceError),
    (asyncpg.InternalClientError, exc.InternalError),  # the server said farewell, and the stream has not ended yet
    (asyncpg.PostgresError, exc.DBAPIError),
)


@contextmanager
def sqlalchemy_errors() -> Iterator[None]:
    """Raise what the driver raises as the DBAPIError that SQLAlchemy would raise, so that callers catch one family."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        kind = next(kind for raised, kind in _KINDS if isinstance(error, raised))
        raise kind(None, None, error, hide_parameters=True) from error
