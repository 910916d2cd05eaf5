"""Our DDL verbs. One call makes a table together with its keys, row security, policies and grants.

Grants and policies are per login role: a role without a grant has no policy either. Updates are granted per column and never on
a tenant column, so that no row can move to another tenant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from kernel.db.tables import (
    cents_column,
    count_column,
    date_column,
    flag_column,
    instant_column,
    json_column,
    list_column,
    text_column,
    uuid_column,
)

__all__ = [
    "Access", "allow", "cents_column", "count_column", "create_company_table", "create_identity_functions", "create_intake_table",
    "create_practice_table", "date_column", "disallow", "drop_identity_functions", "drop_tables", "flag_column", "instant_column",
    "json_column", "list_column", "make_append_only",
    "role", "secure", "text_column", "uuid_column",
]  # fmt: skip

Column = sa.Column[Any]

PRACTICE_ROWS = "practice_id = (select scope.practice())"
COMPANY_ROWS = "company_id = (select scope.company())"
ALL_ROWS = "true"


@dataclass(frozen=True)
class Access:
    """What one login role may do with a table: verbs, the columns it may update, and which rows (a policy expression)."""

    role: str
    verbs: str = "select"
    update: Sequence[str] = ()
    rows: str = PRACTICE_ROWS
    columns: Sequence[str] = field(default=())
    """For `select` on some columns only."""


def role(name: str) -> str:
    """The name of a role on this server."""
    prefix = context.config.attributes["role_prefix"]
    return f"{prefix}{name}"


def create_practice_table(
    name: str,
    *columns: Column,
    key: Sequence[str] = ("id",),
    access: Sequence[Access],
    unique: Sequence[Sequence[str]] = (),
    indexes: Sequence[Sequence[str]] = (),
    references: Mapping[str, Sequence[str]] | None = None,
    checks: Mapping[str, str] | None = None,
) -> None:
    """A table of one practice's rows. `references` maps a practice table to the columns that name its key, after practice_id."""
    _create(name, ("practice_id", "company_id"), (), columns, checks)
    _index(name, ("practice_id",), unique, indexes, ("practice_id", *key))
    if name != "practice":
        _foreign_key(name, "practice", ("practice_id",), ("practice_id",))
    for target, names in (references or {}).items():
        _foreign_key(name, target, ("practice_id", *names), ("practice_id", "id"))
    secure(name, access)


def create_company_table(
    name: str,
    *columns: Column,
    key: Sequence[str] = ("id",),
    access: Sequence[Access],
    unique: Sequence[Sequence[str]] = (),
    indexes: Sequence[Sequence[str]] = (),
    references: Mapping[str, Sequence[str]] | None = None,
    checks: Mapping[str, str] | None = None,
) -> None:
    """A table of the billing company's rows."""
    _create(name, ("company_id",), (), columns, checks)
    _index(name, ("company_id",), unique, indexes, ("company_id", *key))
    if name != "company":
        _foreign_key(name, "company", ("company_id",), ("company_id",))
    for target, names in (references or {}).items():
        _foreign_key(name, target, ("company_id", *names), ("company_id", "id"))
    secure(name, access)


def create_intake_table(
    name: str,
    *columns: Column,
    access: Sequence[Access],
    unique: Sequence[Sequence[str]] = (),
    indexes: Sequence[Sequence[str]] = (),
    checks: Mapping[str, str] | None = None,
) -> None:
    """A table whose rows may not know their practice yet; its unique keys are the senders' own, across practices."""
    _create(name, (), ("company_id", "practice_id"), columns, checks)
    _index(name, (), unique, indexes, ("id",))
    secure(name, access)


def make_append_only(name: str) -> None:
    """Refuse update, delete and truncate, for the owner as well. Grants already withhold them from every login role."""
    op.execute(
        f"create trigger {name}_append_only before update or delete or truncate on app.{name} "
        "for each statement execute function scope.refuse_change()"
    )


