"""Functions of Postgres itself that everybody may call until somebody says otherwise: what we take away, and who gets what back.

Row security guards rows. These reach around it: they show or stop other sessions, hold locks others wait for, run SQL given as a
value, store bytes outside the tables. Only a superuser can take them from PUBLIC; on a server whose administrator is none they
stay open, and the signed scope is what keeps tenants apart.
"""

from collections.abc import Mapping

from psycopg import Connection as AdminConnection
from psycopg import sql

from kernel.settings import DatabaseSettings

CLOSED: tuple[str, ...] = (
    "pg_stat_get_activity", "pg_stat_get_backend_activity",  # statements of other sessions of the same login role
    "pg_(cancel|terminate)_backend",  # ends them
    "pg_sleep(_for|_until)?",  # holds a connection, tells by time
    "pg_(try_)?advisory_.*",  # makes others wait, or tells them something
    "pg_notify", "pg_logical_emit_message",  # tells others
    "(query|table|schema|database|cursor)_to_xml.*", "ts_stat", "ts_rewrite",  # SQL in a value
    "lo_.*", "loread", "lowrite",  # bytes outside every policy
)  # fmt: skip
"""Names in schema pg_catalog, as regular expressions."""

_ONE_LOCK = ("pg_advisory_xact_lock(bigint)", "pg_try_advisory_xact_lock(bigint)")

GIVEN_BACK: Mapping[str, tuple[str, ...]] = {
    "staff": _ONE_LOCK,
    "practice": _ONE_LOCK,
    "patient": _ONE_LOCK,
    "worker": (*_ONE_LOCK, "pg_notify(text, text)", "pg_try_advisory_xact_lock(integer, integer)"),
    "intake": ("pg_try_advisory_xact_lock(bigint)",),
    "relay": ("pg_notify(text, text)",),
    "sealer": ("pg_advisory_xact_lock(bigint)",),
    "scheduler": ("pg_try_advisory_lock(bigint)",),
}
"""By login role: locks that end with their transaction, the broker's own needs, and the lock of the one scheduler."""

_OPEN = """
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %s
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g where g.grantee = 0)
"""
_MAY_CLOSE = "select pg_has_role(current_user, proowner, 'usage') from pg_proc where oid = 'pg_catalog.pg_sleep(float8)'::regprocedure"


def close_system_functions(admin: AdminConnection, database: DatabaseSettings) -> bool:
    """Take these functions from PUBLIC in the connected database, and give roles back what they need. Safe to run again.

    False when this administrator may not, being no superuser.
    """
    if admin.execute(_MAY_CLOSE).fetchone() != (True,):
        return False
    for (signature,) in admin.execute(_OPEN, (f"^({'|'.join(CLOSED)})$",)).fetchall():
        admin.execute(sql.SQL("revoke execute on function {} from public").format(sql.SQL(signature)))
    for role, signatures in GIVEN_BACK.items():
        for signature in signatures:
            function = sql.SQL(f"pg_catalog.{signature}")
            grantee = sql.Identifier(database.login(role))
            admin.execute(sql.SQL("grant execute on function {} to {}").format(function, grantee))
    return True
