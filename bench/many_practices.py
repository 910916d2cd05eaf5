"""One practice's rows, many times over: what a large installation looks like to the planner, in seconds instead of days.

Everything here is done by a superuser with triggers and keys switched off, which the product has no way to do.
"""

import uuid
from collections.abc import Sequence

import asyncpg

_TABLES = """
    select c.oid, c.relname from pg_class c
    where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'practice_id' and not a.attisdropped)
    order by c.relname
"""
_COLUMNS = """
    select attname as name, atttypid::regtype::text as type from pg_attribute
    where attrelid = $1 and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
"""
_UNIQUE_ELSEWHERE = """
    select distinct a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = $1 and i.indisunique and not exists (
        select from pg_attribute p where p.attrelid = i.indrelid and p.attnum = any(i.indkey) and p.attname = 'practice_id')
"""
"""Columns of unique keys that hold across practices: a copy needs values of its own there."""

_TENANT = ("practice_id", "company_id")


async def multiply(admin: asyncpg.Connection, practice_id: uuid.UUID, copies: int) -> None:
    """Give so many more practices of the company everything this practice has, ids included."""
    await admin.execute("set session_replication_role = replica")
    await admin.execute(
        f"create temporary table copy_of as select gen_random_uuid() as practice_id from generate_series(1, {copies})"
    )
    for oid, table in await admin.fetch(_TABLES):
        elsewhere = {row["attname"] for row in await admin.fetch(_UNIQUE_ELSEWHERE, oid)}
        columns = await admin.fetch(_COLUMNS, oid)
        names = ", ".join(row["name"] for row in columns)
        values = ", ".join(_value(row["name"], row["type"], elsewhere) for row in columns)
        await admin.execute(
            f"insert into app.{table} ({names}) select {values} from app.{table} t, copy_of k where t.practice_id = '{practice_id}'"
        )
    await admin.execute("drop table copy_of")
    await _settle(admin)


async def widen(admin: asyncpg.Connection, office_id: uuid.UUID, table: str, rows: int, changes: Sequence[str]) -> None:
    """Give this practice, or company, so many more rows like its first one.

    `changes` are columns with their SQL, `number='ZZ' || n`, in which `n` counts the rows.
    """
    await admin.execute("set session_replication_role = replica")
    changed = ", ".join(f"'{column}', {expression}" for column, expression in (one.split("=", 1) for one in changes))
    await admin.execute(
        f"insert into app.{table} select (jsonb_populate_record(t, jsonb_build_object({changed}))).*"
        f" from app.{table} t, generate_series(1, {rows}) n where t.ctid = ("
        f"select ctid from app.{table} o where '{office_id}' in (to_jsonb(o) ->> 'practice_id', to_jsonb(o) ->> 'company_id') limit 1)"
    )
    await admin.execute(f"set session_replication_role = origin; analyze app.{table}")


def _value(name: str, kind: str, elsewhere: set[str]) -> str:
    if name == "practice_id":
        return "k.practice_id"
    if name not in elsewhere or name in _TENANT:
        return f"t.{name}"
    return {"uuid": "gen_random_uuid()", "text": f"t.{name} || '-' || right(k.practice_id::text, 12)"}.get(
        kind, f"t.{name}"
    )


async def _settle(admin: asyncpg.Connection) -> None:
    """Fresh statistics, and no work left over for later."""
    await admin.execute("set session_replication_role = origin")
    await admin.execute("vacuum analyze")
    await admin.execute("checkpoint")