def secure(name: str, access: Sequence[Access]) -> None:
    """Enable and force row security; grant each role its verbs and one policy for the rows they reach."""
    op.execute(f"alter table app.{name} enable row level security")
    op.execute(f"alter table app.{name} force row level security")
    allow(name, access)


def allow(name: str, access: Sequence[Access]) -> None:
    """Grant more roles their verbs and rows, on a table that is secured already."""
    for entry in access:
        _grant(name, entry)
        _policy(name, entry)


def disallow(name: str, *roles: str) -> None:
    """Take back everything that `allow` gave these roles."""
    for entry in roles:
        op.execute(f"drop policy {entry} on app.{name}")
        op.execute(f"revoke all on app.{name} from {role(entry)}")


def create_identity_functions(*statements: str) -> None:
    """Make functions that run as `identity_owner`, for the login role `identity` alone."""
    op.execute(f"set local role {role('identity_owner')}")
    for statement in statements:
        op.execute(statement)
    op.execute("revoke all on all functions in schema identity from public")
    op.execute(f"grant execute on all functions in schema identity to {role('identity')}")
    op.execute(f"set local role {role('owner')}")


def drop_identity_functions(*names: str) -> None:
    """Drop functions of schema `identity`."""
    op.execute(f"set local role {role('identity_owner')}")
    for name in names:
        op.execute(f"drop function identity.{name}")
    op.execute(f"set local role {role('owner')}")


def drop_tables(*names: str) -> None:
    """Undo a revision's tables, last made first."""
    for name in reversed(names):
        op.drop_table(name, schema="app")


def _create(
    name: str,
    owners: Sequence[str],
    optional_owners: Sequence[str],
    columns: Sequence[Column],
    checks: Mapping[str, str] | None,
) -> None:
    constraints = [
        sa.CheckConstraint(expression, name=f"{name}_{short}_check") for short, expression in (checks or {}).items()
    ]
    op.create_table(
        name,
        *(uuid_column(owner) for owner in owners),
        *(uuid_column(owner, nullable=True) for owner in optional_owners),
        *columns,
        *constraints,
        schema="app",
    )


def _index(
    name: str,
    tenant: Sequence[str],
    unique: Sequence[Sequence[str]],
    indexes: Sequence[Sequence[str]],
    key: Sequence[str],
) -> None:
    """Unique keys and indexes first, the primary key last.

    On a table without statistics every index that begins with practice_id costs the same, and of equals the planner takes the
    youngest. A foreign key checked by another one than the primary key reads all rows of the practice: a first large import
    would take quadratic time (20,000 encounters: 52 s instead of 8).
    """
    for names in unique:
        op.create_unique_constraint(f"{name}_{'_'.join(names)}_key", name, [*tenant, *names], schema="app")
    for names in indexes:
        op.create_index(f"{name}_{'_'.join(names)}_idx", name, [*tenant, *names], schema="app")
    op.create_primary_key(f"{name}_pkey", name, list(key), schema="app")


def _foreign_key(name: str, target: str, local: Sequence[str], remote: Sequence[str]) -> None:
    op.create_foreign_key(
        f"{name}_{'_'.join(local[1:]) or local[0]}_fkey",
        name,
        target,
        list(local),
        list(remote),
        source_schema="app",
        referent_schema="app",
    )


def _grant(name: str, entry: Access) -> None:
    grantee = role(entry.role)
    for verb in entry.verbs.split():
        columns = f" ({', '.join(entry.columns)})" if verb == "select" and entry.columns else ""
        op.execute(f"grant {verb}{columns} on app.{name} to {grantee}")
    if entry.update:
        op.execute(f"grant update ({', '.join(entry.update)}) on app.{name} to {grantee}")


def _policy(name: str, entry: Access) -> None:
    only_reads = entry.verbs == "select" and not entry.update
    command = "select" if only_reads else "all"
    with_check = "" if only_reads else f" with check ({entry.rows})"
    op.execute(
        f"create policy {entry.role} on app.{name} as permissive for {command} to {role(entry.role)} using ({entry.rows}){with_check}"
    )
