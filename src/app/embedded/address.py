"""Where a PostgreSQL server is and how its owner signs in; our own server's or one named by DATABASE_URL."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

import psycopg

from app.embedded.errors import PostgresUnusable

OLDEST_SUPPORTED_VERSION = 16


@dataclass(frozen=True, kw_only=True)
class PostgresAddress:
    """A server and the account that owns it. The password stays out of `repr`, so that it reaches no log."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    version: int
    """Major version, such as 18."""
    query: str = ""
    """Connection options as they stand in the URL, such as `sslmode=require`."""

    @property
    def url(self) -> str:
        """`postgresql://…` of the owner, as asyncpg and psycopg read it."""
        return self.url_for()

    def url_for(self, *, database: str | None = None, user: str | None = None, password: str | None = None) -> str:
        """The same server seen by another database or role; a role given without a password signs in without one."""
        if user is None:
            user, password = self.user, self.password if password is None else password
        secret = f":{quote(password, safe='')}" if password else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        options = f"?{self.query}" if self.query else ""
        name = quote(self.database if database is None else database, safe="")
        return f"postgresql://{quote(user, safe='')}{secret}@{host}:{self.port}/{name}{options}"


def external_postgres(database_url: str) -> PostgresAddress:
    """Read DATABASE_URL, sign in once and learn the version; raises PostgresUnusable."""
    address = _parse(database_url)
    where = f"{address.host}:{address.port}, database {address.database}"
    try:
        with psycopg.connect(address.url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        # libpq's message names host, user and database, never the password.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
        raise PostgresUnusable(
            f"The database of DATABASE_URL does not answer: {reason}",
            where,
            "Check that the server runs and that user, password and database are right, or unset DATABASE_URL "
            "to use the embedded server.",
        ) from None
    if version < OLDEST_SUPPORTED_VERSION:
        raise PostgresUnusable(
            f"The server of DATABASE_URL is PostgreSQL {version}",
            where,
            f"Use PostgreSQL {OLDEST_SUPPORTED_VERSION} or newer.",
        )
    return PostgresAddress(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        version=version,
        query=address.query,
    )


def _parse(database_url: str) -> PostgresAddress:
    form = "postgresql://user:password@host:port/database"
    try:
        parts = urlsplit(database_url)
        port = parts.port or 5432
    except ValueError:
        raise PostgresUnusable("DATABASE_URL is not a URL", "DATABASE_URL", f"Write it as {form}.") from None
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgresql", "postgres") or not (parts.hostname and parts.username and database):
        raise PostgresUnusable(
            "DATABASE_URL lacks its scheme, user, host or database", "DATABASE_URL", f"Write it as {form}."
        )
    return PostgresAddress(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        database=database,
        version=0,
        query=parts.query,
    )
