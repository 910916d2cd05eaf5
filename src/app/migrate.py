"""Bring a database to this version: roles, schemas, revisions, the scope key. A command of its own; no service migrates.

The administrator's URL is used only to make the roles and the database. Everything after runs as `migrator`, which becomes the
owner of the tables and is bound by row security like everybody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import Connection as AdminConnection
from psycopg import connect, sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app.providers import make_key_wrapper
from app.server_version import refuse_leaking_server
from app.system_functions import close_system_functions
from kernel.db.scope_token import key_pads
from kernel.errors import Conflict
from kernel.settings import LOGIN_ROLES, DatabaseSettings, Settings

PROJECT = Path(__file__).resolve().parents[2]
OWNING_ROLES = ("owner", "scope", "identity_owner")
"""NOLOGIN roles: one owns the tables, the others own the few definer functions and see only what their policies name."""

_ONE_AT_A_TIME = 0x62696C6C
"""The advisory lock that migrations of one cluster hold."""


class DatabaseAhead(Conflict):
    """The database has revisions this version does not know."""

    slug = "database-ahead"


def migrate(settings: Settings, admin_url: str) -> str:
    """Create what is missing and run the open revisions; returns the revision reached. Safe to run again.

    Raises DatabaseAhead when the database was migrated by a newer version, ServerTooOld when the server leaks past row security.
    """
    database = settings.database
    with connect(admin_url, autocommit=True) as admin:
        refuse_leaking_server(admin.info.server_version)
        # Roles and grants belong to the whole cluster: a second migration waits here, and then finds nothing left to do.
        admin.execute("select pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        _create_roles(admin, database)
        _create_database(admin, database)
        with connect(_at_database(admin_url, database.name), autocommit=True) as inside:
            _create_schemas(inside, database)
            close_system_functions(inside, database)
        with _as_migrator(settings) as connection:
            return _run_revisions(connection, settings)


def head_revision() -> str:
    """The revision this version of the code was written for."""
    head = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    if head is None:
        raise LookupError("no revisions found under migrations/versions")
    return head


def _alembic_config() -> Config:
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    # Revisions import `migrations.ops`, from whatever folder the command was started in.
    config.set_main_option("prepend_sys_path", str(PROJECT))
    return config


def _create_roles(admin: AdminConnection, database: DatabaseSettings) -> None:
    for name in (*LOGIN_ROLES, *OWNING_ROLES):
        login = database.login(name)
        if admin.execute("select from pg_roles where rolname = %s", (login,)).fetchone() is None:
            admin.execute(sql.SQL("create role {} nologin noinherit").format(sql.Identifier(login)))
    for name in LOGIN_ROLES:
        # The client-side hash keeps the password itself out of the server's log and statistics.
        verifier = admin.pgconn.encrypt_password(
            database.passwords[name].get_secret_value().encode(), database.login(name).encode(), b"scram-sha-256"
        ).decode()
        admin.execute(
            sql.SQL("alter role {} login password {}").format(
                sql.Identifier(database.login(name)), sql.Literal(verifier)
            )
        )
    for name in OWNING_ROLES:
        for member in (sql.Identifier(database.login("migrator")), *_administrator(admin)):
            admin.execute(
                sql.SQL("grant {} to {} with inherit false, set true").format(
                    sql.Identifier(database.login(name)), member
                )
            )


def _administrator(admin: AdminConnection) -> list[sql.Identifier]:
    """The administrator, if it is no superuser: it may then give schemas only to roles it can become."""
    ((user, is_superuser),) = admin.execute(
        "select rolname, rolsuper from pg_roles where rolname = current_user"
    ).fetchall()
    return [] if is_superuser else [sql.Identifier(user)]


def _create_database(admin: AdminConnection, database: DatabaseSettings) -> None:
    if admin.execute("select from pg_database where datname = %s", (database.name,)).fetchone() is None:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(database.name)))


def _create_schemas(admin: AdminConnection, database: DatabaseSettings) -> None:
    """Hand the database to the owner; leave nothing to PUBLIC, so a login role has exactly what a revision grants it."""
    name, owner = sql.Identifier(database.name), sql.Identifier(database.login("owner"))
    admin.execute(sql.SQL("revoke all on database {} from public").format(name))
    admin.execute(sql.SQL("revoke all on schema public from public"))
    for role in LOGIN_ROLES:
        admin.execute(sql.SQL("grant connect on database {} to {}").format(name, sql.Identifier(database.login(role))))
    admin.execute(
        sql.SQL("grant temporary on database {} to {}").format(name, sql.Identifier(database.login("worker")))
    )
    admin.execute(sql.SQL("grant create on database {} to {}").format(name, owner))
    for schema, keeper in (("app", "owner"), ("scope", "scope"), ("identity", "identity_owner")):
        admin.execute(
            sql.SQL("create schema if not exists {} authorization {}").format(
                sql.Identifier(schema), sql.Identifier(database.login(keeper))
            )
        )


def _at_database(admin_url: str, name: str) -> str:
    head, _, _ = admin_url.rpartition("/")
    return f"{head}/{name}"


@contextmanager
def _as_migrator(settings: Settings) -> Iterator[Connection]:
    url = settings.database.url("migrator").replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def as_owner(settings: Settings) -> Iterator[Connection]:
    """A transaction as the owner of the tables, for what no service may do. Committed when the block ends."""
    with _as_migrator(settings) as connection:
        connection.execute(text(f"set local role {settings.database.login('owner')}"))
        yield connection


def _run_revisions(connection: Connection, settings: Settings) -> str:
    config = _alembic_config()
    config.attributes["connection"] = connection
    config.attributes["role_prefix"] = settings.database.role_prefix
    config.attributes["key_wrapper"] = make_key_wrapper(settings)
    connection.execute(text(f"set local role {settings.database.login('owner')}"))
    _refuse_ahead(connection, config)
    command.upgrade(config, "head")
    connection.execute(text(f"set local role {settings.database.login('scope')}"))
    _store_scope_key(connection, settings.secrets.scope_key.get_secret_value().encode())
    return head_revision()


def _refuse_ahead(connection: Connection, config: Config) -> None:
    if connection.scalar(text("select to_regclass('app.alembic_version')")) is None:
        return
    current = connection.scalar(text("select version_num from app.alembic_version"))
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseAhead(
            f"the database is at revision {current}, which this version does not know: it was migrated by a newer version; run that one"
        )


def _store_scope_key(connection: Connection, key: bytes) -> None:
    inner, outer = key_pads(key)
    stored = connection.execute(text("select inner_pad, outer_pad from scope.signing_key")).one_or_none()
    if stored is not None and (bytes(stored.inner_pad), bytes(stored.outer_pad)) == (inner, outer):
        return
    connection.execute(text("delete from scope.signing_key"))
    connection.execute(text("insert into scope.signing_key values (:inner, :outer)"), {"inner": inner, "outer": outer})
